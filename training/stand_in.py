"""A quick classifier that has not read the letters, to give their classes as a new text gets them.

The kind model learns how far to trust the likely classes. The shipped classifier was trained on
the very letters that carry the kinds, so on them it is surer than it will ever be on a ticket;
this one (nearest class by TF-IDF) has read the texts without a kind only.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.preprocessing import normalize

from jiesu.classifier.calibrate import softmax
from jiesu.classifier.scores import Matrix
from jiesu.taxonomy.tree import LabelTree
from jiesu.training.encoder_rows import EncoderRow

# Sharpness at which its probabilities are as sure as they are right on the letters.
# Source: docs/log.md, 2026-11-28, kind of request.
_SHARPNESS = 120.0


class StandIn:
    """Nearest class by cosine of character n-grams."""

    def __init__(self, tree: LabelTree, rows: Iterable[EncoderRow]) -> None:
        known = [row for row in rows if row.code in tree.leaf_index and not row.kind]
        self._counts = CountVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, binary=True)
        counts = self._counts.fit_transform([row.text for row in known])
        self._tfidf = TfidfTransformer(sublinear_tf=True).fit(counts)
        leaf = [tree.leaf_index[row.code] for row in known]
        member = sp.csr_matrix(
            (np.ones(len(known)), (leaf, range(len(known)))), shape=(len(tree.leaves), len(known))
        )
        self._centres = normalize(member @ self._tfidf.transform(counts))

    def score(self, texts: Sequence[str]) -> Matrix:
        """Return leaf probabilities, shape (n_texts, n_leaves)."""
        vectors = self._tfidf.transform(self._counts.transform(texts))
        likeness = (vectors @ self._centres.T).toarray()
        return softmax((likeness * _SHARPNESS).astype(np.float32))
