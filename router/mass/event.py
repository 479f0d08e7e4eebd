"""An event: the messages that seem to tell one story, and their sums.

The only mutable values of the watch. Sums make a comparison cost the same for three messages
as for three hundred: the mean over all members is a sum divided by their number.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from jiesu.router.mass.features import Features
from jiesu.router.mass.grams import clean, hash_grams
from jiesu.router.mass.message import Message
from jiesu.router.mass.topics import Vectors

_NEVER = datetime.max.replace(tzinfo=UTC)
"""An event without messages has no time."""


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A message in an event, and the group of copies that it belongs to.

    Attributes:
        tie: evidence by which a spoken call joined; 0 where the likeness of texts told.
    """

    features: Features
    echo: str
    tie: float = 0.0


class Event:
    """Messages on one matter, growing.

    Attributes:
        id: stays the same while the event grows, loses a part, or takes others in.
        members: in order of arrival.
        merged: ids of the events that it took in, oldest first.
    """

    def __init__(self, event_id: str) -> None:
        self.id = event_id
        self.members: list[Member] = []
        self.merged: tuple[str, ...] = ()
        self.words: defaultdict[int, float] = defaultdict(float)
        self.topic: Vectors = np.zeros(0, np.float32)
        self.names: Counter[int] = Counter()
        self.name_rarity: dict[int, float] = {}
        self._said: Counter[int] | None = None
        self.districts: Counter[str] = Counter()
        self.subdistricts: Counter[str] = Counter()
        self.classes: defaultdict[str, float] = defaultdict(float)
        self.name_terms: Counter[int] = Counter()
        self.towns: Counter[int] = Counter()
        self.calls = 0
        self._heard: Counter[int] | None = None
        self._numbers = (0, 0)
        self.squares = 0.0
        self._span = (_NEVER, _NEVER)

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[Member]:
        return iter(self.members)

    @property
    def first(self) -> datetime:
        """When the earliest message came in."""
        return self._span[0]

    @property
    def last(self) -> datetime:
        """When the latest message came in."""
        return self._span[1]

    @property
    def said(self) -> Counter[int]:
        """Grams of every name that members mention → number of members.

        Counted when first asked for of two members: most events stay single, and are many.
        """
        if self._said is not None:
            return self._said
        said = Counter(gram for member in self.members for gram in _all_said(member.features))
        if len(self) > 1:
            self._said = said
        return said

    @property
    def number(self) -> int:
        """Where in the stream the earliest message stands."""
        return self._numbers[0]

    @property
    def heard(self) -> Counter[int]:
        """Telling grams → number of members that say them; counted as `said` is."""
        if self._heard is not None:
            return self._heard
        heard = Counter(gram for member in self.members for gram in member.features.terms)
        if len(self) > 1:
            self._heard = heard
        return heard

    @property
    def mean_classes(self) -> dict[str, float]:
        """Leaf code → mean probability over the members."""
        return {code: p / len(self) for code, p in self.classes.items()}

    @property
    def tie(self) -> float:
        """Mean evidence by which members joined as spoken calls; 0 for a single message."""
        return sum(member.tie for member in self.members) / max(len(self) - 1, 1)

    def gap_to(self, probe: "Probe") -> timedelta:
        """Return the time between the two; none where they overlap."""
        return max(probe.at - self.last, self.first - probe.at, timedelta())

    def messages_to(self, probe: "Probe") -> int:
        """Return how many messages of the stream came in from one to the other, at least one."""
        return max(probe.number - self._numbers[1], self._numbers[0] - probe.number, 1)

    @property
    def callers(self) -> set[str]:
        """Everyone who reported it."""
        return {member.features.message.who for member in self.members}

    def add(self, member: Member) -> None:
        """Take one message in."""
        lean = replace(member.features, grams=frozenset(), sketch=None)
        self.members.append(replace(member, features=lean))
        at = lean.message.at
        self._span = (min(self._span[0], at), max(self._span[1], at)) if len(self) > 1 else (at, at)
        low, high = self._numbers if len(self) > 1 else (lean.number, lean.number)
        self._numbers = (min(low, lean.number), max(high, lean.number))
        for gram, weight in zip(lean.terms, lean.weights, strict=True):
            before = self.words[gram]
            self.words[gram] = before + weight
            self.squares += weight * (2 * before + weight)
        self.topic = lean.topic.copy() if len(self) == 1 else self.topic + lean.topic
        self.names.update(lean.name_grams.keys())
        self.name_rarity.update(lean.name_grams)
        if self._said is not None:
            self._said.update(_all_said(lean))
        if self._heard is not None:
            self._heard.update(lean.terms)
        place = lean.message.place
        self.districts.update([place.district] if place.district else ())
        self.subdistricts.update([place.subdistrict] if place.subdistrict else ())
        self.name_terms.update(lean.name_terms)
        self.towns.update(lean.towns)
        self.calls += lean.is_call
        for code, p in lean.message.classes.items():
            self.classes[code] += p

    @property
    def is_named(self) -> bool:
        """Whether a name was read from the lead of any member."""
        return any(member.features.names for member in self.members)

    def learn(self, known: Mapping[str, Message]) -> None:
        """Put messages that know more (classes, place, units) in the stead of their members."""
        self.members = [
            replace(m, features=replace(m.features, message=known[m.features.message.id]))
            if m.features.message.id in known
            else m
            for m in self.members
        ]

    def take(self, other: "Event", tie: float = 0.0) -> None:
        """Take every message of another event in.

        Args:
            tie: evidence that the two are one story, where they are spoken calls.
        """
        for first, member in enumerate(other.members):
            self.add(member if first else replace(member, tie=max(member.tie, tie)))
        self.members.sort(key=lambda member: member.features.message.at)
        self.merged = (*self.merged, other.id, *other.merged)

    @property
    def cohesion(self) -> float:
        """Mean likeness of wording of two members, in [0, 1]; 1 for a single message."""
        return _mean_of_pairs(self.squares, len(self))

    @property
    def topic_cohesion(self) -> float:
        """Mean likeness of topic of two members, in [-1, 1]; 1 for a single message."""
        return _mean_of_pairs(float(self.topic @ self.topic), len(self))

    @property
    def topic_length(self) -> float:
        """Length of the sum of topics."""
        return float(np.linalg.norm(self.topic))

    def weight_of(self, text: str) -> float:
        """Return how much of the event's wording a text holds."""
        return sum(self.words.get(gram, 0.0) for gram in set(hash_grams(clean(text)).tolist()))

    def is_name_pair(self, pair: str) -> bool:
        """Tell whether two characters are taken for part of a name of this event."""
        return int(hash_grams(pair, (2,))[0]) in self.names

    def top_words(self, most: int) -> list[int]:
        """Return the grams that tell the event best, best first."""
        ranked = sorted(self.words.items(), key=lambda item: (-item[1], item[0]))
        return [gram for gram, _ in ranked[:most]]


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """What is compared with an event: one message, or a smaller event taken as one.

    Attributes:
        words: gram → mean weight.
        grams: where the event's names are looked for.
        name_grams: grams of its own party → how rare.
        is_named: a name was read; otherwise `name_grams` are only words that look like one.
        said: grams of every name that it mentions.
        classes: leaf code → mean probability; empty where no classifier has run.
        number: where in the stream it stands; of an event, its first message.
        size: of how many messages it is made.
        is_call: a spoken call, or an event that half consists of them.
        name_terms: telling pairs inside the names that it mentions.
        towns: grams of the subdistricts that it mentions.
    """

    words: Mapping[int, float]
    grams: Container[int]
    name_grams: Mapping[int, float]
    is_named: bool
    said: Container[int]
    topic: Vectors
    at: datetime
    district: str | None
    subdistrict: str | None
    classes: Mapping[str, float]
    number: int
    size: int
    is_call: bool
    name_terms: Collection[int]
    towns: Collection[int]


