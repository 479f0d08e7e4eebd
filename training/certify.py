"""Thresholds that carry a proof: confirmed history → a policy file for `auto` and `confirm`.

Learn-then-Test (Angelopoulos et al. 2021, section 4.2) with fixed-sequence testing: thresholds
are tried from the strictest down, each with the exact binomial (Clopper–Pearson) p-value for
"the precision at or above this threshold is below the promise", and the first that cannot be
rejected ends the walk. So with probability at least `confidence` over the history drawn, every
threshold that is kept keeps its promise. Groups of classes share the risk by Bonferroni.

People err too: one wrong entry among the surest tickets would end the only walk at its first
step. So a long history is walked from up to three starts, which share the risk alike (multi-start
fixed sequence, same section).
Source: docs/log.md, 2026-11-28, "Certify": with 0.6 % wrong entries in 4,000 tickets one start
covers 12 %, three cover 49 %; without wrong entries they cost one point in 62.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

from jiesu.router.dispatch_policy import Certificate

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

STEPS = 60
_STARTS, _APART = 3, 8
"""Walks that share the risk, and how many times more tickets each begins with."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What a threshold must keep: precision in (0, 1), with a confidence in (0, 1)."""

    precision: float
    confidence: float


def fewest_needed(promise: Promise) -> int:
    """Return how many tickets, all right, the promise needs at least.

    >>> fewest_needed(Promise(0.98, 0.95))
    149
    """
    return int(np.ceil(np.log(1 - promise.confidence) / np.log(promise.precision)))


def certify(p: Floats, right: Bools, promise: Promise) -> Certificate:
    """Find the lowest threshold that provably keeps the promise.

    Args:
        p: probability of the suggested answer, shape (n,), in [0, 1].
        right: whether the answer was right, shape (n,).
        promise: precision and confidence.

    Returns:
        A certificate whose threshold is None when the history cannot prove the promise.
    """
    order = np.argsort(-p, kind="stable")
    p_sorted, hits = p[order], np.cumsum(right[order], dtype=np.int64)
    kept = _proved(p_sorted, hits, promise)
    if not kept:
        return Certificate(None, 0, 0, 0.0, 0.0)
    return Certificate(
        threshold=float(p_sorted[kept - 1]),
        n=kept,
        right=int(hits[kept - 1]),
        coverage=kept / len(p),
        bound=lower_bound(int(hits[kept - 1]), kept, promise.confidence),
    )


def _proved(p_sorted: Floats, hits: NDArray[np.int64], promise: Promise) -> int:
    """Return how many of the surest tickets provably keep the promise; 0 if none do."""
    starts = _starts(len(p_sorted), promise)
    shared = replace(promise, confidence=1 - (1 - promise.confidence) / len(starts))
    sizes = _walk(p_sorted, fewest_needed(shared))
    kept = 0
    for start in starts:
        for n in sizes:
            if n < start:
                continue
            # P(at least so many right | precision exactly at the promise): small rejects "worse".
            if binom.sf(hits[n - 1] - 1, n, promise.precision) > 1 - shared.confidence:
                break
            kept = max(kept, n)
    return kept


def _starts(n: int, promise: Promise) -> list[int]:
    """Return the set sizes that walks begin with; they depend on the number of tickets alone."""
    fewest = fewest_needed(promise)
    sizes = [fewest * _APART**step for step in range(_STARTS)]
    return [size for size in sizes if size <= n] or [fewest]


def _walk(p_sorted: Floats, fewest: int) -> list[int]:
    """Return the set sizes to try, strictest first; ties of p stay together.

    The sizes depend on the probabilities alone, never on what was right, as the proof needs.
    """
    n = len(p_sorted)
    if n < fewest:
        return []
    sizes = np.unique(np.geomspace(fewest, n, STEPS).astype(int))
    last_of_tie = np.searchsorted(-p_sorted, -p_sorted[sizes - 1], side="right")
    return [int(size) for size in np.unique(last_of_tie)]


def lower_bound(right: int, n: int, confidence: float) -> float:
    """Return the exact (Clopper–Pearson) one-sided lower bound of a proportion.

    >>> round(lower_bound(149, 149, 0.95), 4)
    0.9801
    """
    return float(beta.ppf(1 - confidence, right, n - right + 1)) if right else 0.0


def certify_groups(
    p: Floats, right: Bools, groups: NDArray[np.str_], promise: Promise
) -> Mapping[str, Certificate]:
    """Certify each group that has enough history, and the rest together under "".

    The risk is divided by the number of groups tried, so that all promises hold together.
    """
    names, counts = np.unique(groups, return_counts=True)
    own = [str(name) for name, n in zip(names, counts, strict=True) if n >= _enough(promise)]
    risk = (1 - promise.confidence) / (len(own) + 1)
    shared = Promise(promise.precision, 1 - risk)
    found = {name: certify(p[groups == name], right[groups == name], shared) for name in own}
    rest = ~np.isin(groups, own)
    if rest.any():
        found[""] = certify(p[rest], right[rest], shared)
    return found


def _enough(promise: Promise) -> int:
    """A group on its own needs some times the bare minimum, or it would certify nothing."""
    return 4 * fewest_needed(promise)
