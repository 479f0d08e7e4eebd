"""Messages → events that grow, merge, split and end; one message at a time.

The same code reads a year of history and tonight's stream. An event keeps its id for life: when
two merge, the larger keeps it (the older of equals); when one splits, the larger part keeps it.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2s

from jiesu.router.mass.calls import Calls
from jiesu.router.mass.classes import ClassOdds
from jiesu.router.mass.event import Event, Member, Probe, probe_event, probe_message
from jiesu.router.mass.features import Features
from jiesu.router.mass.grams import Rarity
from jiesu.router.mass.index import EventIndex
from jiesu.router.mass.link import is_one_story, score
from jiesu.router.mass.rules import MassRules
from jiesu.router.mass.split import two_stories

SWEEP_SIZES = frozenset({3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377})
"""Sizes at which an event, now better known, looks again for what belongs to it."""
SPLIT_SIZES = frozenset({6, 10, 16, 26, 42, 68, 110, 178, 288})
_NEAR = -0.2
"""An event that missed a new message by less than this is tried for a merge with its event."""
_SWEPT, _NAMED = 60, 12
"""Most events that are looked at again, by their words and by the names they mention."""


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What one message did.

    Attributes:
        event: the event that the message is in now.
        gone: ids of events that this event took in.
        parts: events that split off.
    """

    event: Event
    gone: tuple[str, ...] = ()
    parts: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """How well a message fits an event: `margin` above the bar, `tie` by what calls share."""

    event: Event
    margin: float
    tie: float


class Tracker:
    """The open events, and the closed ones that are worth keeping."""

    def __init__(self, rules: MassRules, rarity: Rarity) -> None:
        self._rules = rules
        self._index = EventIndex()
        self._odds = ClassOdds(rules.link.class_rare, rules.groups)
        self._calls = Calls(rules, rarity, self._odds)
        self._single: OrderedDict[str, Event] = OrderedDict()
        self._open: OrderedDict[str, Event] = OrderedDict()
        self.closed: list[Event] = []

    @property
    def events(self) -> list[Event]:
        """Every event of two or more messages, closed ones first."""
        return [*self.closed, *self._open.values()]

    def add(self, features: Features, echo: str) -> Change:
        """Put one message where it belongs."""
        now = features.message.at
        self._close_idle(now)
        fits = self._fits(features)
        self._odds.see(features.message.classes)
        best = next((fit for fit in fits if fit.margin >= 0), None)
        event = best.event if best else Event(event_id(features.message.id))
        self._grow(event, Member(features, echo, best.tie if best else 0.0))
        others = [f.event for f in fits if f.margin >= _NEAR and f.event is not event]
        if len(event) in SWEEP_SIZES:
            others += self._alike(event)
        event, gone = self._merge(event, others)
        parts = self.split(event) if len(event) in SPLIT_SIZES else ()
        return Change(event, gone, parts)

    def _fits(self, features: Features) -> list[_Fit]:
        """Return the events that a message might belong to, best first."""
        link, probe = self._rules.link, probe_message(features)
        most = link.index_terms
        found = self._index.find(features.terms[:most], features.weights[:most], link.candidates)
        found += self._index.find(features.name_terms, features.name_weights, _NAMED)
        keys = self._calls.keys(features)
        found += self._index.find(keys, [1.0] * len(keys), _NAMED)
        events = self._known(list(dict.fromkeys(found)))
        fits = [self._fit(event, probe) for event in events]
        return sorted(fits, key=lambda fit: (-fit.margin, -fit.tie, fit.event.id))

    def _fit(self, event: Event, probe: Probe) -> _Fit:
        margin = score(event, probe, self._rules.link, self._odds)
        tie = self._calls.tie(event, probe)
        return _Fit(event, max(margin, self._rules.call.margin) if tie else margin, tie)

    def _known(self, ids: list[str]) -> list[Event]:
        found = (self._open.get(i) or self._single.get(i) for i in ids)
        return [event for event in found if event is not None]

    def _grow(self, event: Event, member: Member) -> None:
        event.add(member)
        self._post(event, member.features)
        self._touch(event)

    def _post(self, event: Event, features: Features) -> None:
        self._index.post(event.id, features.terms[: self._rules.link.index_terms])
        self._index.post(event.id, features.name_terms)
        self._index.post(event.id, self._calls.keys(features))

    def _touch(self, event: Event) -> None:
        if len(event) > 1:
            self._single.pop(event.id, None)
        shelf = self._open if len(event) > 1 else self._single
        shelf[event.id] = event
        shelf.move_to_end(event.id)

    def _alike(self, event: Event) -> list[Event]:
        words = event.top_words(self._rules.link.index_terms)
        weights = [event.words[gram] for gram in words]
        found = self._index.find(words, weights, _SWEPT)
        said = event.name_terms.most_common(self._rules.link.name_terms)
        found += self._index.find([g for g, _ in said], [float(n) for _, n in said], _NAMED)
        return [e for e in self._known(list(dict.fromkeys(found))) if e is not event]

    def _merge(self, event: Event, others: list[Event]) -> tuple[Event, tuple[str, ...]]:
        gone: list[str] = []
        for other in dict.fromkeys(others):
            big, small = sorted((event, other), key=lambda e: (-len(e), e.first, e.id))
            tie = self._calls.tie(big, probe_event(small))
            if not tie and not is_one_story(big, small, self._rules.link, self._odds):
                continue
            big.take(small, tie)
            self._remove(small)
            self._index.post(big.id, small.top_words(self._rules.link.index_terms))
            self._index.post(big.id, small.name_terms)
            self._index.post(big.id, self._keys(small))
            self._touch(big)
            gone = [i for i in (*gone, small.id) if i != big.id]
            event = big
        return event, tuple(gone)

    def _remove(self, event: Event) -> None:
        self._open.pop(event.id, None)
        self._single.pop(event.id, None)
        self._forget(event)

    def _forget(self, event: Event) -> None:
        self._index.drop(event.id, event.words)
        self._index.drop(event.id, event.name_terms)
        self._index.drop(event.id, self._keys(event))

    def _keys(self, event: Event) -> list[int]:
        return [key for member in event for key in self._calls.keys(member.features)]

    def split(self, event: Event) -> tuple[Event, ...]:
        """Part an event in two if it tells two stories; return what left it."""
        parts = two_stories(event.members, self._rules.link)
        if parts is None:
            return ()
        kept, left = Event(event.id), Event(event_id(parts[1][0].features.message.id, event.id))
        kept.merged = event.merged
        for part, members in zip((kept, left), parts, strict=True):
            for member in members:
                part.add(member)
        if self._calls.tie(kept, probe_event(left)):
            return ()
        self._forget(event)
        for part in (kept, left):
            for member in part:
                self._post(part, member.features)
            self._touch(part)
        return (left,)

    def _close_idle(self, now: datetime) -> None:
        oldest = now - timedelta(days=self._rules.window.idle_days)
        for shelf in (self._single, self._open):
            while shelf and next(iter(shelf.values())).last < oldest:
                self._close(next(iter(shelf.values())))
        while len(self._single) + len(self._open) > self._rules.window.max_open:
            self._close(next(iter((self._single or self._open).values())))

    def _close(self, event: Event) -> None:
        self._remove(event)
        if len(event) > 1:
            self.closed.append(event)


def event_id(message_id: str, parent: str = "") -> str:
    """Name an event after its first message: the same stream gives the same ids.

    >>> event_id("a") == event_id("a"), event_id("a") == event_id("a", "parent")
    (True, False)
    """
    return "E" + blake2s(f"{parent}\0{message_id}".encode(), digest_size=5).hexdigest()
