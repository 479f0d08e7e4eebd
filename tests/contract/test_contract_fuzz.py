"""Schemathesis asks every operation of the description; no answer may contradict it.

Its requests are the same in every run. The server runs the real city and model in a process of
its own, lets everybody in, and is told nothing of the test.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

# What a schema cannot say (a unit that exists, a password without the login in it) is refused
# with 422: that is an answer to valid data too.
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "422"]
"""
KNOWN = '[parameters]\n"path.ticket_id" = "T1"\n'
_SECONDS = 90


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    database = tmp_path_factory.mktemp("fuzz") / "fuzz.db"
    command = [sys.executable, "-c", "from jiesu.serving.cli import main; main()", "serve"]
    limits = {"JIESU_MAX_ITEMS": "20", "JIESU_MAX_TEXT_CHARS": "500", "JIESU_LOG_LEVEL": "error"}
    process = subprocess.Popen(
        [*command, "--no-auth", "--port", str(port), "--database-url", f"sqlite:///{database}"],
        env=os.environ | limits,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield wait_for(f"http://127.0.0.1:{port}")
    process.kill()
    process.wait()


def wait_for(address: str) -> str:
    end = time.monotonic() + _SECONDS
    body = json.dumps({"id": "T1", "text": "望京西园四区的暖气片是凉的"}).encode()
    while True:
        try:
            post = Request(f"{address}/v1/tickets", body, {"Content-Type": "application/json"})
            urlopen(post).close()
            return address
        except URLError:
            assert time.monotonic() < end
            time.sleep(0.2)


def fuzz(address: str, folder: Path, config: str, *options: str) -> str:
    program = shutil.which("st", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("没有 schemathesis；请安装：pip install 'jiesu[dev]'")
    (folder / "schemathesis.toml").write_text(config, encoding="utf-8")
    done = subprocess.run(
        [
            *(program, "--config-file", "schemathesis.toml", "run", f"{address}/openapi.json"),
            *("--phases", "examples,coverage,fuzzing", "--generation-deterministic"),
            "--no-color",
            *options,
        ],
        cwd=folder,
        capture_output=True,
        timeout=2 * _SECONDS,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
def test_no_answer_contradicts_the_description(server: str, tmp_path: Path) -> None:
    said = fuzz(server, tmp_path, CONFIG, "-n", "10")
    asked = re.search(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", said)
    assert asked
    assert len(set(asked.groups())) == 1, "an operation was left out"
    passed = re.search(r"(\d+) generated, (\d+) passed", said)
    assert passed
    assert int(passed[2]) > 1000


@pytest.mark.slow
def test_acts_on_a_ticket_that_is_there_answer_as_described(server: str, tmp_path: Path) -> None:
    said = fuzz(server, tmp_path, KNOWN + CONFIG, "-n", "5", "--include-path-regex", "ticket_id")
    assert re.search(r"(\d+) generated, \1 passed", said)
