"""Fit on held-out texts how fast model and encoder are summed, and when the fast one is enough."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from jiesu.classifier.calibrate import log_loss
from jiesu.classifier.cascade import MixWeights, log_linear, log_parts
from jiesu.classifier.reading import Heard
from jiesu.classifier.scores import Matrix

# Texts that are all right would draw the weights without end.
MOST = 5.0
# Where the search begins: the two whole readings, and what is heard besides.
_START, _START_BESIDE = {"encoder": 0.7, "fast": 0.7}, 0.2

Leaves = NDArray[np.int64]


def fit_mix(heard: Heard, leaves: Leaves) -> MixWeights:
    """Return the weights with the least cross entropy, none below 0 and none above `MOST`.

    The search is free: one with bounds comes to rest on them too early. Parts that it weighs below
    0 are left out and the others fitted again; weights above `MOST`, where nearly all texts are
    right, are cut to it and the others stay.

    Args:
        heard: what both models say of the texts; a part that is lacking, or silent about all of
            them, weighs nothing.
        leaves: right leaf of each text, (N,).
    """
    parts = {name: part for name, part in log_parts(heard).items() if part.any()}
    found = _free_weights(parts, leaves)
    while any(weight < 0 for weight in found.values()):
        parts = {name: part for name, part in parts.items() if found[name] > 0}
        found = _free_weights(parts, leaves)
    return _weights({name: round(min(weight, MOST), 4) for name, weight in found.items()})


def _free_weights(parts: Mapping[str, Matrix], leaves: Leaves) -> dict[str, float]:
    """Return the weight of each part with the least cross entropy, whatever its sign."""
    if not parts:
        return {}

    def named(values: NDArray[np.float64]) -> dict[str, float]:
        return dict(zip(parts, values.tolist(), strict=True))

    def cost(values: NDArray[np.float64]) -> float:
        return log_loss(log_linear(parts, _weights(named(values))), leaves)

    start = np.array([_START.get(name, _START_BESIDE) for name in parts])
    found = minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-5})
    return named(found.x)


def _weights(by_name: Mapping[str, float]) -> MixWeights:
    return MixWeights(**{"encoder": 0.0, "fast": 0.0, **by_name})


def fit_sure(
    p_fast: Matrix, p_full: Matrix, leaves: Leaves, most_lost: float = 0.005
) -> tuple[float, float]:
    """Return the least threshold of the cascade that loses at most `most_lost` accuracy.

    It is fitted without a city's prior: neither `p_fast` nor `p_full` holds how common its classes
    are among tickets. The served models do where that is known, and the fast one is then surer of
    common classes: how many tickets it answers alone, and what that loses, may differ somewhat
    from what is found here.

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
