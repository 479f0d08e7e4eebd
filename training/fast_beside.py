"""The fast model fitted without the held-out texts, to see how it is summed with the encoder."""

from collections.abc import Callable, Sequence

import numpy as np

from jiesu.classifier.linear import LinearClassifier
from jiesu.classifier.scores import Classifier
from jiesu.classifier.text import Segmenter
from jiesu.taxonomy.tree import LabelTree
from jiesu.training.corpus import Corpus
from jiesu.training.encoder_rows import EncoderRow
from jiesu.training.fit_linear import Trial, affordable_recipes, choose, try_recipe
from jiesu.training.linear_run import Fitted

_NAME = "fast-beside"
# Fits a fast model on training rows and calibrates it on held-out ones.
FastFit = Callable[[Sequence[EncoderRow], Sequence[EncoderRow]], Classifier]


def chosen_fast_fit(model: Fitted) -> FastFit:
    """Return the model that a recipe was chosen with: a city's own split holds out the same texts.

    It is as sure as the one that is served, which was calibrated with texts of other styles.
    """
    fitted, temperature = model.best.fitted, model.classifier.temperature
    beside = LinearClassifier(_NAME, model.classifier.tree, *fitted, temperature)
    return lambda _train, _held: beside


def labelled_fast_fit(tree: LabelTree, segmenter: Segmenter) -> FastFit:
    """Fit the fast model on the rows of a labelled file."""

    def fit(train: Sequence[EncoderRow], held: Sequence[EncoderRow]) -> Classifier:
        return trial_fit(Trial(message_corpus(tree, train), message_corpus(tree, held)), segmenter)

    return fit


def trial_fit(trial: Trial, segmenter: Segmenter) -> LinearClassifier:
    """Return the best recipe's model, fitted on the texts to train on."""
    recipes = affordable_recipes(trial.train)
    best = choose([try_recipe(recipe, [trial], segmenter) for recipe in recipes])
    return LinearClassifier(_NAME, trial.train.tree, *best.fitted, best.temperature)


def message_corpus(tree: LabelTree, rows: Sequence[EncoderRow]) -> Corpus:
    """Return rows of leaves as a corpus of messages of equal weight."""
    return Corpus(
        tree,
        tuple(row.text for row in rows),
        np.array([tree.leaf_index[row.code] for row in rows], dtype=np.int64),
        np.ones(len(rows)),
        np.ones(len(rows), dtype=np.bool_),
        tuple(row.source for row in rows),
    )


def labelled_rows(corpus: Corpus) -> list[EncoderRow]:
    """Return the texts of a labelled file as rows, numbered within their class.

    Copies of a text have one number, so that none is trained on where another is held out. For
    that a copy of another class has not a number of its own, but one with the same turn.
    """
    seen = [0] * len(corpus.tree.leaves)
    turns: dict[str, int] = {}  # number and leaf together decide, see is_tenth
    rows = []
    titles = corpus.titles or ("",) * len(corpus.texts)
    for text, title, leaf in zip(corpus.texts, titles, corpus.labels.tolist(), strict=True):
        if text.strip() not in turns:
            turns[text.strip()] = seen[leaf] + leaf
            seen[leaf] += 1
        slot = turns[text.strip()] - leaf
        rows.append(EncoderRow(text, corpus.tree.leaves[leaf], "letter", slot, title=title))
    return rows
