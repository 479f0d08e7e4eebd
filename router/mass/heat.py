"""How hot is an event, and how much is it one story."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from jiesu.router.mass.event import Event
from jiesu.router.mass.rules import EchoRules, HeatRules

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Size:
    """How large an event is.

    Attributes:
        voices: callers, those who pasted another's text counted in part.
        independent: different texts; fewer than callers where a text was passed around.
        days: days with a message.
        growth: callers of the last seven days less those of the seven before.
        likes: approvals of all messages.
    """

    messages: int
    callers: int
    voices: float
    independent: int
    days: int
    growth: int
    likes: int


def size_of(event: Event, now: datetime, echo: EchoRules) -> Size:
    """Measure an event at a moment."""
    messages = [member.features.message for member in event]
    wrote: dict[str, str] = {}
    for member in event:
        wrote.setdefault(member.features.message.who, member.echo)
    texts = Counter(wrote.values())
    recent = {m.who for m in messages if now - _WEEK < m.at <= now}
    before = {m.who for m in messages if now - 2 * _WEEK < m.at <= now - _WEEK}
    return Size(
        messages=len(messages),
        callers=len(wrote),
        voices=sum(1 + echo.weight * (n - 1) for n in texts.values()),
        independent=len(texts),
        days=len({m.at.date() for m in messages}),
        growth=len(recent) - len(before),
        likes=sum(m.likes for m in messages),
    )


def heat_of(size: Size, focus: float, is_emergency: bool, rules: HeatRules) -> float:
    """Return the heat of an event; weights and their meaning are in `mass.yaml`."""
    raw = (
        rules.caller * size.voices
        + rules.day * size.days
        + rules.growth * max(size.growth, 0)
        + rules.like * sqrt(size.likes)
    )
    return round(raw * focus + rules.urgent * is_emergency, 1)


def focus_of(event: Event, rules: HeatRules) -> float:
    """Return how much an event is one story, in [0, 1].

    A class of complaints that many places share is alike in topic but not in words, and names no
    party: that is a theme of the month, not an event. Spoken calls share too few words for that;
    of them it is told how far chance is from having brought them together.
    """
    size = len(event)
    party = sum(
        count / size * event.name_rarity[gram]
        for gram, count in event.names.items()
        if count >= 0.5 * size
    )
    text = (
        min(1.0, max(event.cohesion, 0.0) / rules.cohesion)
        * min(1.0, max(event.topic_cohesion, 0.0) / rules.topic_cohesion)
        * min(1.0, party / rules.party)
    )
    return max(text, min(1.0, event.tie / rules.tie))
