"""Calibrated probabilities over the classes; upper levels are sums of the leaves.

So the three levels never disagree: the probability of a class is that of everything below it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from jiesu.taxonomy.tree import LabelTree

Matrix = NDArray[np.float32]


class Classifier(Protocol):
    """Anything that turns texts into leaf probabilities."""

    @property
    def name(self) -> str:
        """Name and version of the model, stored with every decision."""
        ...

    @property
    def tree(self) -> LabelTree:
        """The classes; column j of the scores is `tree.leaves[j]`."""
        ...

    def score(self, texts: Sequence[str]) -> Matrix:
        """Return calibrated leaf probabilities, shape (n_texts, n_leaves), rows sum to 1.

        Columns are in the order of `tree.leaves`.
        """
        ...


@dataclass(frozen=True)
class HeardKinds:
    """What a classifier that reads whole sentences says of the kinds of request.

    Attributes:
        logits: (n_texts, n_kinds), in the order of KINDS; rows of NaN where it did not read.
        wording: weight of the log probabilities of the wording model beside these logits.
    """

    logits: Matrix
    wording: float


@dataclass(frozen=True)
class Judged:
    """Leaf probabilities of texts, (n_texts, n_leaves), and what was heard of their kinds."""

    p: Matrix
    kinds: HeardKinds | None = None


@runtime_checkable
class Alike(Protocol):
    """A classifier that scores a text alike, to the last digit, whatever is scored with it."""

    @property
    def scores_alike(self) -> bool:
        """Whether this one does."""
        ...


@runtime_checkable
class KindHearer(Protocol):
    """A classifier that hears the kinds in the same reading."""

    def judge(self, texts: Sequence[str], titles: Sequence[str] = ()) -> Judged:
        """Return leaf probabilities as `score` does, and the kinds.

        Args:
            texts: with their titles in front, as `Ticket.full_text` joins them.
            titles: the title of each, empty where it has none; none at all where no text has one.
        """
        ...


def judge(classifier: Classifier, texts: Sequence[str], titles: Sequence[str] = ()) -> Judged:
    """Score texts with any classifier, and take the kinds from those that hear them."""
    if isinstance(classifier, KindHearer):
        return classifier.judge(texts, titles)
    return Judged(classifier.score(texts))


@dataclass(frozen=True, slots=True)
class RankedClass:
    """One leaf with the probabilities of its whole path, from level 1 down.

    Attributes:
        code: leaf code.
        p: probability of each class on the path, each in [0, 1], not rising.
    """

    code: str
    p: tuple[float, ...]


def level_sums(tree: LabelTree, p: Matrix, level: int) -> tuple[tuple[str, ...], Matrix]:
    """Sum leaf probabilities to one level.

    Returns:
        The codes of the level in order and their probabilities, shape (n_texts, n_codes).
    """
    grouping = _grouping(tree, level)
    return grouping.codes, np.add.reduceat(p, grouping.starts, axis=1)


def top_classes(tree: LabelTree, p: Matrix, k: int) -> list[tuple[RankedClass, ...]]:
    """Return the k likeliest leaves of each text, best first, with the sums above each."""
    k = min(k, p.shape[1])
    best = np.argpartition(-p, k - 1, axis=1)[:, :k]
    best = np.take_along_axis(best, np.argsort(-np.take_along_axis(p, best, 1), 1), 1)  # (T, k)
    above = []
    for level in range(1, tree.depth):
        _, sums = level_sums(tree, p, level)
        above.append(np.take_along_axis(sums, _grouping(tree, level).group[best], 1))  # (T, k)
    paths = np.stack([*above, np.take_along_axis(p, best, 1)], axis=2)  # (T, k, depth)
    return [
        tuple(RankedClass(tree.leaves[j], tuple(row)) for j, row in zip(columns, rows, strict=True))
        for columns, rows in zip(best.tolist(), paths.tolist(), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Grouping:
    """How the leaves, in order, fall into the classes of one level."""

    codes: tuple[str, ...]
    starts: NDArray[np.intp]  # (n_codes,) first leaf of each class
    group: NDArray[np.intp]  # (n_leaves,) class of each leaf


@lru_cache(maxsize=32)
def _grouping(tree: LabelTree, level: int) -> _Grouping:
    codes = [_ancestor(tree, code, level) for code in tree.leaves]
    starts = [j for j, code in enumerate(codes) if j == 0 or code != codes[j - 1]]
    sizes = np.diff([*starts, len(codes)])
    return _Grouping(
        codes=tuple(codes[j] for j in starts),
        starts=np.array(starts, dtype=np.intp),
        group=np.repeat(np.arange(len(starts)), sizes),
    )


def _ancestor(tree: LabelTree, code: str, level: int) -> str:
    label = tree.labels[code]
    while label.level > level and label.parent is not None:
        label = tree.labels[label.parent]
    return label.code
