"""Did an event grow into two stories? Average linkage over its members tells."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from jiesu.router.mass.event import Member
from jiesu.router.mass.rules import LinkRules

_SMALLEST = 3
"""A part of fewer messages is a stray, not a story."""
_LATEST = 300
"""Only so many members are compared; an event that large has been judged many times before."""


def two_stories(
    members: Sequence[Member], rules: LinkRules
) -> tuple[list[Member], list[Member]] | None:
    """Part the members in two if they tell two stories; the larger part comes first."""
    if not 2 * _SMALLEST <= len(members) <= _LATEST:
        return None
    alike = likeness(members, rules)
    parts = _halves(alike)
    smaller = min((parts == 1).sum(), (parts == 2).sum())
    if smaller < _SMALLEST or alike[parts == 1][:, parts == 2].mean() >= rules.split_below:
        return None
    large = 1 if (parts == 1).sum() >= (parts == 2).sum() else 2
    return (
        [m for m, part in zip(members, parts, strict=True) if part == large],
        [m for m, part in zip(members, parts, strict=True) if part != large],
    )


def likeness(members: Sequence[Member], rules: LinkRules) -> NDArray[np.float64]:
    """Return how much each two members agree in words and topic, shape (n, n)."""
    topics = np.stack([member.features.topic for member in members]).astype(np.float64)
    words = np.eye(len(members))
    tables = [dict(zip(m.features.terms, m.features.weights, strict=True)) for m in members]
    for i, one in enumerate(tables):
        for j, other in enumerate(tables[:i]):
            shared = sum(weight * other.get(gram, 0.0) for gram, weight in one.items())
            words[i, j] = words[j, i] = min(shared, rules.words_cap)
    alike: NDArray[np.float64] = rules.words * words + rules.topic * (topics @ topics.T)
    return alike


def _halves(alike: NDArray[np.float64]) -> NDArray[np.int32]:
    apart = np.clip(alike.max() - alike, 0, None)
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform((apart + apart.T) / 2, checks=False), "average")
    halves: NDArray[np.int32] = fcluster(tree, 2, "maxclust")
    return halves
