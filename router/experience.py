"""What people did with tickets lately: units that settled them, units that sent them back (退单).

It counts in the very next decision, without training: a returned ticket counts against its unit
for such texts, a settled one speaks for its unit where the texts are nearly the same. Entries
after `now` are not seen, so a decision made again later comes out the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from jiesu.router.mass.grams import BUCKETS, Ids, clean, hash_grams

REMEMBERED = timedelta(days=180)
_PER_CLASS, _KEPT = 60, 240
"""Latest entries of a class that a ticket is compared with, and that are kept."""
_UNLIKE, _SAME = 0.25, 0.7
"""Likeness from which on a text counts a little, and from which on as the same."""
_SIMILAR = 5
_SAME_MATTER = 0.5
"""What an entry of the same class at the same place counts, whatever its words."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """One ticket that a unit settled or sent back.

    Attributes:
        code: leaf class; empty when unknown.
        region: code of the finest region known; empty when none is.
        unit_id: who settled it, or sent it back.
        at: when.
        was_returned: whether the unit sent it back.
        right_unit_id: who should have got it, where the unit that sent it back said so.
    """

    ticket_id: str
    text: str
    code: str
    region: str
    unit_id: str
    at: datetime
    was_returned: bool = False
    right_unit_id: str = ""


@dataclass(frozen=True, slots=True)
class Recalled:
    """An entry that bears on a ticket.

    Attributes:
        alike: how much it counts, in (0, 1].
        same_text: whether the texts are nearly the same.
    """

    settlement: Settlement
    alike: float
    same_text: bool


@dataclass(frozen=True, slots=True)
class _Entries:
    """Entries of one class in the order of time; the pairs of all texts in one array.

    Attributes:
        pairs: hashed pairs of characters, text after text.
        sizes: number of pairs of each text, (n,).
    """

    settlements: tuple[Settlement, ...]
    pairs: Ids
    sizes: Ids

    def likeness(self, asked: Ids, known: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the likeness (Dice) of each text to one, (n,).

        Args:
            asked: the pairs of that text.
            known: whether a pair is among them, (BUCKETS,).
        """
        owner = np.repeat(np.arange(len(self.sizes)), self.sizes)
        common = np.bincount(owner, weights=known[self.pairs], minlength=len(self.sizes))
        dice: NDArray[np.float64] = 2 * common / np.maximum(self.sizes + len(asked), 1)
        return dice


_NONE = _Entries((), np.zeros(0, np.int64), np.zeros(0, np.int64))


@dataclass(frozen=True)
class Experience:
    """Entries by class; grows by making a new one."""

    entries: Mapping[str, _Entries] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.entries)

    def with_new(self, settlements: Iterable[Settlement]) -> "Experience":
        """Return the experience with more entries, given in the order of time."""
        new: dict[str, list[Settlement]] = {}
        for settlement in settlements:
            new.setdefault(settlement.code, []).append(settlement)
        added = {code: _added(self.entries.get(code, _NONE), more) for code, more in new.items()}
        return Experience({**self.entries, **added})

    def recall(self, text: str, codes: Sequence[str], region: str, now: datetime) -> list[Recalled]:
        """Return what bears on a ticket of these likely classes, best first."""
        asked = _pairs(text)
        known = np.zeros(BUCKETS, dtype=np.bool_)
        known[asked] = True
        found = [
            recalled
            for code in dict.fromkeys(codes)
            if code in self.entries
            for settlement, like in _lately(self.entries[code], asked, known, now)
            if (recalled := _recalled(settlement, like, codes[0], region)) is not None
        ]
        return sorted(found, key=lambda entry: (-entry.alike, entry.settlement.ticket_id))


def _added(old: _Entries, more: Sequence[Settlement]) -> _Entries:
    """Append entries and forget the oldest of very many; their words are kept as pairs only."""
    pairs = [_pairs(settlement.text) for settlement in more]
    sizes = np.concatenate([old.sizes, [len(found) for found in pairs]]).astype(np.int64)
    gone = max(0, len(sizes) - _KEPT)
    joined = np.concatenate([old.pairs, *pairs])[sizes[:gone].sum() :]
    kept = (*old.settlements, *(replace(settlement, text="") for settlement in more))
    return _Entries(kept[gone:], joined, sizes[gone:])


def _pairs(text: str) -> Ids:
    return np.unique(hash_grams(clean(text), (2,)))


def _lately(
    entries: _Entries, asked: Ids, known: NDArray[np.bool_], now: datetime
) -> list[tuple[Settlement, float]]:
    """Return the latest entries of a class that `now` may see, with their likeness."""
    likeness = entries.likeness(asked, known).tolist()
    seen = [
        (settlement, like)
        for settlement, like in zip(entries.settlements, likeness, strict=True)
        if settlement.at <= now
    ][-_PER_CLASS:]
    return [(known, like) for known, like in seen if now - known.at <= REMEMBERED]


NO_EXPERIENCE = Experience()


def similar_ids(recalled: Sequence[Recalled]) -> tuple[str, ...]:
    """Return the tickets whose texts are nearly the same, best first."""
    ids = (entry.settlement.ticket_id for entry in recalled if entry.same_text)
    return tuple(dict.fromkeys(ids))[:_SIMILAR]


def _recalled(settlement: Settlement, like: float, code: str, region: str) -> Recalled | None:
    by_text = (like - _UNLIKE) / (_SAME - _UNLIKE)
    same_matter = settlement.code == code and bool(region) and settlement.region == region
    alike = max(min(by_text, 1.0), _SAME_MATTER if same_matter else 0.0)
    return Recalled(settlement, alike, by_text >= 1.0) if alike > 0 else None
