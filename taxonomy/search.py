"""Find a class by what a dispatcher types: code, name, keyword, pinyin or its initials."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from jiesu.taxonomy.tree import Label, LabelTree

LATIN = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Match:
    """A class that answers a query, and by what: code, name, keyword, pinyin or definition."""

    label: Label
    by: str


@dataclass(frozen=True, slots=True)
class Sound:
    """A name in pinyin, its initials, and where in the pinyin each syllable starts."""

    pinyin: str
    initials: str
    starts: tuple[int, ...]

    def holds(self, query: str) -> bool:
        """Say whether the query is written from the start of a syllable on."""
        return any(self.pinyin.startswith(query, start) for start in self.starts)


class LabelSearch:
    """Search over one tree; pinyin is worked out when the first query needs it."""

    def __init__(self, tree: LabelTree) -> None:
        self.tree = tree

    def find(self, query: str, limit: int = 20) -> list[Match]:
        """Return classes that answer the query, best first; nothing for an empty query.

        Equal before beginning before inside; names before keywords before definitions; leaves
        before upper classes where all else is equal.
        """
        query = "".join(query.split()).lower()
        if not query:
            return []
        rank = self._rank_latin if LATIN.fullmatch(query) else self._rank_text
        ranked = [
            (score, -label.level, label.code, by)
            for label in self.tree.labels.values()
            for score, by in [rank(query, label)]
            if by
        ]
        return [Match(self.tree.labels[code], by) for *_, code, by in sorted(ranked)[:limit]]

    def _rank_text(self, query: str, label: Label) -> tuple[int, str]:
        """Return (rank, by); a lower rank is better and an empty `by` means no answer."""
        tests: tuple[tuple[str, Callable[[], bool]], ...] = (
            ("code", lambda: label.code.lower() == query),
            ("name", lambda: label.name.lower() == query),
            ("code", lambda: label.code.lower().startswith(query)),
            ("name", lambda: label.name.lower().startswith(query)),
            ("name", lambda: query in label.name.lower()),
            ("keyword", lambda: query in label.keywords),
            ("keyword", lambda: any(query in word.lower() for word in label.keywords)),
            ("definition", lambda: query in label.definition.lower()),
        )
        return next(((i, by) for i, (by, test) in enumerate(tests) if test()), (len(tests), ""))

    def _rank_latin(self, query: str, label: Label) -> tuple[int, str]:
        sound = self._sounds[label.code]
        for score, found in enumerate(
            (
                sound.initials == query,
                sound.initials.startswith(query),
                sound.pinyin.startswith(query),
                query in sound.initials,
                sound.holds(query),
            )
        ):
            if found:
                return score, "pinyin"
        score, by = self._rank_text(query, label)  # a code or name in Latin letters ("WiFi")
        return score + 5, by

    @cached_property
    def _sounds(self) -> dict[str, Sound]:
        return {label.code: sound_of(label.name) for label in self.tree.labels.values()}


def sound_of(name: str) -> Sound:
    """Return a name in pinyin."""
    from pypinyin import lazy_pinyin  # loads its dictionaries: only when pinyin is typed

    syllables = [syllable.lower() for syllable in lazy_pinyin(name)]
    initials = "".join(syllable[:1] for syllable in syllables)
    return Sound("".join(syllables), initials, (0, *accumulate(map(len, syllables[:-1]))))
