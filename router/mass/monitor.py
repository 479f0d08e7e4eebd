"""Counts by subdistrict and class, day by day: which cell has more than it should?

For places with history and for matters that name no party. Each cell's expectation is drawn
from what the class does in the whole city and what the subdistrict does in all classes, and the
more a cell has been seen, from its own past (a gamma prior on a Poisson rate). The weekday comes
from the class. What stands out is told by Poisson surprise over one, three and seven days.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]

_WEEK = 7
_PRIOR_CALLS = 10.0
"""How many calls of its own outweigh what a class takes over from the city's weekday."""


@dataclass(frozen=True, slots=True)
class MonitorRules:
    """How the monitor remembers and what it looks at.

    Attributes:
        memory: days after which a past day counts half, for what a cell's share of its class is.
        pace: the same for how much a whole class has; short, to follow the season.
        prior: how many days' worth of its own counts a cell needs to outweigh the city's share.
        windows: lengths that are tested, in days.
        least: fewer calls in a window are never shown.
    """

    memory: float = 42.0
    pace: float = 10.0
    prior: float = 20.0
    windows: tuple[int, ...] = (1, 3, 7)
    least: int = 3


class Monitor:
    """Watches a table of subdistricts × classes."""

    def __init__(self, shape: tuple[int, int], rules: MonitorRules) -> None:
        self._rules = rules
        self._keep = 0.5 ** (1.0 / rules.memory)
        self._forget = 0.5 ** (1.0 / rules.pace)
        self._days = 0.0
        self._pace = np.zeros(shape[1])
        self._pace_days = 0.0
        self._own = np.zeros(shape)
        self._weekday = np.zeros((_WEEK, shape[1]))
        self._seen = np.zeros(_WEEK)
        self._recent: deque[tuple[Counts, Floats]] = deque(maxlen=max(rules.windows))

    def add(self, counts: Counts, weekday: int) -> Floats:
        """Take one day in and return each cell's surprise, shape (n_places, n_classes).

        The day is judged by what was known before it, and only then remembered.
        """
        if self._days > 0:
            self._recent.append((counts, self.expected(weekday)))
        surprise = self._surprise(counts)
        self._own = self._own * self._keep + counts
        self._days = self._days * self._keep + 1
        factor = self._factor(weekday, self._own.sum(axis=0))
        self._pace = self._pace * self._forget + counts.sum(axis=0) / np.maximum(factor, 0.05)
        self._pace_days = self._pace_days * self._forget + 1
        self._weekday *= self._keep
        self._seen *= self._keep
        self._weekday[weekday] += counts.sum(axis=0)
        self._seen[weekday] += 1
        return surprise

    def expected(self, weekday: int) -> Floats:
        """Return what each cell should have on such a day."""
        by_class, by_place = self._own.sum(axis=0), self._own.sum(axis=1)
        usual = np.maximum(by_class / self._days, 1e-9)
        place = by_place / max(by_place.sum(), 1.0)
        prior = self._rules.prior * usual
        share = (prior * place[:, None] + self._own) / (prior + by_class)
        now = (self._pace + usual) / (self._pace_days + 1)
        cells: Floats = share * (now * self._factor(weekday, by_class))
        return cells

    def _factor(self, weekday: int, by_class: Floats) -> Floats:
        """Return each class's factor of the weekday, drawn to that of all classes together."""
        usual = np.maximum(by_class / self._days, 1e-9)
        days = self._seen[weekday]
        city = (self._weekday[weekday].sum() + 1) / (days * usual.sum() + 1)
        factor: Floats = (self._weekday[weekday] + _PRIOR_CALLS * city) / (
            days * usual + _PRIOR_CALLS
        )
        return factor

    def _surprise(self, counts: Counts) -> Floats:
        out = np.zeros(counts.shape)
        days = list(self._recent)
        for window in self._rules.windows:
            if len(days) < window:
                continue
            seen = sum((c for c, _ in days[-window:]), np.zeros(counts.shape, np.int32))
            where = np.nonzero((seen >= self._rules.least) & (counts > 0))
            expected = sum((e[where] for _, e in days[-window:]), np.zeros(len(where[0])))
            tail = stats.poisson.logsf(seen[where] - 1, np.maximum(expected, 1e-9))
            out[where] = np.maximum(out[where], -tail / np.log(10))
        return out
