"""The alert (群体诉求预警): one event as an operator and a city leader read it.

A frozen value that can be written as JSON: the store keeps it, the console shows it, and the
command prints it. What people decide about it is in `states`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Unusual:
    """How unusual the burst is (多不寻常).

    Attributes:
        p_value: share of shuffled histories with a burst at least as strong; None: not scanned.
        surprise: -log10 of the chance of the busiest week; 3 is one in a thousand.
    """

    p_value: float | None
    surprise: float


@dataclass(frozen=True, slots=True)
class Alert:
    """What is known of one event at a moment.

    Attributes:
        id: of the event, stable.
        title: one line: who, where, what.
        focus: how much it is one story, in [0, 1].
        voices: different texts; fewer than `callers` where a text was passed around.
        classes: leaf codes, likeliest first; empty where no classifier has run.
        units: who should act, the lead first.
        measure: what to do, and until when.
        samples: ids and masked texts that tell the story best.
        sensitive: kind → sensitive words found.
        timeline: day → number of messages, days without left out.
        merged: ids of events that became part of this one.
    """

    id: str
    title: str
    summary: str
    heat: float
    focus: float
    is_urgent: bool
    messages: int
    callers: int
    voices: int
    growth: int
    likes: int
    first: datetime
    last: datetime
    places: tuple[str, ...]
    party: str
    classes: tuple[str, ...]
    unusual: Unusual
    units: tuple[str, ...]
    measure: str
    deadline: datetime
    samples: tuple[tuple[str, str], ...]
    sensitive: Mapping[str, tuple[str, ...]]
    timeline: tuple[tuple[date, int], ...]
    members: tuple[str, ...]
    merged: tuple[str, ...] = ()


def alert_row(alert: Alert, rank: int) -> dict[str, Any]:  # Any: a JSON object
    """Return the alert as one JSON line of `jiesu mass`."""
    return {
        "rank": rank,
        "id": alert.id,
        "title": alert.title,
        "summary": alert.summary,
        "heat": alert.heat,
        "urgent": alert.is_urgent,
        "messages": alert.messages,
        "callers": alert.callers,
        "voices": alert.voices,
        "growth": alert.growth,
        "likes": alert.likes,
        "first": alert.first.isoformat(),
        "last": alert.last.isoformat(),
        "places": list(alert.places),
        "party": alert.party,
        "classes": list(alert.classes),
        "unusual": {"p_value": alert.unusual.p_value, "surprise": alert.unusual.surprise},
        "focus": round(alert.focus, 3),
        "units": list(alert.units),
        "measure": alert.measure,
        "deadline": alert.deadline.isoformat(),
        "samples": [{"id": i, "text": text} for i, text in alert.samples],
        "sensitive": {kind: list(words) for kind, words in alert.sensitive.items()},
        "timeline": [[day.isoformat(), count] for day, count in alert.timeline],
        "members": list(alert.members),
        "merged": list(alert.merged),
    }
