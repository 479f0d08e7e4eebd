"""Subdistrict × class × day: is a burst in this place, of this class, more than its history?

Two answers. The scan shuffles the days of all calls of the class over all subdistricts and needs
no history. Poisson surprise compares with a seasonal baseline of the class (weekday, and week of
the year once there is a year), of which the place takes the share that it usually has.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from jiesu.router.mass.message import Message
from jiesu.router.mass.scan import ScanSettings, scan, single_zones
from jiesu.router.mass.surprise import fit_baseline, surprise

WINDOWS = (1, 3, 7)
"""Days that are looked at, up to today."""
_HISTORY = 28
"""Days before the window that a baseline needs."""
_PRIOR = 20.0
"""Calls of a class after which a place's own share of it outweighs its share of all calls."""
_SETTINGS = ScanSettings(lengths=(1, 3, 7, 14), alive=True, replicas=199)
_LEAST = 3
_ELSEWHERE = 20
"""So many calls of the class elsewhere tell how its days usually fall; of fewer, any shuffle looks
like the truth and the p-value would say chance of what is none."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A place and a class.

    Attributes:
        place: district and subdistrict as one name.
        code: leaf class.
    """

    place: str
    code: str


class Cells:
    """Daily counts of every cell that has had a call, for so many days."""

    def __init__(self, days: int) -> None:
        self._days = days
        self._cells: defaultdict[str, defaultdict[str, Counter[date]]] = defaultdict(
            lambda: defaultdict(Counter)
        )
        self._places: Counter[str] = Counter()
        self._first: date | None = None
        self._swept: date | None = None

    def add(self, message: Message) -> None:
        """Count one message; one without place or class counts nowhere."""
        cell, day = cell_of(message), message.at.date()
        self._first = min(self._first or day, day)
        if cell is None:
            return
        self._cells[cell.code][cell.place][day] += 1
        self._places[cell.place] += 1
        if self._swept is None or day - self._swept >= timedelta(days=7):
            self._forget(day)

    def surprise_of(self, cell: Cell, today: date) -> float:
        """Return the greatest surprise of the last days; 0 where there is no history."""
        return max((self._surprise(cell, today, window) for window in WINDOWS), default=0.0)

    def p_value_of(self, cell: Cell, today: date) -> float | None:
        """Scan the class over all subdistricts; None where it has too few calls, here or elsewhere.

        The answer is the chance that some subdistrict has so strong a run of days up to today.
        """
        counts = self._cells[cell.code]
        if self._seen(counts[cell.place], today, max(_SETTINGS.lengths)) < _LEAST:
            return None
        names = sorted(name for name, found in counts.items() if found)
        first = today - timedelta(days=self._days - 1)
        listed = [
            (place, (day - first).days)
            for place, name in enumerate(names)
            for day, count in counts[name].items()
            if first <= day <= today
            for _ in range(count)
        ]
        here = names.index(cell.place)
        if sum(place != here for place, _ in listed) < _ELSEWHERE:
            return None
        places, days = (np.array(column, np.int64) for column in zip(*listed, strict=True))
        bursts = scan(places, days, single_zones(len(names)), _SETTINGS, length=self._days)
        return next(burst.p_value for burst in bursts if burst.zone == here)

    def _surprise(self, cell: Cell, today: date, window: int) -> float:
        counts, start = self._cells[cell.code], today - timedelta(days=window - 1)
        seen = self._seen(counts[cell.place], today, window)
        first = max(self._first or today, today - timedelta(days=self._days - 1))
        if seen < _LEAST or (start - first).days < _HISTORY:
            return 0.0
        before: Counter[date] = Counter()
        for found in counts.values():
            before.update({day: n for day, n in found.items() if first <= day < start})
        own = sum(n for day, n in counts[cell.place].items() if first <= day < start)
        series = [before[first + timedelta(days=i)] for i in range((start - first).days)]
        baseline = fit_baseline(series, first)
        usual = sum(baseline.expected(start + timedelta(days=i)) for i in range(window))
        return round(surprise(seen, usual * self._share(cell.place, own, sum(series))), 2)

    def _share(self, place: str, own: int, of_class: int) -> float:
        """Return what share of a class the place usually has, drawn to its share of all calls."""
        usual = self._places[place] / max(self._places.total(), 1)
        return (_PRIOR * usual + own) / (_PRIOR + of_class)

    @staticmethod
    def _seen(counts: Mapping[date, int], today: date, window: int) -> int:
        return sum(counts.get(today - timedelta(days=i), 0) for i in range(window))

    def _forget(self, today: date) -> None:
        """Drop the days that are too old."""
        self._swept, oldest = today, today - timedelta(days=self._days)
        for counts in self._cells.values():
            for found in counts.values():
                for day in [day for day in found if day < oldest]:
                    del found[day]


def cell_of(message: Message) -> Cell | None:
    """Return the cell of a message; None where its subdistrict or class is unknown."""
    place, classes = message.place, message.classes
    if not place.subdistrict or not classes:
        return None
    name = f"{place.district or ''}{place.subdistrict}"
    return Cell(name, max(classes, key=lambda code: classes[code]))
