"""Finds all phrases of a city's word lists in one pass over a text.

Triage knows some two thousand phrases; an automaton reads a text once for all of them, so the
cost of a text does not grow with the lists.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from ahocorasick_rs import AhoCorasick

Owner = TypeVar("Owner", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Mention(Generic[Owner]):
    """One phrase at [start, end) of a text, and what it was listed for."""

    owner: Owner
    start: int
    end: int

    def overlaps(self, other: "Mention[Owner]") -> bool:
        """Say whether both share a character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class PhraseFinder(Generic[Owner]):
    """Phrases with their owners; one phrase may be listed for several."""

    entries: tuple[tuple[str, Owner], ...]

    @classmethod
    def of(cls, entries: Iterable[tuple[str, Owner]]) -> "PhraseFinder[Owner]":
        """Build a finder; equal entries count once."""
        return cls(tuple(dict.fromkeys(entries)))

    def find(self, text: str) -> list[Mention[Owner]]:
        """Return every mention in the order in which mentions end, overlapping ones included.

        >>> finder = PhraseFinder.of([("着火", "fire"), ("着火了", "fire now")])
        >>> [(m.owner, m.start, m.end) for m in finder.find("楼上着火了")]
        [('fire', 2, 4), ('fire now', 2, 5)]
        """
        if self._automaton is None:
            return []
        owners = self._owners
        return [
            Mention(owner, start, end)
            for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True)
            for owner in owners[index]
        ]

    @cached_property
    def _by_phrase(self) -> dict[str, tuple[Owner, ...]]:
        by_phrase: defaultdict[str, list[Owner]] = defaultdict(list)
        for phrase, owner in self.entries:
            by_phrase[phrase].append(owner)
        return {phrase: tuple(owners) for phrase, owners in by_phrase.items()}

    @cached_property
    def _owners(self) -> list[tuple[Owner, ...]]:
        return list(self._by_phrase.values())

    @cached_property
    def _automaton(self) -> AhoCorasick | None:
        return AhoCorasick(list(self._by_phrase)) if self._by_phrase else None
