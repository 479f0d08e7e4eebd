"""From logits to honest probabilities: one temperature, fitted on texts held out from training.

A model is calibrated when of all answers given with probability 0.8, four in five are right.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Labels = NDArray[np.int64]

_LEAST_P = 1e-12
_GOLDEN = (5**0.5 - 1) / 2
_SHARPEST = 6.0  # natural logarithm of the largest factor that is tried


@dataclass(frozen=True, slots=True)
class Temperature:
    """Multiplies logits by `factor` before the softmax.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks, section 4.2.
    """

    factor: float = 1.0

    def probabilities(self, logits: Matrix) -> Matrix:
        """Return probabilities of logits (N, C), row by row; rows sum to 1."""
        scaled = logits * np.float32(self.factor)
        return softmax(scaled)

    def sharpen(self, p: Matrix) -> Matrix:
        """Apply the temperature to probabilities (N, C) instead of logits."""
        return self.probabilities(np.log(np.maximum(p, _LEAST_P)))


def softmax(logits: Matrix) -> Matrix:
    """Return exp(logits) brought to row sums of 1; the argument is used up as work space."""
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=1, keepdims=True)
    return logits


def log_loss(p: Matrix, best: Labels) -> float:
    """Return the mean negative logarithm of the probability of the right class.

    Args:
        p: probabilities, (N, C).
        best: column of the right class of each row, (N,).
    """
    right = p[np.arange(len(best)), best]
    return float(-np.log(np.maximum(right, _LEAST_P)).mean())


def fit_temperature(logits: Matrix, best: Labels) -> Temperature:
    """Find the temperature with the least log loss on held-out texts, by golden section.

    Args:
        logits: (N, C), of texts that the model has not seen.
        best: column of the right class of each row, (N,).
    """
    low, high = -_SHARPEST, _SHARPEST
    while high - low > 1e-3:
        third = (high - low) * (1 - _GOLDEN)
        left, right = low + third, high - third
        if _loss_at(logits, best, left) < _loss_at(logits, best, right):
            high = right
        else:
            low = left
    return Temperature(round(float(np.exp((low + high) / 2)), 3))


def _loss_at(logits: Matrix, best: Labels, log_factor: float) -> float:
    return log_loss(Temperature(float(np.exp(log_factor))).probabilities(logits), best)


def expected_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return the expected calibration error of answers, in [0, 1], over 15 bins of equal size.

    Bins of equal size, because with bins of equal width most would be nearly empty.

    Args:
        confidence: probability given to each answer, (N,).
        right: whether each answer was right, (N,).
    """
    if not len(confidence):
        return 0.0
    order = np.argsort(confidence, kind="stable")
    bins = np.array_split(order, min(15, len(order)))
    gaps = [len(b) * abs(confidence[b].mean() - right[b].mean()) for b in bins]
    return float(sum(gaps) / len(order))
