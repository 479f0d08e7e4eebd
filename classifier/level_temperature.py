"""Honest probabilities on every level at once: one temperature a level of the tree.

Each level's temperature acts on the probability of a class given the class above it, so that the
upper levels stay the sums of the leaves whatever the temperatures are.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from jiesu.classifier.scores import Matrix, level_sums
from jiesu.taxonomy.tree import LabelTree

Ints = NDArray[np.int64]
_LEAST_P = 1e-12
_BOUNDS = (0.1, 5.0)


@dataclass(frozen=True, slots=True)
class LevelTemperature:
    """Exponents of the conditional probabilities, top level first; 1 changes nothing."""

    factors: tuple[float, ...]

    def apply(self, tree: LabelTree, p: Matrix) -> Matrix:
        """Return calibrated leaf probabilities (N, n_leaves); rows sum to 1."""
        out: Matrix = np.ones((len(p), 1), dtype=np.float32)
        for factor, level in zip(self.factors, levels(tree, p), strict=True):
            out = (out[:, level.parent] * level.given_above(factor)).astype(np.float32)
        return out


@dataclass(frozen=True)
class Level:
    """Probabilities of one level's classes given the class above.

    Attributes:
        given: (N, n_classes of this level).
        parent: column of the class above of each class; 0 on the top level.
        starts: first class of each class above.
    """

    given: Matrix
    parent: Ints
    starts: Ints

    def given_above(self, factor: float) -> Matrix:
        """Return the conditional probabilities with the exponent, sums 1 under each class."""
        logs = np.float32(factor) * np.log(np.maximum(self.given, _LEAST_P))
        largest = np.maximum.reduceat(logs, self.starts, axis=1)
        powered = np.exp(logs - largest[:, self.parent])
        sums = np.add.reduceat(powered, self.starts, axis=1)
        return (powered / sums[:, self.parent]).astype(np.float32)


def levels(tree: LabelTree, p: Matrix) -> Iterator[Level]:
    """Yield the levels of leaf probabilities (N, n_leaves), top first."""
    above_codes: tuple[str, ...] = ("",)
    above: Matrix = np.ones((len(p), 1), dtype=np.float32)
    for number in range(1, tree.depth + 1):
        codes, sums = level_sums(tree, p, number) if number < tree.depth else (tree.leaves, p)
        column = {code: j for j, code in enumerate(above_codes)}
        parents = [tree.labels[code].parent or "" for code in codes]
        parent = np.array([column[code] for code in parents], dtype=np.int64)
        starts = np.flatnonzero(np.diff(parent, prepend=-1))
        given = sums / np.maximum(above[:, parent], _LEAST_P)
        yield Level(given.astype(np.float32), parent, starts)
        above_codes, above = codes, sums


def fit_level_temperature(tree: LabelTree, p: Matrix, leaves: Ints) -> LevelTemperature:
    """Find the factors with the least log loss on held-out texts, level by level.

    Args:
        tree: the classes.
        p: leaf probabilities of texts that no model has seen, (N, n_leaves).
        leaves: right leaf of each text, (N,).
    """
    right = _right_columns(tree, leaves)
    factors = []
    for level, columns in zip(levels(tree, p), right, strict=True):
        found = minimize_scalar(_loss, bounds=_BOUNDS, method="bounded", args=(level, columns))
        factors.append(round(float(found.x), 3))
    return LevelTemperature(tuple(factors))


def _loss(factor: float, level: Level, columns: Ints) -> float:
    given = level.given_above(factor)[np.arange(len(columns)), columns]
    return float(-np.log(np.maximum(given, _LEAST_P)).mean())


def _right_columns(tree: LabelTree, leaves: Ints) -> list[Ints]:
    paths = [[label.code for label in tree.path(tree.leaves[leaf])] for leaf in leaves.tolist()]
    found = []
    for at in range(tree.depth):
        ordered = list(dict.fromkeys(tree.path(code)[at].code for code in tree.leaves))
        column = {code: j for j, code in enumerate(ordered)}
        found.append(np.array([column[path[at]] for path in paths], dtype=np.int64))
    return found
