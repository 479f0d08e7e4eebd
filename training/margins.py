"""Margins between classes: scikit-learn's linear support vector machine on our features.

The right model for few classes with many texts each. Its cost grows with the number of classes,
so with thousands of classes it is not tried.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from jiesu.classifier.features import Csr
from jiesu.classifier.linear import LinearModel, WeightTable

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MarginSettings:
    """Inverse strength of regularisation, as in scikit-learn."""

    c: float = 1.0


def inverse_frequency(counts: Csr) -> NDArray[np.float32]:
    """Return the inverse document frequency of each feature, smoothed as in scikit-learn."""
    n_texts = counts.shape[0]
    texts_with = np.bincount(counts.indices, minlength=counts.shape[1])
    idf: NDArray[np.float32] = (np.log((1 + n_texts) / (1 + texts_with)) + 1).astype(np.float32)
    return idf


def fit_margins(
    vectors: Csr, labels: Ints, say: NDArray[np.float64], n_classes: int, settings: MarginSettings
) -> LinearModel:
    """Fit one separating plane a class; a class without texts is never chosen."""
    from sklearn.svm import LinearSVC  # half a second to import: only who trains pays

    machine = LinearSVC(C=settings.c, random_state=0)
    machine.fit(vectors.astype(np.float64), labels, sample_weight=say)
    planes, offsets = machine.coef_, machine.intercept_
    if len(machine.classes_) == 2:
        planes, offsets = np.vstack([-planes, planes]), np.concatenate([-offsets, offsets])
    weights = np.zeros((planes.shape[1], n_classes), dtype=np.float32)
    bias = np.full(n_classes, min(-2.0, float(offsets.min())), dtype=np.float32)
    weights[:, machine.classes_], bias[machine.classes_] = planes.T, offsets
    return LinearModel(WeightTable(sp.csr_matrix(weights)), bias)
