"""Fit on held-out texts how fast model and encoder are summed, and when the fast one is enough."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from jiesu.classifier.calibrate import log_loss
from jiesu.classifier.cascade import MixWeights, log_linear, log_parts
from jiesu.classifier.reading import Heard
from jiesu.classifier.scores import Matrix

# Texts that are all right would draw the weights without end.
MOST = 5.0

Leaves = NDArray[np.int64]


def fit_mix(heard: Heard, leaves: Leaves) -> MixWeights:
    """Return the weights with the least cross entropy.

    Args:
        heard: what both models say of the texts; a part that is lacking, or silent about all of
            them, weighs nothing.
        leaves: right leaf of each text, (N,).
    """
    parts = {name: part for name, part in log_parts(heard).items() if part.any()}

    def weights(values: NDArray[np.float64]) -> MixWeights:
        return MixWeights(**dict(zip(parts, values.tolist(), strict=True)))

    def cost(values: NDArray[np.float64]) -> float:
        return log_loss(log_linear(parts, weights(values)), leaves)

    start = np.array([0.7, 0.7, 0.2, 0.2, 0.2][: len(parts)])
    found = minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-5})
    return weights(np.round(np.clip(found.x, 0.0, MOST), 4))


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