def probe_message(features: Features) -> Probe:
    """Return the probe of a new message."""
    message = features.message
    return Probe(
        words=dict(zip(features.terms, features.weights, strict=True)),
        grams=features.grams,
        name_grams=features.name_grams,
        is_named=bool(features.names),
        said=frozenset(features.said_grams.tolist()),
        topic=features.topic,
        at=message.at,
        district=message.place.district,
        subdistrict=message.place.subdistrict,
        classes=message.classes,
        number=features.number,
        size=1,
        is_call=features.is_call,
        name_terms=features.name_terms,
        towns=features.towns,
    )


def probe_event(event: Event) -> Probe:
    """Return the probe of an event: its mean, with the names that most of its members share."""
    size = len(event)
    shared = {g: event.name_rarity[g] for g, n in event.names.items() if n / size >= 0.4}
    return Probe(
        words={gram: weight / size for gram, weight in event.words.items()},
        grams=event.words.keys() | event.said.keys(),
        name_grams=shared,
        said=event.said,
        is_named=2 * sum(bool(m.features.names) for m in event.members) >= size,
        topic=event.topic / np.float32(size),
        at=event.first,
        district=_most(event.districts),
        subdistrict=_most(event.subdistricts),
        classes=event.mean_classes,
        number=event.number,
        size=size,
        is_call=2 * event.calls >= size,
        name_terms=[gram for gram, n in event.name_terms.items() if n >= 0.4 * size],
        towns=[gram for gram, n in event.towns.items() if n >= 0.4 * size],
    )


def _all_said(features: Features) -> set[int]:
    return set(features.said_grams.tolist()) | features.name_grams.keys()


def _most(counts: Counter[str]) -> str | None:
    return counts.most_common(1)[0][0] if counts else None


def _mean_of_pairs(square_of_sum: float, size: int) -> float:
    return 1.0 if size < 2 else (square_of_sum - size) / (size * (size - 1))
