"""Facts that decide who is competent, read from the text by named extractors (facts.yaml).

A fact is a choice between values, each with the words that say so ("where": compound or public
road), or a number with a pattern ("people": 三十多户). Weak words decide only where no strong one
stands: "小区" alone hints at a compound, "小区门口的马路" is a road. The words are the city's data;
adding one takes no code.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ahocorasick_rs import AhoCorasick, MatchKind

from jiesu.taxonomy.city import read_yaml
from jiesu.taxonomy.errors import CityError

FACTS_FILE = "facts.yaml"
_NEVER = re.compile(r"(?!)")  # matches nowhere
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact found in a text.

    Attributes:
        value: the chosen value, or the number as text.
        span: [start, end) of the words that say so.
    """

    name: str
    value: str
    span: tuple[int, int]


Facts = Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """How a number is said.

    Attributes:
        pattern: the group that took part in the match holds the number.
        needs: one of these must stand in the text, which is quicker to see; () asks for none.
    """

    pattern: re.Pattern[str]
    needs: tuple[str, ...] = ()

    def read(self, text: str) -> tuple[int, tuple[int, int]] | None:
        """Return the first number said and where; None if there is none."""
        if self.needs and not any(word in text for word in self.needs):
            return None
        match = self.pattern.search(text)
        number = parse_number(match[match.lastindex or 0]) if match else None
        return None if match is None or number is None else (number, match.span())


@dataclass(frozen=True)
class FactReader:
    """All extractors of a city, in one pass over the text.

    Attributes:
        words: word → fact → value; longer words win where two begin together, and a word
            without facts hides shorter ones.
        weak: those of the words that count only where no other word of the fact stands.
        numbers: fact → how its number is said.
        values: fact → its values in the order of the file, for checks ("#" for numbers).
    """

    words: Mapping[str, Mapping[str, str]]
    numbers: Mapping[str, NumberPattern]
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weak: frozenset[str] = frozenset()

    def read(self, text: str) -> Facts:
        """Return the facts in the text; of a choice, the value said most often, then first."""
        strong: dict[str, list[Fact]] = {}
        weak: dict[str, list[Fact]] = {}
        for index, start, end in self._automaton.find_matches_as_indexes(text):
            said, is_weak = self._targets[index]
            for name, value in said:
                mentions = (weak if is_weak else strong).setdefault(name, [])
                mentions.append(Fact(name, value, (start, end)))
        facts = {name: _most_said(mentions) for name, mentions in {**weak, **strong}.items()}
        for name, number in self.numbers.items():
            if said := number.read(text):
                facts[name] = Fact(name, str(said[0]), said[1])
        return facts

    @cached_property
    def _automaton(self) -> AhoCorasick:
        return AhoCorasick(list(self.words), matchkind=MatchKind.LeftmostLongest)

    @cached_property
    def _targets(self) -> tuple[tuple[tuple[tuple[str, str], ...], bool], ...]:
        return tuple((tuple(said.items()), w in self.weak) for w, said in self.words.items())


def _most_said(mentions: list[Fact]) -> Fact:
    counts: dict[str, int] = {}
    for fact in mentions:
        counts[fact.value] = counts.get(fact.value, 0) + 1
    return max(mentions, key=lambda fact: (counts[fact.value], -fact.span[0]))


def parse_number(words: str) -> int | None:
    """Read an Arabic or Chinese whole number; None where it is neither.

    >>> [parse_number(w) for w in ("120", "十二", "三百二十", "两万", "一百零五", "几")]
    [120, 12, 320, 20000, 105, None]
    """
    if words.isdecimal():
        return int(words)
    total, section, digit = 0, 0, 0
    for char in words:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char == "万":
            total, section, digit = (total + section + digit) * 10_000, 0, 0
        elif char in _UNITS:
            section, digit = section + (digit or 1) * _UNITS[char], 0
        else:
            return None
    return total + section + digit if words else None


def load_facts(folder: Path) -> FactReader:
    """Read facts.yaml of a city folder; a city without the file has no facts.

    Raises:
        CityError: a fact has neither values nor a pattern, or one word says two things.
    """
    if not (folder / FACTS_FILE).exists():
        return FactReader({}, {})
    raw: Mapping[str, Any] = read_yaml(folder, FACTS_FILE)  # Any: YAML border, checked below
    words: dict[str, dict[str, str]] = {}
    numbers: dict[str, NumberPattern] = {}
    values: dict[str, tuple[str, ...]] = {}
    weak: set[str] = set()
    problems: list[str] = []
    for name, spec in raw.items():
        problems += _faults(name, spec)
        if "pattern" in spec:
            numbers[name] = NumberPattern(_compiled(spec["pattern"]), tuple(spec.get("needs", ())))
            values[name] = ("#",)
        elif "values" in spec:
            values[name] = tuple(spec["values"])
            hints = spec.get("weak") or {}
            weak.update(word for said in hints.values() for word in said)
            problems += _add_words(words, name, spec["values"]) + _add_words(words, name, hints)
        for word in spec.get("not", ()):
            words.setdefault(word, {})
    if problems:
        raise CityError(problems)
    return FactReader(words, numbers, values, frozenset(weak))


def _faults(name: str, spec: Mapping[str, Any]) -> list[str]:  # Any: YAML border
    known = {"values", "weak", "not", "pattern", "needs"}
    faults = [f"未知的键 {key!r}，请删除或改正" for key in sorted(set(spec) - known)]
    if not {"values", "pattern"} & set(spec):
        faults.append("既没有 values 也没有 pattern；请补上一个")
    faults += [
        f"weak 的取值 {value!r} 不在 values 里；请改正"
        for value in spec.get("weak") or {}
        if value not in spec.get("values", {})
    ]
    if "pattern" in spec and _compiled(spec["pattern"]) is _NEVER:
        faults.append(f"pattern {spec['pattern']!r} 不是合法的正则；请改正")
    return [f"{FACTS_FILE}: {name}: {fault}" for fault in faults]


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error:
        return _NEVER


def _add_words(
    words: dict[str, dict[str, str]], name: str, values: Mapping[str, list[str]]
) -> list[str]:
    problems = []
    for value, said in values.items():
        for word in said:
            if (other := words.setdefault(word, {}).setdefault(name, value)) != value:
                problems.append(
                    f"{FACTS_FILE}: {name}.{value}: 词 {word!r} 已属于 {name}={other}；请只留一处"
                )
    return problems
