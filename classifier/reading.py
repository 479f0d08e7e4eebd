"""What the encoder hears in a ticket: the whole text, its title by itself, and its passages.

The vector of a text is the mean over its words. In a long letter it drowns the one sentence that
says what is wanted, and the title, which is the writer's own summary. So both are read once more
by themselves; how much each counts is fitted on held-out texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jiesu.classifier.calibrate import softmax
from jiesu.classifier.encoder import Encoded, Encoder
from jiesu.classifier.scores import Matrix
from jiesu.classifier.text import sentences

Chosen = NDArray[np.bool_]

# Characters of a passage: a third of the letters are longer than three of them.
# Source: docs/log.md, 2026-11-28, "Passages".
PASSAGE, SHORTEST = 110, 12
# The least probability that a logarithm is taken of: a class that no passage names must stay
# within reach of the others.
LEAST_P = 1e-6


@dataclass(frozen=True)
class Reading:
    """What the encoder says of N texts, each part (N, n_leaves).

    Attributes:
        whole: logits of the whole texts.
        title: logits of the titles by themselves, zeros where a text has none; None where none has.
        passages: logarithm of the mean probability over the passages of a text, zeros for a text
            of one passage; None where all are.
    """

    whole: Matrix
    title: Matrix | None = None
    passages: Matrix | None = None

    def part(self, chosen: Chosen) -> "Reading":
        """Return what is said of some of the texts."""
        title = None if self.title is None else self.title[chosen]
        passages = None if self.passages is None else self.passages[chosen]
        return Reading(self.whole[chosen], title, passages)


def read_texts(
    encoder: Encoder,
    texts: Sequence[str],
    titles: Sequence[str] = (),
    *,
    with_passages: bool = True,
) -> tuple[Encoded, Reading]:
    """Run the encoder on texts, on their titles and on their passages.

    Args:
        encoder: what reads.
        texts: whole tickets, the title in front.
        titles: of the same texts, empty where one has none; none at all to leave them unread.
        with_passages: whether long texts are read by passages besides.
    """
    encoded = encoder.encode(texts)
    passages = _passage_logs(encoder, texts) if with_passages else None
    return encoded, Reading(encoded.logits, _title_logits(encoder, titles), passages)


def _title_logits(encoder: Encoder, titles: Sequence[str]) -> Matrix | None:
    titled = [at for at, title in enumerate(titles) if title]
    if not titled:
        return None
    logits = np.zeros((len(titles), len(encoder.shape.leaves)), dtype=np.float32)
    logits[titled] = encoder.encode([titles[at] for at in titled]).logits
    return logits


def _passage_logs(encoder: Encoder, texts: Sequence[str]) -> Matrix | None:
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
