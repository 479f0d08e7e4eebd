"""Whose turn it is at the desk: the deadline, moved forward by what a look is worth.

A suggestion that is wrong costs the ticket a day: it goes to a unit, is returned, and is looked at
again. A look now spares that with the probability that the suggestion is wrong. So

    turn = deadline - p(wrong) x 24 h

and queues are read by turn. Of two tickets due at the same hour the doubtful one comes first; a
sure one may wait, but never behind a ticket that is due a day later. What a person has decided is
in no doubt: its turn is its deadline.
"""

from datetime import datetime, timedelta

from jiesu.router.decision import Decision

RETURN_COSTS = timedelta(hours=24)
"""Time that a ticket loses by going to the wrong unit; a convention of ours, not measured yet."""

_TO_UNITS = ("auto", "confirm", "human", "district", "consult")


def doubt(decision: Decision) -> float:
    """Return the probability that the suggestion is wrong, in [0, 1].

    What goes to a unit is as sure as its first unit; what ends at the desk as its first class.
    """
    if decision.outcome in _TO_UNITS:
        first = next((c for c in decision.candidates if c.part == "lead"), None)
        return 1 - first.p if first and first.unit_id else 1.0
    return 1 - decision.classes[0].p[-1] if decision.classes else 1.0


def turn_of(decision: Decision) -> datetime | None:
    """Return when it is a suggested ticket's turn; None where it has no deadline."""
    if decision.deadline is None:
        return None
    return decision.deadline - doubt(decision) * RETURN_COSTS
