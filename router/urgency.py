"""How soon a ticket must be answered (特急, 紧急, 一般), and the words that say so.

Source: DB11/T 2021—2022, three tiers, as a newspaper reports them; see urgency.yaml of the city.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from jiesu.router.triage import TriageHit, Word
from jiesu.router.word_rules import WordRule, WordRules, word_problems, word_rule
from jiesu.taxonomy.city import read_yaml
from jiesu.taxonomy.errors import CityError
from jiesu.taxonomy.ticket import Urgency

URGENCY_FILE = "urgency.yaml"
LEVELS: tuple[Urgency, ...] = get_args(Urgency)  # the most urgent first
_KEYS = ("id", "level", "reason")


@dataclass(frozen=True, slots=True)
class UrgencyRule:
    """Words that make a ticket urgent; without effect where one of `without` is in the text."""

    id: str
    level: Urgency
    reason: str
    words: WordRule
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UrgencyReading:
    """The level with what it was read from; no words where the class alone decides."""

    level: Urgency
    reason: str = ""
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class UrgencyReader:
    """Applies urgency.yaml of one city.

    Attributes:
        calm: kinds of request that only danger makes urgent (a question about 停水 is no 停水).
        by_limit: clock of a class → level of its tickets.
    """

    rules: tuple[UrgencyRule, ...]
    calm: frozenset[str] = frozenset()
    by_limit: Mapping[str, Urgency] = field(default_factory=dict)

    def read(
        self, text: str, *, kind: str = "", limit: str = "", hit: TriageHit | None = None
    ) -> UrgencyReading:
        """Return the most urgent of what triage, class and words say.

        Args:
            kind: kind of request; empty when unknown.
            limit: clock of the likely class ("2h" …); empty when no class is sure enough.
            hit: what triage found.
        """
        if hit is not None and hit.outcome == "emergency":
            return UrgencyReading("特急", hit.reason, hit.words)
        readings = [UrgencyReading("一般")]
        if kind not in self.calm:
            if limit in self.by_limit:
                readings.append(UrgencyReading(self.by_limit[limit], f"事项的时限是 {limit}"))
            readings += self._by_words(text)
        return min(readings, key=lambda reading: LEVELS.index(reading.level))

    def _by_words(self, text: str) -> list[UrgencyReading]:
        found = [(self.rules[hit.rule], hit) for hit in self._words.hits(text)]
        return [
            UrgencyReading(
                rule.level, rule.reason, (Word(text[hit.start : hit.end], hit.start, hit.end),)
            )
            for rule, hit in found
            if not any(word in text for word in rule.without)
        ]

    @cached_property
    def _words(self) -> WordRules:
        return WordRules(tuple(rule.words for rule in self.rules))


def load_urgency(folder: Path) -> UrgencyReader:
    """Read `urgency.yaml` of a city folder.

    Raises:
        CityError: lists every fault with the rule it is in.
    """
    raw = read_yaml(folder, URGENCY_FILE)
    shared = raw.get("groups", {})
    entries = raw.get("rules", ())
    problems = [problem for entry in entries for problem in _problems(entry, shared)]
    problems += [
        f"{URGENCY_FILE}: limits: {limit}: {level!r} 不在 {'、'.join(LEVELS)} 之中；请改正"
        for limit, level in raw.get("limits", {}).items()
        if level not in LEVELS
    ]
    if problems:
        raise CityError(problems)
    rules = tuple(
        UrgencyRule(
            id=entry["id"],
            level=entry["level"],
            reason=entry["reason"],
            words=word_rule(entry, shared),
            without=tuple(entry.get("without", ())),
        )
        for entry in entries
    )
    return UrgencyReader(rules, frozenset(raw.get("calm", ())), raw.get("limits", {}))


def _problems(entry: Mapping[str, Any], shared: Mapping[str, list[str]]) -> list[str]:
    where = f"{URGENCY_FILE}: rules: {entry.get('id', entry)}"
    problems = [f"{where}: 缺少 {key}；请补上" for key in _KEYS if key not in entry]
    if entry.get("level") not in LEVELS:
        choices = "、".join(LEVELS)
        problems.append(f"{where}: level: {entry.get('level')!r} 不在 {choices} 之中；请改正")
    return problems + word_problems(entry, shared, where)
