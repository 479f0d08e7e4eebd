"""Hot and new words of a period against the one before, and sensitive words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

import rjieba

_SHORTEST = 2
_LEAST = 6.63
"""A word grows at least so surely: one in a hundred by chance."""


@dataclass(frozen=True, slots=True)
class HotWord:
    """One word of the list.

    Attributes:
        now, before: texts that use it, in either period.
        strength: log-likelihood ratio; above 10.8 less than one in a thousand by chance.
        is_new: no text of the period before uses it.
    """

    word: str
    now: int
    before: int
    strength: float
    is_new: bool


def hot_words(
    now: Sequence[str], before: Sequence[str], *, at_least: int = 5, most: int = 50
) -> list[HotWord]:
    """Return the words that more texts use than in the period before, strongest first.

    Source: Dunning (1993), Accurate methods for the statistics of surprise and coincidence,
    Computational Linguistics 19(1).
    """
    counts, earlier = count_words(now), count_words(before)
    found = []
    for word, count in counts.items():
        if count < at_least or count * len(before) <= earlier[word] * len(now):
            continue
        strength = log_likelihood(count, len(now), earlier[word], max(len(before), 1))
        if strength >= _LEAST:
            found.append(HotWord(word, count, earlier[word], round(strength, 1), not earlier[word]))
    return sorted(found, key=lambda hot: (-hot.strength, hot.word))[:most]


def count_words(texts: Iterable[str]) -> Counter[str]:
    """Count the texts that use each word; single characters and numbers are left out."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({word for word in rjieba.cut(text) if is_word(word)})
    return counts


def is_word(word: str) -> bool:
    """Tell whether a token is a word that can be listed.

    >>> [is_word(w) for w in ("停暖", "的", "12345", "ETC")]
    [True, False, False, True]
    """
    return len(word) >= _SHORTEST and word.isalnum() and not word.isdigit()


def log_likelihood(a: int, n: int, b: int, m: int) -> float:
    """Return how surely a of n and b of m differ (G²).

    >>> log_likelihood(5, 100, 5, 100)
    0.0
    """
    share = (a + b) / (n + m)
    parts = ((a, n * share), (b, m * share), (n - a, n * (1 - share)), (m - b, m * (1 - share)))
    return 2 * sum(k * log(k / expected) for k, expected in parts if k > 0)
