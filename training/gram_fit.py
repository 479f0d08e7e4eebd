"""Fits a `GramModel`: logistic regression over hashed n-grams, with a few dense columns beside."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from jiesu.classifier.gram_model import GramModel, unit_scale
from jiesu.classifier.grams import Floats, HashedGrams

Ints = NDArray[np.int64]
_ROUNDS, _TOLERANCE = 400, 1e-4


@dataclass(frozen=True)
class GramFit:
    """Settings of one fit; saved in the card.

    Attributes:
        rarest: columns in fewer texts than this are left out.
        loudness: length that texts are brought to; more makes the penalty weigh less.
        strength: inverse of the penalty, as in scikit-learn.
    """

    grams: HashedGrams
    rarest: int
    loudness: float
    strength: float


@dataclass(frozen=True)
class Fitted:
    """A fitted model and the weights of the dense columns, shape (n_dense, n_heads)."""

    model: GramModel
    dense: Floats


def fit_grams(
    fit: GramFit,
    texts: Sequence[str],
    labels: Ints,
    weights: Floats,
    dense: Floats | None = None,
) -> Fitted:
    """Fit one head for each label, or a single head for labels 0 and 1.

    Args:
        labels: number of each text's head, shape (n_texts,).
        weights: how much each text counts.
        dense: further columns, shape (n_texts, n_dense), used as they are.
    """
    counts = fit.grams.counts(texts)
    frequency = np.bincount(counts.indices, minlength=fit.grams.n_columns)
    gain = _gain(frequency, len(texts), fit.rarest)
    used = np.flatnonzero(gain)
    scale = fit.loudness * unit_scale(counts @ gain**2)
    rows = (sp.diags(scale) @ counts @ sp.diags(gain)).tocsr()[:, used]
    extra = np.zeros((len(texts), 0), np.float32) if dense is None else dense
    regression = LogisticRegression(C=fit.strength, max_iter=_ROUNDS, tol=_TOLERANCE)
    regression.fit(sp.hstack([rows, sp.csr_matrix(extra)]).tocsr(), labels, sample_weight=weights)
    coefficients = regression.coef_.T.astype(np.float32)  # (n_used + n_dense, n_heads)
    table = np.zeros((fit.grams.n_columns, coefficients.shape[1]), dtype=np.float32)
    table[used] = fit.loudness * coefficients[: len(used)] * gain[used, None]
    bias = regression.intercept_.astype(np.float32)
    return Fitted(GramModel(fit.grams, table, gain, bias), coefficients[len(used) :])


def _gain(frequency: Ints, n_texts: int, rarest: int) -> Floats:
    """Return the inverse document frequency; 0 for columns that are too rare."""
    gain = np.log((1 + n_texts) / (1 + frequency)) + 1
    return np.where(frequency >= rarest, gain, 0).astype(np.float32)
