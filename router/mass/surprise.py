"""How unusual is a count: Poisson surprise against what season and weekday lead to expect."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import log10

import numpy as np
from numpy.typing import NDArray
from scipy import stats

LARGEST = 99.0
"""Surprise is cut here: beyond, the number says nothing more."""


def surprise(observed: int, expected: float) -> float:
    """Return -log10 of the chance of at least this many, in [0, 99].

    1 is one in ten, 3 one in a thousand.

    >>> round(surprise(5, 1.0), 2)
    2.44
    >>> surprise(0, 1.0)
    0.0
    """
    if observed <= 0:
        return 0.0
    tail = float(stats.poisson.sf(observed - 1, max(expected, 1e-9)))
    return LARGEST if tail <= 10**-LARGEST else max(0.0, -log10(tail))


@dataclass(frozen=True, eq=False)
class SeasonalBaseline:
    """What one series usually has on a day: level, weekday and, after a year, season.

    Attributes:
        level: mean a day.
        weekday: factors, Monday first, mean 1, shape (7,).
        season: factor of each week of the year, mean about 1, shape (53,).
    """

    level: float
    weekday: NDArray[np.float64]
    season: NDArray[np.float64]

    def expected(self, day: date) -> float:
        """Return the count to expect on a day."""
        week = min(day.timetuple().tm_yday // 7, 52)
        return float(self.level * self.weekday[day.weekday()] * self.season[week])


def fit_baseline(counts: Sequence[int], first: date, prior: float = 14.0) -> SeasonalBaseline:
    """Fit a baseline to daily counts; factors are drawn to 1 where there is little to go by.

    Args:
        counts: one a day, without gaps.
        first: day of the first count.
        prior: how many days' worth of the mean each factor starts with.
    """
    values = np.asarray(counts, np.float64)
    level = (values.sum() + 0.5) / (len(values) + 1)
    days = [first + timedelta(days=i) for i in range(len(values))]
    weekday = _factors(values, np.array([d.weekday() for d in days]), 7, level, prior / 7)
    season = np.ones(53)
    if len(values) >= 365:
        weeks = np.array([min(d.timetuple().tm_yday // 7, 52) for d in days])
        season = _smooth(_factors(values, weeks, 53, level, prior / 7))
    return SeasonalBaseline(level, weekday, season)


def _factors(
    values: NDArray[np.float64], group: NDArray[np.int64], size: int, level: float, prior: float
) -> NDArray[np.float64]:
    sums = np.bincount(group, values, minlength=size) + prior * level
    factors: NDArray[np.float64] = sums / ((np.bincount(group, minlength=size) + prior) * level)
    level_one: NDArray[np.float64] = factors / factors.mean()
    return level_one


def _smooth(factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average each week with its neighbours around the turn of the year."""
    padded = np.concatenate([factors[-2:], factors, factors[:2]])
    smooth: NDArray[np.float64] = np.convolve(padded, [0.1, 0.2, 0.4, 0.2, 0.1], "valid")
    level_one: NDArray[np.float64] = smooth / smooth.mean()
    return level_one
