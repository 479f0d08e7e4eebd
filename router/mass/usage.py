"""Of which matters is a gram used? It tells a proper name from a word of the matter.

A compound's name comes with all kinds of complaints, "arbitration" with one. Two calls that
share the second share one thing, not two.
"""

from collections.abc import Mapping
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

_CELLS = 1 << 22
_SPREAD = 2654435761


class Usage:
    """Gram × group of classes → in how many texts; hashed, so memory stays bounded."""

    def __init__(self, counts: NDArray[np.float32] | None = None) -> None:
        self._counts = np.zeros(_CELLS, np.float32) if counts is None else counts

    def fork(self) -> "Usage":
        """Return one that goes on from here by itself."""
        return Usage(self._counts.copy())

    def see(self, grams: NDArray[np.int64], groups: Mapping[str, float]) -> None:
        """Count one more text that holds these grams, each listed once."""
        for group, p in groups.items():
            self._counts[_cells(grams, group)] += np.float32(p)

    def of(self, gram: int, group: str) -> float:
        """Return in how many texts of a group a gram was used."""
        return float(self._counts[(gram * _SPREAD + crc32(group.encode())) % _CELLS])


def _cells(grams: NDArray[np.int64], group: str) -> NDArray[np.int64]:
    cells: NDArray[np.int64] = (grams * _SPREAD + crc32(group.encode())) % _CELLS
    return cells
