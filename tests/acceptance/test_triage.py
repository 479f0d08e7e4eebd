"""The cases of triage.yaml, which operators may extend, all go where they should."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from jiesu.router.triage import Triage
from jiesu.taxonomy.city import load_city

CASES = yaml.safe_load(
    (Path(__file__).parents[1] / "cases" / "triage.yaml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def triage() -> Triage:
    return Triage.from_city(load_city())


@pytest.mark.parametrize(
    ("outcome", "case"),
    [(outcome, case) for outcome, cases in CASES.items() for case in cases],
    ids=lambda value: value["text"][:12] if isinstance(value, dict) else value,
)
def test_case(triage: Triage, outcome: str, case: dict[str, Any]) -> None:
    hit = triage.check(case["text"], case.get("kind", ""), 0.95)
    assert (hit.outcome if hit else "none") == outcome
    if "channel" in case:
        assert hit is not None
        assert hit.channel == case["channel"]


def test_every_answer_quotes_words_and_article(triage: Triage) -> None:
    for case in (case for name, cases in CASES.items() if name != "none" for case in cases):
        hit = triage.check(case["text"], case.get("kind", ""), 0.95)
        assert hit is not None
        assert "第" in hit.source
        assert [case["text"][word.start : word.end] for word in hit.words] == [
            word.text for word in hit.words
        ]
