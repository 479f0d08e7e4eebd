"""What acts say of a suggestion that the policy would dispatch: each counts once."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from jiesu.router.decision import NO_PLACE, Candidate, Decision, Gate, Versions
from jiesu.serving.policy_watch import verdict_of
from jiesu.serving.store.records import Act, Actor

AT = datetime(2026, 11, 28, tzinfo=UTC)
POLICY = "certified-1"
WOULD = Decision(
    "T1", "auto", (), "投诉", "一般", "7d", None, NO_PLACE,
    (Candidate("D1", "甲", "甲", "lead", 0.97),),
    Versions("m", "t", "r", f"city+{POLICY}-auto"), gate=Gate(would_be="auto"),
)  # fmt: skip
SUGGEST = ("suggest", {"decision": 1})
SENT = ("decide", {"outcome": "dispatch", "unit_id": "D1"})
ELSE = ("decide", {"outcome": "dispatch", "unit_id": "E1"})
CLOSED = ("decide", {"outcome": "out_of_scope", "unit_id": "D1"})
BACK = ("return", {"unit_id": "D1"})
OTHER_BACK = ("return", {"unit_id": "E1"})
DONE = ("outcome", {"resolved": True})
OPEN = ("outcome", {"resolved": None})
CLAIM = ("claim", {})


def said(*acts: tuple[str, dict[str, Any]], decision: Decision = WOULD) -> bool | None:
    known = [Act(AT, Actor("person", "甲"), what, detail=detail) for what, detail in acts]
    verdict = verdict_of(known, {1: decision}, POLICY)
    return verdict.was_right if verdict else None


@pytest.mark.parametrize(
    ("acts", "right"),
    [
        ((SUGGEST, SENT), True),
        ((SUGGEST, ELSE), False),
        ((SUGGEST, CLOSED), False),
        ((SUGGEST, BACK), False),
        ((SUGGEST, DONE), True),
        ((SUGGEST, OPEN), None),
        ((SUGGEST, CLAIM), None),
        ((SUGGEST, SENT, DONE), None),
        ((SUGGEST, SENT, BACK), False),
        ((SUGGEST, BACK, ELSE), None),
        ((SUGGEST, ELSE, OTHER_BACK), None),
        ((SUGGEST, ELSE, OTHER_BACK, SENT), None),
        ((SENT,), None),
    ],
)
def test_each_suggestion_counts_once(
    acts: tuple[tuple[str, dict[str, Any]], ...], right: bool | None
) -> None:
    assert said(*acts) is right


@pytest.mark.parametrize(
    "decision",
    [
        replace(WOULD, gate=Gate()),
        replace(WOULD, versions=replace(WOULD.versions, policy="city+certified-2-auto")),
    ],
    ids=["would not be auto", "another policy"],
)
def test_only_suggestions_of_the_policy_count(decision: Decision) -> None:
    assert said(SUGGEST, SENT, decision=decision) is None


def test_the_models_own_dispatch_confirms_nothing() -> None:
    acts = [Act(AT, Actor("model", "m"), what, detail=detail) for what, detail in (SUGGEST, SENT)]

    assert verdict_of(acts, {1: WOULD}, POLICY) is None
