"""A classifier that a person has told the class: for asking what follows from a choice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jiesu.classifier.scores import Matrix
from jiesu.taxonomy.tree import LabelTree


@dataclass(frozen=True)
class CertainClassifier:
    """Knows one leaf and is sure of it, whatever the text."""

    tree: LabelTree
    code: str
    name: str = "chosen"

    def score(self, texts: Sequence[str]) -> Matrix:
        """Return probability 1 for the leaf, shape (n_texts, n_leaves)."""
        p = np.zeros((len(texts), len(self.tree.leaves)), dtype=np.float32)
        p[:, self.tree.leaf_index[self.code]] = 1
        return p
