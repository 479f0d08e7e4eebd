"""Fit on held-out texts how fast model and encoder are summed, and when the fast one is enough."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from jiesu.classifier.calibrate import log_loss
from jiesu.classifier.cascade import LEAST_P, MixWeights, log_linear
from jiesu.classifier.scores import Matrix

# Texts that are all right would draw the weights without end.
MOST = 5.0

Leaves = NDArray[np.int64]


def fit_mix(
    logits: Matrix, p_fast: Matrix, leaves: Leaves, titles: Matrix | None = None
) -> MixWeights:
    """Return the weights with the least cross entropy.

    Args:
        logits: the encoder's, (N, n_leaves).
        p_fast: the fast model's probabilities, (N, n_leaves).
        leaves: right leaf of each text, (N,).
        titles: as in `mix`; without them titles weigh nothing.
    """
    log_fast = np.log(np.maximum(p_fast, LEAST_P))

    def cost(values: NDArray[np.float64]) -> float:
        return log_loss(log_linear(logits, log_fast, MixWeights(*values), titles), leaves)

    start = np.array([0.7, 0.7] if titles is None else [0.7, 0.7, 0.2])
    found = minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-5})
    return MixWeights(*(round(min(max(float(weight), 0.0), MOST), 4) for weight in found.x))


def fit_sure(
    p_fast: Matrix, p_full: Matrix, leaves: Leaves, most_lost: float = 0.005
) -> tuple[float, float]:
    """Return the least threshold of the cascade that loses at most `most_lost` accuracy.

    Returns:
        The threshold, and the share of texts that the fast model then answers alone.
    """
    gained = (p_full.argmax(axis=1) == leaves).astype(int) - (p_fast.argmax(axis=1) == leaves)
    confidence = p_fast.max(axis=1)
    sure, share = 1.01, 0.0  # never sure
    for threshold in np.unique(confidence)[::-1]:
        alone = confidence >= threshold
        if gained[alone].sum() > most_lost * len(leaves):
            break
        sure, share = float(threshold), float(alone.mean())
    return sure, share
