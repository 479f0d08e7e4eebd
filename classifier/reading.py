"""What both models say of a ticket: of the whole text, of its passages, and of its title.

The encoder's vector of a text is the mean over its words. In a long letter it drowns the one
sentence that says what is wanted, so long texts are read once more by passages. A title is the
writer's own summary: the fast model reads it once more by itself. How much each counts is
fitted on held-out texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jiesu.classifier.calibrate import softmax
from jiesu.classifier.encoder import Encoder
from jiesu.classifier.scores import Classifier, Matrix
from jiesu.classifier.text import sentences

Chosen = NDArray[np.bool_]

# Characters of a passage: a third of the letters are longer than three of them.
# Source: docs/log.md, 2026-11-28, "Passages".
PASSAGE, SHORTEST = 110, 12
# The least probability that a logarithm is taken of: a class that one model rules out must stay
# within reach of the others.
LEAST_P = 1e-6


@dataclass(frozen=True)
class Heard:
    """What is said of N texts, each part (N, n_leaves).

    Attributes:
        whole: the encoder's logits of the whole texts.
        p_fast: the fast model's probabilities.
        passages: logarithm of the encoder's mean probability over the passages of a text, zeros
            for a text of one passage; None where all are.
        p_title: the fast model's probabilities of the titles by themselves, ones where a text has
            none; None where none has.
    """

    whole: Matrix
    p_fast: Matrix
    passages: Matrix | None = None
    p_title: Matrix | None = None

    def part(self, chosen: Chosen) -> "Heard":
        """Return what is said of some of the texts."""
        passages = None if self.passages is None else self.passages[chosen]
        p_title = None if self.p_title is None else self.p_title[chosen]
        return Heard(self.whole[chosen], self.p_fast[chosen], passages, p_title)

    def without_prior(self, share: Matrix) -> "Heard":
        """Return what is said if all classes were equally common.

        Args:
            share: how common each class is, which the fast model's answers hold, (n_leaves,).
        """
        if self.p_title is None:
            return replace(self, p_fast=self.p_fast / share)
        untitled = (self.p_title == 1).all(axis=1, keepdims=True)
        p_title = np.where(untitled, self.p_title, self.p_title / share)
        return replace(self, p_fast=self.p_fast / share, p_title=p_title)


def title_probabilities(fast: Classifier, titles: Sequence[str]) -> Matrix | None:
    """Return what the fast model says of titles, (N, n_leaves), ones where there is none.

    None where all are empty.
    """
    titled = [at for at, title in enumerate(titles) if title]
    if not titled:
        return None
    p = np.ones((len(titles), len(fast.tree.leaves)), dtype=np.float32)
    p[titled] = fast.score([titles[at] for at in titled])
    return p


def passage_logs(encoder: Encoder, texts: Sequence[str]) -> Matrix | None:
    """Return the logarithm of the mean probability over the passages of each text.

    Returns:
        (N, n_leaves), zeros for a text of one passage; None where all are.
    """
    found = [passages_of(text) for text in texts]
    counts = np.array([len(passages) for passages in found])
    long = np.flatnonzero(counts)
    if not len(long):
        return None
    p = softmax(encoder.encode([passage for each in found for passage in each]).logits)
    firsts = (np.cumsum(counts) - counts)[long]
    means = np.add.reduceat(p, firsts, axis=0) / counts[long, None]
    logs = np.zeros((len(texts), p.shape[1]), dtype=np.float32)
    logs[long] = np.log(means + LEAST_P)
    return logs


def passages_of(text: str) -> list[str]:
    """Return the passages of a text: runs of whole sentences of at most 110 characters.

    None for a text of one passage; a sentence that is longer is a passage, and what is shorter
    than 12 characters is none.
    """
    if len(text) <= PASSAGE:
        return []
    passages = [""]
    for sentence in sentences(text):
        if passages[-1] and len(passages[-1]) + len(sentence) > PASSAGE:
            passages.append("")
        passages[-1] += sentence
    found = [passage for passage in passages if len(passage) >= SHORTEST]
    return found if len(found) > 1 else []
