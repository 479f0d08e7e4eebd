"""The space-time permutation scan statistic: is a burst in one place more than chance?

Needs no population at risk: what is usual for each place and each day is taken from the cases
themselves. Source: Kulldorff, Heffernan, Hartman, Assunção, Mostashari (2005), A space-time
permutation scan statistic for disease outbreak detection, PLoS Medicine 2(3): e59, Methods.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Burst:
    """One cylinder: a zone and a run of days.

    Attributes:
        zone: number of the zone.
        first, last: days, counted from 0, both included.
        observed, expected: cases, and cases if place and day were independent.
        ratio: log of the generalised likelihood ratio.
        p_value: share of random data whose best cylinder is at least as extreme.
    """

    zone: int
    first: int
    last: int
    observed: int
    expected: float
    ratio: float
    p_value: float


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """What is searched.

    Attributes:
        lengths: lengths of the run, in days.
        alive: only runs that reach the last day (prospective); else any run (retrospective).
        replicas: number of random data sets; p-values are multiples of 1 / (replicas + 1).
        seed: of the random data.
    """

    lengths: tuple[int, ...] = (1, 2, 3, 5, 7, 14, 30)
    alive: bool = False
    replicas: int = 999
    seed: int = 2005


def scan(
    places: Counts,
    days: Counts,
    zones: NDArray[np.bool_],
    settings: ScanSettings,
    length: int | None = None,
) -> list[Burst]:
    """Return the best cylinder of each zone, most extreme first.

    Args:
        places, days: place and day of each case, from 0, shape (n_cases,).
        zones: which places make up each zone, shape (n_zones, n_places).
        settings: what is searched.
        length: number of days; None ends with the last case.
    """
    if not len(days):
        return []
    length = length or int(days.max()) + 1
    lengths = [size for size in settings.lengths if size <= length]
    if not lengths:
        return []
    found = _best(_sums(places, days, zones, length), lengths, settings.alive)
    random = np.random.default_rng(settings.seed)
    shuffled = (
        _sums(places, random.permutation(days), zones, length) for _ in range(settings.replicas)
    )
    extremes = np.sort([_extreme(sums, lengths, settings.alive) for sums in shuffled])
    bursts = [_burst(zone, best, extremes) for zone, best in enumerate(found)]
    return sorted(bursts, key=lambda burst: (-burst.ratio, burst.zone))


def single_zones(n_places: int) -> NDArray[np.bool_]:
    """Return zones of one place each."""
    return np.eye(n_places, dtype=bool)


def circular_zones(coordinates: Floats, largest: int) -> NDArray[np.bool_]:
    """Return every circle around a place that holds at most so many places, without repeats.

    Args:
        coordinates: of the places, shape (n_places, 2).
        largest: number of places in the largest circle.
    """
    apart = np.linalg.norm(coordinates[:, None] - coordinates[None], axis=2)
    nearest = np.argsort(apart, axis=1, kind="stable")
    zones = np.zeros((len(coordinates) * largest, len(coordinates)), bool)
    for center, order in enumerate(nearest):
        for size in range(1, largest + 1):
            zones[center * largest + size - 1, order[:size]] = True
    return np.unique(zones, axis=0)


def count_cases(places: Counts, days: Counts, zones: NDArray[np.bool_], length: int) -> Counts:
    """Count the cases of each zone and day, shape (n_zones, length)."""
    n_places = zones.shape[1]
    table = np.bincount(places * length + days, minlength=n_places * length)
    by_place = table.reshape(n_places, length)
    if zones.shape[0] == n_places and np.array_equal(zones, np.eye(n_places, dtype=bool)):
        return by_place
    counted: Counts = zones.astype(np.int64) @ by_place
    return counted


def likelihood_ratio(observed: Floats, expected: Floats, total: int) -> Floats:
    """Return the log ratio of each cylinder; 0 where no more than expected was observed.

    The paper: (c / mu)^c * ((C - c) / (C - mu))^(C - c), for c > mu.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = observed * np.log(observed / expected)
        rest = total - observed
        outside = np.where(rest > 0, rest * np.log(rest / (total - expected)), 0.0)
        return np.where(observed > expected, inside + outside, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Cases up to each day, so that a run of any length is one difference.

    Attributes:
        zones: shape (n_zones, n_days + 1).
        days: of all places together, shape (n_days + 1,).
    """

    zones: Counts
    days: Counts

    @property
    def total(self) -> int:
        """All cases."""
        return int(self.days[-1])

    def runs(self, size: int, alive: bool) -> tuple[Floats, Floats]:
        """Return observed and expected cases of each run of so many days, (n_zones, n_runs)."""
        first = len(self.days) - 1 - size if alive else 0
        begin, end = slice(first, len(self.days) - size), slice(first + size, None)
        observed = (self.zones[:, end] - self.zones[:, begin]).astype(np.float64)
        share = (self.days[end] - self.days[begin]) / self.total
        return observed, self.zones[:, -1:] * share[None]


def _sums(places: Counts, days: Counts, zones: NDArray[np.bool_], length: int) -> _Sums:
    counted = count_cases(places, days, zones, length)
    daily = np.bincount(days, minlength=length)
    start = np.zeros((len(counted), 1), np.int64)
    by_zone = np.concatenate([start, counted.cumsum(axis=1)], axis=1)
    return _Sums(by_zone, np.concatenate([[0], daily.cumsum()]))


def _best(
    sums: _Sums, lengths: Sequence[int], alive: bool
) -> list[tuple[float, int, int, int, float]]:
    """Return (ratio, first, last, observed, expected) of the best run of each zone."""
    ratios, spans = [], []
    for size in lengths:
        observed, expected = sums.runs(size, alive)
        ratio = likelihood_ratio(observed, expected, sums.total)
        start = ratio.argmax(axis=1)
        row = np.arange(len(ratio))
        ratios.append(ratio[row, start])
        spans.append((start, observed[row, start], expected[row, start]))
    which = np.argmax(ratios, axis=0)
    out = []
    for zone, choice in enumerate(which):
        start, observed, expected = spans[choice]
        size = lengths[choice]
        first = int(start[zone]) + (len(sums.days) - 1 - size if alive else 0)
        out.append((float(ratios[choice][zone]), first, first + size - 1,
                    int(observed[zone]), float(expected[zone])))  # fmt: skip
    return out


def _extreme(sums: _Sums, lengths: Sequence[int], alive: bool) -> float:
    return max(
        float(likelihood_ratio(*sums.runs(size, alive), sums.total).max()) for size in lengths
    )


def _burst(zone: int, best: tuple[float, int, int, int, float], extremes: Floats) -> Burst:
    ratio, first, last, observed, expected = best
    beaten_by = len(extremes) - int(np.searchsorted(extremes, ratio - 1e-9))
    p_value = (beaten_by + 1) / (len(extremes) + 1)
    return Burst(zone, first, last, observed, expected, ratio, p_value)
