"""Do two messages share a rare class? What the classifier knows of the matter, as odds.

A class that every third message has says nothing; one that was met twice says much. How often
each class comes is learnt from the stream itself.
"""

from collections import Counter
from collections.abc import Mapping
from math import log10

_SLIP = 0.01
"""So often two texts of one story are given classes that have nothing in common."""
_DOUBT = 4000.0
"""So many messages' worth of evidence is assumed before the first."""


class ClassOdds:
    """How often each class comes, and what it tells that two share it."""

    def __init__(self, rare: float, parents: Mapping[str, str] | None = None) -> None:
        """Start with nothing seen.

        Args:
            rare: how often a class is assumed to come that was never met.
            parents: leaf code → code of the group of classes that are near it.
        """
        self._rare = rare
        self._parents = parents or {}
        self._sizes = Counter(self._parents.values())
        self._seen: Counter[str] = Counter()
        self._groups: Counter[str] = Counter()
        self._messages = 0

    def see(self, classes: Mapping[str, float]) -> None:
        """Count one more message."""
        for code, p in classes.items():
            self._seen[code] += p  # type: ignore[assignment]  # a Counter of floats
        for group, p in groups_of(classes, self._parents).items():
            self._groups[group] += p  # type: ignore[assignment]  # a Counter of floats
        self._messages += 1

    def shared(self, one: Mapping[str, float], other: Mapping[str, float]) -> float:
        """Return log10 of how many times likelier both are of one class than by chance.

        0 where they share nothing: a classifier that errs must not tell a story apart.
        """
        small, large = sorted((one, other), key=len)
        times = sum(p * large[code] / self._share(code) for code, p in small.items()
                    if code in large)  # fmt: skip
        return max(log10(times), 0.0) if times > 0 else 0.0

    def agreement(self, one: Mapping[str, float], other: Mapping[str, float]) -> float:
        """Return the same for a class or a near one, below 0 where both are sure and differ.

        What a classifier leaves open of a text speaks neither for nor against; where none has
        run, all is open.
        """
        left, right = (max(1.0 - sum(p.values()), 0.0) for p in (one, other))
        is_open = left + right - left * right
        same = sum(p * other[code] / self._share(code) for code, p in one.items() if code in other)
        groups, others = groups_of(one, self._parents), groups_of(other, self._parents)
        near = sum(p * others.get(g, 0.0) / self.share_of_group(g) for g, p in groups.items())
        return log10(max(same, near) + max(is_open, _SLIP))

    def share_of_group(self, group: str) -> float:
        """Return how often a class of a group comes."""
        assumed = _DOUBT * self._rare * self._sizes[group]
        return (self._groups[group] + assumed) / (self._messages + _DOUBT)

    def _share(self, code: str) -> float:
        return (self._seen[code] + _DOUBT * self._rare) / (self._messages + _DOUBT)


def groups_of(classes: Mapping[str, float], parents: Mapping[str, str]) -> dict[str, float]:
    """Return group → probability that a text is of one of its classes.

    >>> groups_of({"030101": 0.5, "030102": 0.25}, {"030101": "0301", "030102": "0301"})
    {'0301': 0.75}
    """
    groups: dict[str, float] = {}
    for code, p in classes.items():
        group = parents.get(code)
        if group is not None:
            groups[group] = groups.get(group, 0.0) + p
    return groups
