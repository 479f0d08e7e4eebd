"""The fast model's answers to held-out texts, for fitting how it is summed with the encoder."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from jiesu.classifier.scores import Matrix
from jiesu.classifier.text import Segmenter
from jiesu.taxonomy.city import City
from jiesu.taxonomy.tree import LabelTree
from jiesu.training.corpus import Corpus, city_split, corpus_of, style_splits
from jiesu.training.encoder_rows import EncoderRow
from jiesu.training.fit_linear import (
    Trial,
    affordable_recipes,
    calibrated,
    choose,
    try_recipe,
)

FastScores = Callable[[Sequence[EncoderRow], Sequence[EncoderRow]], Matrix]


def city_fast_scores(city: City, corpora: Path, segmenter: Segmenter) -> FastScores:
    """Fit the fast model on a city's own split, the same one that the encoder holds out."""

    def scores(_train: Sequence[EncoderRow], held: Sequence[EncoderRow]) -> Matrix:
        _, train_corpus, _ = city_split(city, corpora)
        styles = [Trial(*split) for split in style_splits(city, corpora)]
        return trial_scores(Trial(train_corpus, corpus_of(city.tree, held)), segmenter, styles)

    return scores


def labelled_fast_scores(tree: LabelTree, segmenter: Segmenter) -> FastScores:
    """Fit the fast model on the rows of a labelled file."""

    def scores(train: Sequence[EncoderRow], held: Sequence[EncoderRow]) -> Matrix:
        trial = Trial(message_corpus(tree, train), message_corpus(tree, held))
        return trial_scores(trial, segmenter)

    return scores


def trial_scores(trial: Trial, segmenter: Segmenter, style_trials: Sequence[Trial] = ()) -> Matrix:
    """Return probabilities of the best recipe for the texts to test on.

    Args:
        style_trials: texts that the shipped model is calibrated with, so that these probabilities
            are as sure as those it will give.
    """
    recipes = affordable_recipes(trial.train)
    best = choose([try_recipe(recipe, [trial], segmenter) for recipe in recipes])
    temperature = calibrated(best, style_trials, segmenter)
    return temperature.probabilities(best.logits)


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
    """Return the texts of a labelled file as rows, numbered within their class."""
    seen = [0] * len(corpus.tree.leaves)
    rows = []
    titles = corpus.titles or ("",) * len(corpus.texts)
    for text, title, leaf in zip(corpus.texts, titles, corpus.labels.tolist(), strict=True):
        code = corpus.tree.leaves[leaf]
        rows.append(EncoderRow(text, code, "letter", seen[leaf], title=title))
        seen[leaf] += 1
    return rows
