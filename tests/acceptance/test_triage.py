"""The cases of triage.yaml, which operators may extend, all go where they should."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from jiesu.router.triage import Triage
from jiesu.taxonomy.city import load_city

CASES_FOLDER = Path(__file__).parents[1] / "cases"
CASES = yaml.safe_load((CASES_FOLDER / "triage.yaml").read_text(encoding="utf-8"))


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


FRESH = {
    # written before this round of rules; at first look 62 of 131 and 37 of 80 went right
    "triage_fresh.yaml": 0.92,
    "triage_heldout.yaml": 0.90,
    # written after the rules, measured once: see docs/log.md
    "triage_unseen.yaml": 0.50,
}


@pytest.mark.parametrize(("file", "least"), FRESH.items())
def test_fresh_cases_mostly_go_where_they_should(triage: Triage, file: str, least: float) -> None:
    cases = yaml.safe_load((CASES_FOLDER / file).read_text(encoding="utf-8"))
    right = [_goes(triage, case, outcome) for outcome, group in cases.items() for case in group]
    assert sum(right) / len(right) >= least


@pytest.mark.parametrize("file", FRESH)
def test_no_justified_demand_is_turned_away(triage: Triage, file: str) -> None:
    """Danger is another matter: it is found for the sake of recall."""
    cases = yaml.safe_load((CASES_FOLDER / file).read_text(encoding="utf-8"))
    turned_away = [
        case["text"]
        for case in cases["none"]
        if (hit := triage.check(case["text"], case["kind"], 0.95))
        and hit.outcome in ("out_of_scope", "statutory", "elsewhere")
    ]
    assert turned_away == []


def _goes(triage: Triage, case: dict[str, Any], outcome: str) -> bool:
    hit = triage.check(case["text"], case.get("kind", ""), 0.95)
    got = hit.outcome if hit else "none"
    if outcome == "none" and got == "answer":  # a question without a demand is answered at once
        return True
    return got == outcome and (hit is None or case.get("channel", hit.channel) == hit.channel)


@pytest.mark.parametrize(
    ("file", "least"),
    [("triage_fresh.yaml", 0.55), ("triage_heldout.yaml", 0.3), ("triage_unseen.yaml", 0.35)],
)
def test_the_model_hears_improper_demands_that_it_never_read(
    triage: Triage, file: str, least: float
) -> None:
    cases = yaml.safe_load((CASES_FOLDER / file).read_text(encoding="utf-8"))
    heard = {
        group: [bool(doubt) for doubt in triage.doubts(texts, [None] * len(texts))]
        for group in ("out_of_scope", "none")
        if (texts := [case["text"] for case in cases[group]])
    }
    assert sum(heard["out_of_scope"]) / len(heard["out_of_scope"]) >= least
    assert sum(heard["none"]) / len(heard["none"]) <= 0.15  # only a hint: a person looks
