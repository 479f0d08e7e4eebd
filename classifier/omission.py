"""Which words speak for a class, found by leaving each out: for any classifier.

The fast model has no states to read evidence off; a text is short, though, and scoring it again
without each of its words takes milliseconds. A word speaks for a class when the class becomes
less likely without it.
"""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np

from jiesu.classifier.evidence import EvidenceSpan
from jiesu.classifier.scores import Classifier
from jiesu.classifier.text import Segmenter, segmenter_of

_MOST_WORDS = 120
"""Of a longer text only the first words are tried."""
_LEAST_SHARE = 0.2
"""A word counts when it takes away at least this share of what the strongest word takes away."""
_LEAST_DROP = 0.02
"""Below this fall of the log probability a word says nothing."""


@runtime_checkable
class Explaining(Protocol):
    """A classifier that knows by itself which words speak for a class."""

    def evidence(self, text: str, code: str, most: int = 5) -> tuple[EvidenceSpan, ...]:
        """Return the spans of a text that speak most for a leaf, strongest first."""
        ...


def evidence_of(
    classifier: Classifier, text: str, code: str, most: int = 5
) -> tuple[EvidenceSpan, ...]:
    """Return the spans of a text that speak most for a leaf, strongest first."""
    if isinstance(classifier, Explaining):
        return classifier.evidence(text, code, most)
    return omission_evidence(classifier, text, code, most)


def omission_evidence(
    classifier: Classifier, text: str, code: str, most: int = 5
) -> tuple[EvidenceSpan, ...]:
    """Return the spans of a text that speak most for a leaf, strongest first.

    The share of a span is by how much the leaf's log probability falls without its words.
    """
    spans = list(word_spans(text, segmenter_of("rjieba")))[:_MOST_WORDS]
    if not spans:
        return ()
    texts = [text, *(text[:start] + text[end:] for start, end in spans)]
    p = np.log(classifier.score(texts)[:, classifier.tree.leaf_index[code]] + 1e-9)
    drops = (p[0] - p[1:]).tolist()
    least = max(_LEAST_DROP, _LEAST_SHARE * max(drops))
    runs: list[EvidenceSpan] = []
    for (start, end), drop in zip(spans, drops, strict=True):
        if drop < least:
            continue
        if runs and runs[-1].end == start:
            last = runs.pop()
            runs.append(EvidenceSpan(last.start, end, last.share + drop))
        else:
            runs.append(EvidenceSpan(start, end, drop))
    return tuple(sorted(runs, key=lambda run: -run.share)[:most])


def word_spans(text: str, segmenter: Segmenter) -> Iterator[tuple[int, int]]:
    """Yield where the words of a text stand, without spaces and punctuation.

    >>> list(word_spans("路灯，不亮", segmenter_of("rjieba")))
    [(0, 2), (3, 5)]
    """
    at = 0
    for word in segmenter.cut(text):
        start = text.index(word, at)
        at = start + len(word)
        if word[0].isalnum():
            yield start, at
