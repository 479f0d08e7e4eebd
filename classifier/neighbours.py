"""Confirmed tickets near a text: yesterday's corrections count in the next suggestion.

What is kept of them, and where, is the matter of `neighbour_index`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from jiesu.classifier.neighbour_index import Neighbour, NeighbourIndex

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NeighbourPolicy:
    """How much confirmed tickets count.

    Attributes:
        most: neighbours looked at.
        floor: cosine under which a neighbour counts nothing.
        share: share of the probability that a neighbour with cosine 1 takes over.
    """

    most: int = 8
    floor: float = 0.75
    share: float = 0.8


@runtime_checkable
class Remembering(Protocol):
    """A classifier that can keep confirmed tickets, which count without training."""

    @property
    def neighbours(self) -> NeighbourIndex | None:
        """The index of confirmed tickets; None while none is kept."""
        ...

    def remembering(self, folder: Path) -> Self:
        """Return the classifier with its index, which lies in a folder."""
        ...

    def confirm(self, texts: Sequence[str], codes: Sequence[str], ids: Sequence[str]) -> None:
        """Let confirmed tickets count from the next text on."""
        ...

    def forget(self, ids: Sequence[str]) -> None:
        """Let tickets that were confirmed no longer count."""
        ...


def with_neighbours(
    p: Floats,
    neighbours: Sequence[Sequence[Neighbour]],
    columns: Mapping[str, int],
    policy: NeighbourPolicy,
) -> Floats:
    """Let near confirmed tickets take over a share of the probability.

    The share grows with the square of the nearest one's cosine above the floor; it is divided
    among the neighbours' classes in the same way.

    Args:
        p: leaf probabilities, (N, n_leaves).
        neighbours: nearest confirmed tickets of each text.
        columns: leaf code → column; neighbours of other codes are ignored.
        policy: how much they count.
    """
    out = p.copy()
    for row, near in enumerate(neighbours):
        weights = np.zeros(p.shape[1], dtype=np.float32)
        strongest = 0.0
        for neighbour in near:
            over = (neighbour.cosine - policy.floor) / (1.0 - policy.floor)
            if over > 0 and neighbour.code in columns:
                weights[columns[neighbour.code]] += over * over
                strongest = max(strongest, over * over)
        if strongest > 0:
            share = policy.share * min(strongest, 1.0)
            out[row] = (1.0 - share) * p[row] + share * weights / weights.sum()
    return out
