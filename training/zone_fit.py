"""Fits a `ZoneModel`: logistic regression over hashed n-grams, with a few dense columns beside."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from jiesu.classifier.features import Csr
from jiesu.classifier.zone_model import ZoneModel, length_scale, unit_scale
from jiesu.classifier.zones import Floats, Zones

Ints = NDArray[np.int64]
_ROUNDS = 400
_TOLERANCE = 1e-4


@dataclass(frozen=True)
class ZoneFit:
    """Settings of one fit; saved in the card.

    Attributes:
        rarest: columns in fewer texts than this get no weight.
        strength: inverse of the penalty, as in scikit-learn.
        is_unit: weigh columns by rarity and bring texts to length 1; else divide by the root of
            the length.
    """

    zones: Zones
    rarest: int
    strength: float
    is_unit: bool = False


@dataclass(frozen=True)
class Fitted:
    """A fitted model and the weights of the dense columns, shape (n_dense, n_heads)."""

    model: ZoneModel
    dense: Floats


def fit_zones(
    fit: ZoneFit,
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
    counts = fit.zones.counts(texts)
    frequency = np.bincount(counts.indices, minlength=fit.zones.n_columns)
    used = np.flatnonzero(frequency >= fit.rarest)
    gain = _gain(frequency, len(texts)) if fit.is_unit else None
    rows = _scaled(counts, texts, gain)[:, used]
    extra = np.zeros((len(texts), 0), np.float32) if dense is None else dense
    regression = LogisticRegression(C=fit.strength, max_iter=_ROUNDS, tol=_TOLERANCE)
    regression.fit(sp.hstack([rows, sp.csr_matrix(extra)]).tocsr(), labels, sample_weight=weights)
    coefficients = regression.coef_.T.astype(np.float32)  # (n_used + n_dense, n_heads)
    table = np.zeros((fit.zones.n_columns, coefficients.shape[1]), dtype=np.float32)
    table[used] = coefficients[: len(used)]
    if gain is not None:
        table *= gain[:, None]
        gain = np.where(np.isin(np.arange(len(gain)), used), gain, 0).astype(np.float32)
    bias = regression.intercept_.astype(np.float32)
    return Fitted(ZoneModel(fit.zones, table, bias, gain), coefficients[len(used) :])


def _gain(frequency: Ints, n_texts: int) -> Floats:
    return np.asarray(np.log((1 + n_texts) / (1 + frequency)) + 1, dtype=np.float32)


def _scaled(counts: Csr, texts: Sequence[str], gain: Floats | None) -> Csr:
    if gain is None:
        return sp.diags(length_scale(texts)) @ counts
    return sp.diags(unit_scale(counts @ gain**2)) @ counts @ sp.diags(gain)
