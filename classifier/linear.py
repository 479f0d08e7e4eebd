"""The fast model: words and character n-grams, one weight a feature and class, no scikit-learn.

A text's logits are the sum of its features' weights. A hundred characters have some 200 features
of 2,240 weights each, most of them 0, so features of many classes are kept as rows of a dense
table and the others as a sparse matrix: a tenth of a millisecond a text, exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from jiesu.classifier.calibrate import Matrix, Temperature
from jiesu.classifier.features import Csr, FeatureKinds, Vocabulary, occurrences_of
from jiesu.classifier.text import Segmenter
from jiesu.taxonomy.tree import LabelTree

Floats = NDArray[np.float32]
Groups = NDArray[np.uint16]

# "sum": divided by a power of the sum of the values, as for sums of log likelihoods;
# "unit": brought to length 1, as for margins.
Scaling = Literal["sum", "unit"]

# Logits of this many texts at once stay in the processor's cache.
_TEXTS_AT_ONCE = 256
# Share of the classes from which on a feature is kept as a dense row.
_DENSE_FROM = 0.08


@dataclass(frozen=True)
class TextSpace:
    """How a text becomes a vector of feature values.

    Attributes:
        gain: factor of each feature before scaling, (n_features,).
        length_power: for "sum": 1 divides by the sum, 0.5 by its root.
    """

    kinds: FeatureKinds
    segmenter: Segmenter
    vocabulary: Vocabulary
    gain: Floats
    scaling: Scaling = "sum"
    length_power: float = 0.5

    def counts(self, texts: Sequence[str]) -> Csr:
        """Count the known features of texts, (n_texts, n_features)."""
        found = occurrences_of(texts, self.kinds, self.segmenter)
        return self.vocabulary.counts(found, len(texts))

    def vectors(self, texts: Sequence[str]) -> Csr:
        """Return the feature values of texts, (n_texts, n_features), float32."""
        return self.scaled(self.counts(texts))

    def scaled(self, counts: Csr) -> Csr:
        """Turn counts into feature values: sublinear, weighted, scaled by length."""
        values = (1 + np.log(counts.data)) * self.gain[counts.indices]
        row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        if self.scaling == "unit":
            length = np.sqrt(np.bincount(row, values * values, counts.shape[0]))
        else:
            length = np.bincount(row, values, counts.shape[0]) ** self.length_power
        values = (values / np.maximum(length, 1e-9)[row]).astype(np.float32)
        return sp.csr_matrix((values, counts.indices, counts.indptr), shape=counts.shape)


@dataclass(frozen=True)
class WeightTable:
    """Weights of features, (n_features, width), sparse by rows, float32.

    Features of many columns are kept as dense rows beside the others, because adding a dense row
    costs less than adding its filled cells one by one.
    """

    weights: Csr

    @cached_property
    def _is_dense(self) -> NDArray[np.bool_]:
        filled = np.diff(self.weights.indptr)
        is_dense: NDArray[np.bool_] = filled > _DENSE_FROM * self.weights.shape[1]
        return is_dense

    @cached_property
    def _place(self) -> NDArray[np.int32]:
        """Position of each feature among the dense ones, or among the others."""
        place = np.cumsum(self._is_dense) - 1
        return np.where(self._is_dense, place, np.cumsum(~self._is_dense) - 1).astype(np.int32)

    @cached_property
    def _dense(self) -> Floats:
        dense: Floats = self.weights[np.flatnonzero(self._is_dense)].toarray()
        return dense

    @cached_property
    def _rare(self) -> Csr:
        return self.weights[np.flatnonzero(~self._is_dense)]

    def prepare(self) -> None:
        """Build the tables that the product needs, once and ahead of the first text."""
        _ = self._dense, self._rare, self._place

    def product(self, vectors: Csr) -> Floats:
        """Return vectors times weights, (n_texts, width)."""
        is_dense = self._is_dense[vectors.indices]
        sums: Floats = self._part(vectors, is_dense, len(self._dense)) @ self._dense
        sums += (self._part(vectors, ~is_dense, self._rare.shape[0]) @ self._rare).toarray()
        return sums

    def _part(self, vectors: Csr, chosen: NDArray[np.bool_], width: int) -> Csr:
        """Return some features of the vectors, numbered as in their own table."""
        before = np.concatenate(([0], np.cumsum(chosen)))
        cells = vectors.data[chosen], self._place[vectors.indices[chosen]], before[vectors.indptr]
        return sp.csr_matrix(cells, shape=(vectors.shape[0], width))


@dataclass(frozen=True)
class LinearModel:
    """Weights of features and classes; scores vectors, knows no text.

    Attributes:
        leaf: weights for each class, (n_features, n_classes).
        bias: (n_classes,).
        upper: weights for each group of classes, (n_features, n_groups); None where there are no
            groups.
        group: group of each class, (n_classes,); empty where there are no groups.
    """

    leaf: WeightTable
    bias: Floats
    upper: WeightTable | None = None
    group: Groups = field(default_factory=lambda: np.empty(0, dtype=np.uint16))

    @property
    def tables(self) -> tuple[WeightTable, ...]:
        """The tables of weights, that of the classes first."""
        return (self.leaf,) if self.upper is None else (self.leaf, self.upper)

    def logits(self, vectors: Csr) -> Floats:
        """Return the logits of vectors, (n_texts, n_classes)."""
        logits = self.leaf.product(vectors)
        if self.upper is not None:
            logits += self.upper.product(vectors)[:, self.group]
        logits += self.bias
        return logits


@dataclass(frozen=True)
class LinearClassifier:
    """The fast model with its text space, ready to score texts."""

    name: str
    tree: LabelTree
    space: TextSpace
    model: LinearModel
    temperature: Temperature
    scores_alike: ClassVar[bool] = True

    def score(self, texts: Sequence[str]) -> Matrix:
        """Return calibrated leaf probabilities, (n_texts, n_leaves)."""
        vectors = self.space.vectors(texts)
        p = np.empty((len(texts), len(self.tree.leaves)), dtype=np.float32)
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            part = slice(start, start + _TEXTS_AT_ONCE)
            p[part] = self.temperature.probabilities(self.model.logits(vectors[part]))
        return p
