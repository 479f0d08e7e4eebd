"""How often each unit settled tickets of a class at a place: P(unit | class, place) by counting.

A class at a place that has few tickets borrows from the class in the district, in the whole city,
from the class above and at last from all tickets: at each step what was seen there counts, and
the wider share stands in for a few tickets more (Dirichlet smoothing by the wider share).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Settled = tuple[str, str, int, int]
"""Leaf class, code of the finest region known (or ""), number of the unit, tickets."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """Tickets of one class at one place."""

    units: NDArray[np.int64]
    counts: Floats
    total: float

    def of(self, unit: int) -> int:
        return int(self.counts[self.units == unit].sum())


@dataclass(frozen=True)
class UnitCounts:
    """Counts of one history.

    Attributes:
        n_units: number of units.
        pull: how many tickets the wider share stands in for.
    """

    n_units: int
    pull: float
    _cells: Mapping[tuple[str, str], _Cell] = field(repr=False)

    @classmethod
    def of(
        cls,
        settled: Iterable[Settled],
        n_units: int,
        *,
        classes_above: Mapping[str, Sequence[str]],
        regions_above: Mapping[str, Sequence[str]],
        pull: float = 2.0,
    ) -> "UnitCounts":
        """Add up a history.

        Args:
            settled: how many tickets of a class at a place each unit settled.
            n_units: number of units.
            classes_above: leaf → codes from level 1 down to itself.
            regions_above: region → codes from the district down to itself.
            pull: how many tickets the wider share stands in for.
        """
        sums: dict[tuple[str, str], dict[int, float]] = {}
        for code, region, unit, n in settled:
            keys = [(above, "") for above in ("", *classes_above.get(code, (code,)))]
            keys += [(code, above) for above in regions_above.get(region, ())]
            for key in keys:
                cell = sums.setdefault(key, {})
                cell[unit] = cell.get(unit, 0.0) + n
        return cls(n_units, pull, {key: _cell(found) for key, found in sums.items()})

    def shares(self, classes: Sequence[str], regions: Sequence[str]) -> Floats:
        """Return P(unit) for a class at a place, (n_units,).

        Args:
            classes: codes from level 1 down to the leaf.
            regions: codes from the district down to the finest region known; empty if none is.
        """
        shares = np.full(self.n_units, 1.0 / self.n_units)
        leaf = classes[-1] if classes else ""
        for key in [("", ""), *((c, "") for c in classes), *((leaf, r) for r in regions)]:
            cell = self._cells.get(key)
            if cell is not None:
                shares *= self.pull / (cell.total + self.pull)
                shares[cell.units] += cell.counts / (cell.total + self.pull)
        return shares

    def settled(self, leaf: str, region: str, unit: int) -> int:
        """Return how many tickets of the class the unit settled there; region "": anywhere."""
        cell = self._cells.get((leaf, region))
        return cell.of(unit) if cell else 0

    def seen(self, classes: Sequence[str]) -> float:
        """Return how many tickets of a class were seen, in the likeness of the leaf.

        A ticket of the class just above tells half as much, one of the class above that a
        quarter; the view that tells most counts.

        Args:
            classes: codes from level 1 down to the leaf.
        """
        totals = [self._total(code) for code in reversed(classes)]
        return max((total / 2**step for step, total in enumerate(totals)), default=0.0)

    def _total(self, code: str) -> float:
        cell = self._cells.get((code, ""))
        return cell.total if cell else 0.0


def _cell(found: Mapping[int, float]) -> _Cell:
    units = np.array(sorted(found), dtype=np.int64)
    counts = np.array([found[int(unit)] for unit in units])
    return _Cell(units, counts, float(counts.sum()))
