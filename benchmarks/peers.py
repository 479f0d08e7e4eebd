"""The two models that ours are compared with: character TF-IDF + LinearSVC, and fastText.

Both get the same training texts as ours and settings at which they do well; none was tuned on the
texts that are measured. Scores are (n_texts, n_classes); classes in the order of the labels.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import fasttext
import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from jiesu.classifier.text import normalise, segmenter_of

Scores = NDArray[np.float32]
Ints = NDArray[np.int64]
Peer = Callable[[Sequence[str], Ints, Sequence[str], int], Scores]

# With thousands of classes: each feature costs 18 kB of weights, and the default tolerance
# takes most of an hour.
FEATURES = 50_000
TOLERANCE = 1e-2
MANY_CLASSES = 100


def svm_scores(texts: Sequence[str], labels: Ints, asked: Sequence[str], n_classes: int) -> Scores:
    """Fit LinearSVC on character 1-3-gram TF-IDF and return its margins for the asked texts."""
    many = n_classes > MANY_CLASSES
    vectors = TfidfVectorizer(
        analyzer="char",
        ngram_range=(1, 3),
        min_df=2,
        sublinear_tf=True,
        max_features=FEATURES if many else None,
    )
    model = make_pipeline(vectors, LinearSVC(random_state=0, tol=TOLERANCE if many else 1e-4))
    model.fit([normalise(text) for text in texts], labels)
    margins = model.decision_function([normalise(text) for text in asked])
    if margins.ndim == 1:
        margins = np.stack([-margins, margins], axis=1)
    return _all_classes(margins, model.classes_, n_classes)


def fasttext_scores(
    texts: Sequence[str], labels: Ints, asked: Sequence[str], n_classes: int
) -> Scores:
    """Train fastText on words and word pairs and return log probabilities of the asked texts."""
    segmenter = segmenter_of("rjieba")

    def cut(text: str) -> str:
        return " ".join(word for word in segmenter.cut(normalise(text)) if word.strip())

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "train.txt"
        lines = (f"__label__{k} {cut(t)}" for k, t in zip(labels.tolist(), texts, strict=True))
        file.write_text("\n".join(lines), encoding="utf-8")
        model = fasttext.train_supervised(
            str(file), epoch=25, lr=0.5, dim=100, wordNgrams=2, minCount=1, verbose=0, thread=2
        )
    named, p = model.predict([cut(text) for text in asked], k=-1)
    scores = np.full((len(asked), n_classes), -30.0, dtype=np.float32)
    for row, (names, values) in enumerate(zip(named, p, strict=True)):
        columns = [int(name.removeprefix("__label__")) for name in names]
        scores[row, columns] = np.log(np.maximum(values, 1e-12))
    return scores


def _all_classes(scores: Scores, classes: Ints, n_classes: int) -> Scores:
    full = np.full((len(scores), n_classes), scores.min() - 1, dtype=np.float32)
    full[:, classes] = scores
    return full


PEERS: dict[str, Peer] = {"svm": svm_scores, "fasttext": fasttext_scores}
