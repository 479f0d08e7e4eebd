"""The complained-about party (被诉求主体), read from the text by its last word.

A compound, school, company or bus line is told by its ending (…小区, …公司, …号线), so names that
no gazetteer has are found, and so are names in a city whose districts are anonymised. Where a
name begins is told by what stands before it: a verb of complaining, a particle, a district.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from jiesu.router.mass.grams import clean

_REGION_ENDS = "省市区县州镇乡道"
_SEGMENT = re.compile(r"[^\0]+")


@dataclass(frozen=True)
class NameRules:
    """Endings and borders of names, as data.

    Attributes:
        suffixes: endings of a name.
        words, chars: a name starts after these.
        where: endings that tell where, not who.
        generic: what has the form of a name but names nothing.
        codes: pattern of stand-ins for district names ("A3区").
        longest: most characters before the ending.
        towns: subdistricts as people call them ("瀛海" for 瀛海镇).
    """

    suffixes: tuple[str, ...]
    words: tuple[str, ...]
    chars: str
    where: tuple[str, ...]
    generic: frozenset[str]
    codes: str
    longest: int
    towns: tuple[str, ...] = ()

    @cached_property
    def ending(self) -> re.Pattern[str]:
        """Pattern of any ending or run of endings ("里小区"), longest first."""
        return re.compile(f"(?:{_any_of(self.suffixes).pattern})+")

    @cached_property
    def border(self) -> re.Pattern[str]:
        """Pattern of any word or character that a name starts after."""
        return re.compile(f"{_any_of(self.words).pattern}|[{re.escape(self.chars)}]")

    @cached_property
    def town(self) -> re.Pattern[str]:
        """Pattern of any subdistrict, longest first; of nothing where none is known."""
        return _any_of(self.towns) if self.towns else re.compile(r"(?!)")

    @cached_property
    def code(self) -> re.Pattern[str]:
        """Pattern of stand-ins for district names.

        One counts only at the edge of a name: "星河K9县" is a compound, "位于K9县" a district.
        """
        edges = "".join({word[-1] for word in self.words} | set(self.chars) | set(_REGION_ENDS))
        before = rf"(?:(?<![0-9A-Za-z\u4e00-\u9fff])|(?<=[{re.escape(edges)}]))"
        return re.compile(f"{before}(?:{self.codes})")

    def clean(self, text: str) -> str:
        """Clean a text with stand-ins for districts taken as breaks."""
        return clean(text, self.code)


def read_names(cleaned: str, rules: NameRules) -> list[str]:
    """Return the names in a cleaned text, in order, repeats kept."""
    return [
        name for segment in _SEGMENT.findall(cleaned) for name in _names_in_segment(segment, rules)
    ]


def _names_in_segment(segment: str, rules: NameRules) -> list[str]:
    names, start = [], 0
    borders = [match.end() for match in rules.border.finditer(segment)]
    for match in rules.ending.finditer(segment):
        left = max((b for b in borders if b <= match.start()), default=0)
        left = max(left, start, match.start() - rules.longest)
        name = segment[left : match.end()].lstrip("和跟同")
        if is_name(name, len(match[0]), rules):
            names.append(name)
            start = match.end()
    return names


def is_name(name: str, ending: int, rules: NameRules) -> bool:
    """Tell whether enough stands before the ending to name one thing."""
    before = len(name) - ending
    return name not in rules.generic and (before >= 2 or (before == 1 and ending >= 2))


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(w) for w in sorted(words, key=len, reverse=True)))
