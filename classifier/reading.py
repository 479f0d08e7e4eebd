"""What both models say of a ticket: of the whole text, of its parts, and of its title.

The encoder's vector of a text is the mean over its words, and the fast model adds up what all
words say. In a long letter both drown the one sentence that says what is wanted, so long texts are
read once more: by passages by the encoder, by sentences by the fast model. A title is the writer's
own summary: the fast model reads it once more by itself. How much each counts is fitted on
held-out texts.
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
# Characters of a run of sentences that the fast model reads.
# Source: docs/log.md, 2026-11-29, "The surest sentence".
SENTENCES = 40
# The least probability that a logarithm is taken of: a class that one model rules out must stay
# within reach of the others.
LEAST_P = 1e-6
# Long texts whose sentences are scored together: some 25 MB of probabilities.
_AT_ONCE = 256


@dataclass(frozen=True)
class FastAnswers:
    """What the fast model says of N texts, probabilities (N, n_leaves) each.

    Attributes:
        whole: of the whole texts.
        title: of the titles by themselves, ones where a text has none; None where none has.
        sentence: the highest of each leaf over the sentences of a text, ones for a text of one;
            None where all are.
    """

    whole: Matrix
    title: Matrix | None = None
    sentence: Matrix | None = None

    @property
    def is_long(self) -> Chosen:
        """Whether each text has more than one run of sentences, (N,)."""
        if self.sentence is None:
            return np.zeros(len(self.whole), dtype=np.bool_)
        return ~_is_silent(self.sentence)

    def part(self, chosen: Chosen) -> "FastAnswers":
        """Return what is said of some of the texts."""
        return FastAnswers(
            self.whole[chosen], _chosen(self.title, chosen), _chosen(self.sentence, chosen)
        )

    def without_prior(self, share: Matrix) -> "FastAnswers":
        """Return what is said if all classes were equally common, as in `Heard`."""
        return FastAnswers(
            self.whole / share, _evened(self.title, share), _evened(self.sentence, share)
        )


def _chosen(p: Matrix | None, chosen: Chosen) -> Matrix | None:
    return None if p is None else p[chosen]


def _evened(p: Matrix | None, share: Matrix) -> Matrix | None:
    """Take the prior out of the rows that say something."""
    if p is None:
        return None
    evened: Matrix = np.where(_is_silent(p)[:, None], p, p / share)
    return evened


def _is_silent(p: Matrix) -> Chosen:
    silent: Chosen = (p == 1).all(axis=1)
    return silent


@dataclass(frozen=True)
class Heard:
    """What is said of N texts.

    Attributes:
        whole: the encoder's logits of the whole texts, (N, n_leaves).
        fast: the fast model's answers.
        passages: logarithm of the encoder's mean probability over the passages of a text,
            (N, n_leaves), zeros for a text of one passage; None where all are.
    """

    whole: Matrix
    fast: FastAnswers
    passages: Matrix | None = None

    def part(self, chosen: Chosen) -> "Heard":
        """Return what is said of some of the texts."""
        return Heard(self.whole[chosen], self.fast.part(chosen), _chosen(self.passages, chosen))

    def without_prior(self, share: Matrix) -> "Heard":
        """Return what is said if all classes were equally common.

        Args:
            share: how common each class is, which the fast model's answers hold, (n_leaves,).
        """
        return replace(self, fast=self.fast.without_prior(share))


def fast_answers(fast: Classifier, texts: Sequence[str], titles: Sequence[str]) -> FastAnswers:
    """Let the fast model read texts, their titles and their sentences."""
    return FastAnswers(
        fast.score(texts), title_probabilities(fast, titles), sentence_probabilities(fast, texts)
    )


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


def sentence_probabilities(fast: Classifier, texts: Sequence[str]) -> Matrix | None:
    """Return the fast model's highest probability of each leaf over the sentences of each text.

    Returns:
        (N, n_leaves), ones for a text of one run of sentences; None where all are.
    """
    runs = [passages_of(text, SENTENCES) for text in texts]
    long = [at for at, each in enumerate(runs) if each]
    if not long:
        return None
    p = np.ones((len(texts), len(fast.tree.leaves)), dtype=np.float32)
    for start in range(0, len(long), _AT_ONCE):
        some = long[start : start + _AT_ONCE]
        of_runs = fast.score([run for at in some for run in runs[at]])
        firsts = np.cumsum([0, *(len(runs[at]) for at in some[:-1])])
        p[some] = np.maximum.reduceat(of_runs, firsts, axis=0)
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


def passages_of(text: str, most: int = PASSAGE) -> list[str]:
    """Return the passages of a text: runs of whole sentences of at most `most` characters.

    Empty for a text of one passage; a sentence that is longer is a passage, and what is shorter
    than 12 characters is none.
    """
    if len(text) <= most:
        return []
    passages = [""]
    for sentence in sentences(text):
        if passages[-1] and len(passages[-1]) + len(sentence) > most:
            passages.append("")
        passages[-1] += sentence
    found = [passage for passage in passages if len(passage) >= SHORTEST]
    return found if len(found) > 1 else []
