"""The rules by which danger is read: `danger.yaml` of a city folder, read and checked.

What each key means is written at the top of that file, for those who edit it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from jiesu.router.word_rules import NO_WORDS, WordRule, word_problems, word_rule
from jiesu.taxonomy.city import read_yaml
from jiesu.taxonomy.errors import CityError

DANGER_FILE = "danger.yaml"
MODEL = "模型"  # id of the danger model among the rules
Scope = Literal["clause", "sentence", "text"]

_KEYS = ("threshold", "more", "lines", "contexts", "rules")
_RULE_KEYS = ("id", "lines", "reason", "points")
_CONTEXT_KEYS = ("id", "points", "scope")


@dataclass(frozen=True, slots=True)
class Context:
    """Words that make danger likelier (now, a plea) or less likely (past, hypothetical).

    Attributes:
        points: added once to a hit when the words are in its scope.
        pattern: matches the words; None for a context by length.
        longer: applies to texts with more characters than this; 0 for a context by words.
    """

    id: str
    points: int
    scope: Scope
    pattern: re.Pattern[str] | None
    longer: int = 0


@dataclass(frozen=True, slots=True)
class DangerRule:
    """One way in which danger is said.

    Attributes:
        lines: emergency lines that may be right, best first.
        ignores: ids of contexts that do not count for this rule.
    """

    id: str
    lines: tuple[str, ...]
    reason: str
    points: int
    words: WordRule = NO_WORDS
    ignores: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ModelRule:
    """What the answer of the danger model is worth.

    Attributes:
        lines: where to hand over when no rule says it better.
        steps: (share of harmless texts, points), ascending; the first step that the answer does
            not exceed counts. Points above 0 make a hit of its own, points below 0 are taken
            off the whole.
    """

    lines: tuple[str, ...] = ()
    reason: str = ""
    steps: tuple[tuple[float, int], ...] = ()

    def points(self, share: float) -> int:
        """Return the points of an answer, 0 beyond the last step."""
        return next((points for most, points in self.steps if share <= most), 0)

    def as_rule(self, points: int) -> DangerRule:
        """Return a rule of so many points, to be judged like the others."""
        return DangerRule(MODEL, self.lines, self.reason, points)


@dataclass(frozen=True)
class DangerRules:
    """All of `danger.yaml`.

    Attributes:
        threshold: points from which a text is an emergency.
        more: points for each further rule that hits, up to two.
        lines: number → name of the emergency lines.
        model: how the danger model counts beside the rules.
        classes: codes whose texts are danger by definition; the danger model learns from them.
    """

    threshold: int
    more: int
    lines: Mapping[str, str]
    model: ModelRule
    classes: frozenset[str]
    contexts: tuple[Context, ...]
    rules: tuple[DangerRule, ...]


def load_danger_rules(folder: Path) -> DangerRules:
    """Read `danger.yaml` of a city folder.

    Raises:
        CityError: lists every fault with the rule it is in.
    """
    raw = read_yaml(folder, DANGER_FILE)
    problems = _missing(raw, _KEYS, "最外层")
    if not problems:
        problems = [*_context_problems(raw["contexts"]), *_rule_problems(raw)]
    if problems:
        raise CityError(problems)
    shared = raw.get("groups", {})
    return DangerRules(
        threshold=raw["threshold"],
        more=raw["more"],
        lines=raw["lines"],
        model=_model(raw.get("model", {})),
        classes=frozenset(raw.get("classes", ())),
        contexts=tuple(map(_context, raw["contexts"])),
        rules=tuple(
            DangerRule(
                id=entry["id"],
                lines=tuple(entry["lines"]),
                reason=entry["reason"],
                points=entry["points"],
                words=word_rule(entry, shared),
                ignores=frozenset(entry.get("ignores", ())),
            )
            for entry in raw["rules"]
        ),
    )


def _missing(entry: Mapping[str, Any], keys: tuple[str, ...], where: str) -> list[str]:
    return [f"{DANGER_FILE}: {where}: 缺少 {key}；请补上" for key in keys if key not in entry]


def _context_problems(entries: list[dict[str, Any]]) -> list[str]:  # parsed YAML
    problems = []
    for entry in entries:
        where = f"contexts: {entry.get('id', entry)}"
        problems += _missing(entry, _CONTEXT_KEYS, where)
        if entry.get("scope") not in get_args(Scope):
            choices = "、".join(get_args(Scope))
            problems.append(f"{DANGER_FILE}: {where}: scope 应是 {choices} 之一；请改正")
        if len(entry.keys() & {"words", "regex", "longer"}) != 1:
            problems.append(f"{DANGER_FILE}: {where}: words、regex、longer 应恰好有一个；请改正")
        try:
            re.compile(entry.get("regex", ""))
        except re.error as error:
            problems.append(f"{DANGER_FILE}: {where}: regex 不合法（{error}）；请改正")
    return problems


def _rule_problems(raw: dict[str, Any]) -> list[str]:  # parsed YAML
    problems = []
    contexts = {entry.get("id") for entry in raw["contexts"]}
    seen: set[str] = set()
    for entry in raw["rules"]:
        name = str(entry.get("id", entry))
        where = f"rules: {name}"
        problems += _missing(entry, _RULE_KEYS, where)
        if name in seen:
            problems.append(f"{DANGER_FILE}: {where}: id 重复；请改名")
        seen.add(name)
        problems += [
            f"{DANGER_FILE}: {where}: {key} 中没有 {value!r}；请改正或补上"
            for key, values, known in (
                ("lines", entry.get("lines", ()), raw["lines"]),
                ("contexts", entry.get("ignores", ()), contexts),
            )
            for value in values
            if value not in known
        ]
        problems += word_problems(entry, raw.get("groups", {}), f"{DANGER_FILE}: {where}")
    return problems


def _model(entry: dict[str, Any]) -> ModelRule:  # parsed YAML
    steps = sorted((float(step["share"]), int(step["points"])) for step in entry.get("steps", ()))
    return ModelRule(tuple(entry.get("lines", ())), entry.get("reason", ""), tuple(steps))


def _context(entry: dict[str, Any]) -> Context:  # parsed YAML
    text = entry.get("regex") or "|".join(map(re.escape, entry.get("words", ())))
    return Context(
        id=entry["id"],
        points=entry["points"],
        scope=entry["scope"],
        pattern=re.compile(text) if text else None,
        longer=entry.get("longer", 0),
    )
