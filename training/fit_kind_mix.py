"""Fit on held-out texts how the encoder's kinds of request and the wording model are joined."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from jiesu.classifier.calibrate import log_loss, softmax
from jiesu.classifier.cascade import KindMix
from jiesu.classifier.scores import Matrix
from jiesu.taxonomy.ticket import KINDS

_LEAST_P = 1e-6
# A kind that the held-out texts lack would draw its bias without end.
_PULL = 0.02

Floats64 = NDArray[np.float64]


def fit_kind_mix(logits: Matrix, p_wording: Matrix, kinds: Sequence[str]) -> KindMix:
    """Return the weights with the least cross entropy.

    Args:
        logits: the encoder's, (N, n_kinds).
        p_wording: of a wording model that has not read these texts, (N, n_kinds).
        kinds: the right kind of each text.
    """
    right = np.array([KINDS.index(kind) for kind in kinds], dtype=np.int64)
    log_wording = np.log(np.maximum(p_wording, _LEAST_P))

    def cost(values: Floats64) -> float:
        joined = values[0] * logits + values[1] * log_wording + values[2:]
        loss = log_loss(softmax(joined.astype(np.float32)), right)
        return loss + _PULL * float(np.square(values[2:]).sum())

    start = np.array([0.5, 0.5] + [0.0] * len(KINDS))
    found = minimize(cost, start, method="Powell", options={"xtol": 1e-3, "ftol": 1e-5}).x
    encoder, wording, *bias = (round(float(value), 4) for value in found)
    return KindMix(max(encoder, 0.0), max(wording, 0.0), tuple(bias))
