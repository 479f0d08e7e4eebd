"""What people did with tickets lately: units that settled them, units that sent them back (退单).

It counts in the very next decision, without training: a returned ticket counts against its unit
for such texts, a settled one speaks for its unit where the texts are nearly the same. Entries
after `now` are not seen, so a decision made again later comes out the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jiesu.router.likeness import Pairs, likeness, pairs_of

REMEMBERED = timedelta(days=180)
_PER_CLASS = 60
"""Latest entries of a class that a ticket is compared with."""
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


@dataclass(frozen=True)
class Experience:
    """Entries by class, the latest last; grows by making a new one."""

    entries: Mapping[str, tuple[tuple[Settlement, Pairs], ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.entries)

    def with_new(self, settlements: Iterable[Settlement]) -> "Experience":
        """Return the experience with more entries, given in the order of time."""
        entries = dict(self.entries)
        for settlement in settlements:
            known = (*entries.get(settlement.code, ()), (settlement, pairs_of(settlement.text)))
            entries[settlement.code] = known[-4 * _PER_CLASS :]
        return Experience(entries)

    def recall(self, text: str, codes: Sequence[str], region: str, now: datetime) -> list[Recalled]:
        """Return what bears on a ticket of these likely classes, best first."""
        pairs = pairs_of(text)
        found = [
            recalled
            for code in dict.fromkeys(codes)
            for settlement, known in self._lately(code, now)
            if (recalled := _recalled(settlement, known, pairs, codes[0], region)) is not None
        ]
        return sorted(found, key=lambda entry: (-entry.alike, entry.settlement.ticket_id))

    def _lately(self, code: str, now: datetime) -> Iterator[tuple[Settlement, Pairs]]:
        known = [entry for entry in self.entries.get(code, ()) if entry[0].at <= now]
        for entry in known[-_PER_CLASS:]:
            if now - entry[0].at <= REMEMBERED:
                yield entry


NO_EXPERIENCE = Experience()


def similar_ids(recalled: Sequence[Recalled]) -> tuple[str, ...]:
    """Return the tickets whose texts are nearly the same, best first."""
    ids = (entry.settlement.ticket_id for entry in recalled if entry.same_text)
    return tuple(dict.fromkeys(ids))[:_SIMILAR]


def _recalled(
    settlement: Settlement, known: Pairs, pairs: Pairs, code: str, region: str
) -> Recalled | None:
    by_text = (likeness(known, pairs) - _UNLIKE) / (_SAME - _UNLIKE)
    same_matter = settlement.code == code and bool(region) and settlement.region == region
    alike = max(min(by_text, 1.0), _SAME_MATTER if same_matter else 0.0)
    return Recalled(settlement, alike, by_text >= 1.0) if alike > 0 else None
