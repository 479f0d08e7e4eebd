"""What the watch sees of one ticket: who said what, when and where."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import get_args

from jiesu.router.decision import NO_PLACE, Decision, Place
from jiesu.taxonomy.ticket import Urgency

MOST_URGENT: str = get_args(Urgency)[0]
_SURE_PLACE = 0.5
"""A place less certain than this is not told of an alert."""
_UNITS = 3


@dataclass(frozen=True, slots=True)
class Message:
    """One ticket on its way into the watch.

    Attributes:
        id: unique in the stream.
        at: when it came in; aware.
        caller: opaque; empty when unknown, then every message counts as another caller.
        likes: how many others approved of it, where the source has that.
        place: where the matter is, as far as known.
        classes: leaf code → calibrated probability; empty where no classifier has run.
        units: names of the units that would get it, lead first.
        is_urgent: life is at risk now, as triage found.
        is_pressing: two hours at most, by its class or its words (life, health, unrest).
        is_solved: what the caller said on the call-back; None when not asked.
    """

    id: str
    at: datetime
    text: str
    title: str = ""
    caller: str = ""
    likes: int = 0
    place: Place = NO_PLACE
    classes: Mapping[str, float] = field(default_factory=dict)
    units: tuple[str, ...] = ()
    is_urgent: bool = False
    is_pressing: bool = False
    is_solved: bool | None = None

    @property
    def who(self) -> str:
        """The caller, or the message itself where the caller is unknown."""
        return self.caller or f"#{self.id}"

    @property
    def lead(self) -> str:
        """The title, or the first words where there is none.

        >>> from datetime import datetime, UTC
        >>> Message("1", datetime(2026, 1, 1, tzinfo=UTC), "路灯不亮三天了").lead
        '路灯不亮三天了'
        """
        return self.title or self.text[:40]


def with_decision(message: Message, decision: Decision) -> Message:
    """Return the message with the place, classes, units and urgency that the router found."""
    acting = [c for c in decision.candidates if c.part in ("lead", "assist")]
    return replace(
        message,
        place=decision.place if decision.place.p >= _SURE_PLACE else NO_PLACE,
        classes={ranked.code: ranked.p[-1] for ranked in decision.classes},
        units=tuple(dict.fromkeys(c.unit or c.unit_role for c in acting))[:_UNITS],
        is_urgent=message.is_urgent or decision.outcome == "emergency",
        is_pressing=decision.urgency == MOST_URGENT,
    )
