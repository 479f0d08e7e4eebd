"""What people's acts say of suggestions that a certified policy would dispatch: right or wrong.

A person who dispatches to the suggested unit confirms it; another unit, another outcome or a
returned ticket (退单) speaks against it; a matter that was dispatched by itself and is resolved
confirms it. Each suggestion counts once, and once more where a confirmed one is returned later.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jiesu.router.decision import Candidate, Decision
from jiesu.router.drift import DriftTest
from jiesu.serving.store.records import Act
from jiesu.serving.store.watch import WatchState

JUDGING = ("decide", "return", "outcome")
"""Acts that can say something of a suggestion."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One suggestion of a policy, judged by what people did."""

    unit_id: str
    p: float
    was_right: bool


def verdict_of(
    acts: Iterable[Act], decisions: Mapping[int, Decision], policy: str
) -> Verdict | None:
    """Return what the last of a ticket's acts says of its suggestion; None if nothing new.

    Args:
        acts: all acts of the ticket up to the one to judge, in order.
        decisions: its suggestions by number.
        policy: version of the policy that is watched.
    """
    lead: Candidate | None = None
    known: bool | None = None
    new: Verdict | None = None
    for act in acts:
        new = None
        if act.what == "suggest":
            lead, known = _watched(decisions.get(act.detail.get("decision", 1)), policy), None
        elif lead is not None and (right := _says(act, lead)) is not None:
            if known is None or (known and not right):
                new, known = Verdict(lead.unit_id, lead.p, right), right
    return new


def _watched(decision: Decision | None, policy: str) -> Candidate | None:
    """Return the lead that the policy would dispatch to; None for any other suggestion."""
    if decision is None or decision.gate.would_be != "auto":
        return None
    return decision.candidates[0] if policy in decision.versions.policy else None


def _says(act: Act, lead: Candidate) -> bool | None:
    """Return whether an act confirms the lead; None where it says nothing."""
    detail: Mapping[str, Any] = act.detail
    if act.what == "decide" and act.by.kind == "person":
        return detail.get("outcome") == "dispatch" and detail.get("unit_id") == lead.unit_id
    if act.what == "return" and detail.get("unit_id") == lead.unit_id:
        return False
    if act.what == "outcome" and detail.get("resolved") is True:
        return True
    return None


def test_of(test: DriftTest, state: WatchState) -> DriftTest:
    """Return the drift test as it stands."""
    return replace(
        test, level=state.level, decisions=state.decisions, units=dict(state.units or {})
    )


def state_of(test: DriftTest, state: WatchState) -> WatchState:
    """Return the state with what the test has learned."""
    return replace(state, level=test.level, decisions=test.decisions, units=dict(test.units))
