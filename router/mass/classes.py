"""Do two messages share a rare class? What the classifier knows of the matter, as odds.

A class that every third message has says nothing; one that was met twice says much. How often
each class comes is learnt from the stream itself.
"""

from collections import Counter
from collections.abc import Mapping
from math import log10

_DOUBT = 4000.0
"""So many messages' worth of evidence is assumed before the first."""


class ClassOdds:
    """How often each class comes, and what it tells that two share it."""

    def __init__(self, rare: float) -> None:
        """Start with nothing seen.

        Args:
            rare: how often a class is assumed to come that was never met.
        """
        self._rare = rare
        self._seen: Counter[str] = Counter()
        self._messages = 0

    def see(self, classes: Mapping[str, float]) -> None:
        """Count one more message."""
        for code, p in classes.items():
            self._seen[code] += p  # type: ignore[assignment]  # a Counter of floats
        self._messages += 1

    def shared(self, one: Mapping[str, float], other: Mapping[str, float]) -> float:
        """Return log10 of how many times likelier both are of one class than by chance.

        0 where they share nothing: a classifier that errs must not tell a story apart.
        """
        small, large = sorted((one, other), key=len)
        times = sum(p * large[code] / self._share(code) for code, p in small.items()
                    if code in large)  # fmt: skip
        return max(log10(times), 0.0) if times > 0 else 0.0

    def _share(self, code: str) -> float:
        return (self._seen[code] + _DOUBT * self._rare) / (self._messages + _DOUBT)
