"""A few workers killed outright under load; benchmarks/kill_workers.py kills fifty."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_killed_workers_lose_no_ticket_and_keep_no_claim(tmp_path: Path) -> None:
    figures_file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks.kill_workers", "--kills", "3"]
    done = subprocess.run(
        [*command, "--finish-seconds", "0", "--json", str(figures_file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    figures = json.loads(figures_file.read_text())
    assert done.returncode == 0, done.stdout
    assert figures["accepted"] >= 60
    assert figures["claims"] > 0
    assert (figures["missing"], figures["there more than once"]) == (0, 0)
