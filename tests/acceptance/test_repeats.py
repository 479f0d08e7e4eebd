"""Cases of callers who call again, written by hand: a repeat, a reminder with news, or neither."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from jiesu.router.repeats import Earlier, RepeatReader
from jiesu.taxonomy.city import load_city

CASES = Path(__file__).parents[1] / "cases"
NOW = datetime(2026, 11, 28, tzinfo=UTC)
PLACES = {"same": "110105001", "unknown": "", "other": "110108001"}


def verdict(reader: RepeatReader, case: dict[str, str]) -> str:
    code = {"same": "010101", "other": "020202"}[case["class"]]
    before = Earlier("T1", case["before"], "010101", "110105001", True, NOW - timedelta(days=5))
    found = reader.find(case["now"], code, PLACES[case["place"]], [before], NOW)
    return "other" if found is None else "new" if found.news else "repeat"


@pytest.mark.parametrize(
    ("name", "least"),
    [("repeat.yaml", 0.9), ("repeat_heldout.yaml", 0.75), ("repeat_fresh.yaml", 0.9)],
)
def test_repeats_are_told_from_news_and_from_other_matters(name: str, least: float) -> None:
    reader = RepeatReader.from_city(load_city())
    assert reader is not None
    cases = yaml.safe_load((CASES / name).read_text(encoding="utf-8"))

    said = [(case["expect"], verdict(reader, case)) for case in cases]

    # News that is taken for a mere repeat would be lost: the worst mistake.
    assert sum(expected == "new" and found == "repeat" for expected, found in said) <= 1
    assert sum(expected == found for expected, found in said) / len(said) >= least
