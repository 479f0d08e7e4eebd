"""Jurisdiction rules as data: dated, sourced, one file per field under `rules/`.

A rule says who leads, assists and gets a copy for some classes, under conditions on the place
and on facts read from the text. The most specific rule that holds on the day wins; the order
of rules never matters, since two that could disagree at the same specificity are refused.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

from jiesu.taxonomy.errors import CityError

RULES_FOLDER = "rules"
KEYS = frozenset("id classes where facts lead assist copy outcome since until source note".split())
SAYING = ("lead", "outcome", "assist", "copy", "note")
OUTCOMES = frozenset("consult answer emergency statutory elsewhere out_of_scope".split())
_BOUND = re.compile(r"(>=|<)(\d+)")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        id: unique in the city; decisions quote it.
        file: where it stands, for messages.
        classes: codes on any level; a code covers everything below it.
        where: region codes; the rule holds there and below. Empty: the whole city.
        facts: fact → values of which one must be read from the text; "" means "not said",
            ">=3" and "<3" compare a number.
        lead: role; empty where the taxonomy's own unit keeps the lead.
        assist: roles; None where those that the taxonomy names assist, its lead included.
        outcome: one of `OUTCOMES` ("consult" where the duty is really split), else empty.
        source: law and article, or "practice, unverified".
    """

    id: str
    file: str
    classes: tuple[str, ...]
    lead: str
    source: str
    where: tuple[str, ...] = ()
    facts: Mapping[str, tuple[str, ...]] | None = None
    assist: tuple[str, ...] | None = None
    copy: tuple[str, ...] = ()
    outcome: str = ""
    since: date | None = None
    until: date | None = None
    note: str = ""

    @property
    def conditions(self) -> int:
        """How many conditions beside the class must hold; more is more specific."""
        return len(self.facts or {}) + bool(self.where)

    @property
    def says(self) -> tuple[object, ...]:
        """What the rule decides; two rules that say the same never conflict."""
        return self.lead, self.outcome, self.assist, self.copy

    def is_in_force(self, day: date) -> bool:
        """Say whether the rule holds for tickets of this day."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


def load_rules(folder: Path) -> tuple[Rule, ...]:
    """Read all rule files of a city folder, in the order of file names.

    Raises:
        CityError: a file or rule cannot be read, or two rules contradict each other.
    """
    problems: list[str] = []
    rules: list[Rule] = []
    for path in sorted((folder / RULES_FOLDER).glob("*.yaml")):
        rules += _read_file(path, problems)
    problems += _repeated_ids(rules)
    problems += [_conflict_text(a, b) for a, b in conflicts(rules)]
    if problems:
        raise CityError(problems)
    return tuple(rules)


def _read_file(path: Path, problems: list[str]) -> list[Rule]:
    name = f"{RULES_FOLDER}/{path.name}"
    try:
        entries = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems.append(f"{name}: 不是可读的 YAML：{error}")
        return []
    rules = []
    for number, entry in enumerate(entries or (), 1):
        faults = _faults(entry)
        problems += [f"{name}: 第 {number} 条规则 {_id_of(entry)}: {fault}" for fault in faults]
        if not faults:
            rules.append(_rule(name, entry))
    return rules


def _id_of(entry: object) -> str:
    return str(entry.get("id", "（无 id）")) if isinstance(entry, dict) else "（不是键值表）"


def _faults(entry: object) -> list[str]:
    if not isinstance(entry, dict):
        return ["应是键值表"]
    faults = [f"未知的键 {key!r}，请删除或改正" for key in sorted(set(entry) - KEYS)]
    faults += [f"缺少 {key}" for key in ("id", "classes", "source") if not entry.get(key)]
    if not any(entry.get(key) for key in SAYING):
        faults.append(f"{'、'.join(SAYING)} 至少要有一个")
    if (outcome := entry.get("outcome")) and outcome not in OUTCOMES:
        faults.append(f"outcome 的值 {outcome!r} 不在 {'、'.join(sorted(OUTCOMES))} 之中")
    faults += [
        f"{key} 应是列表，现为 {entry[key]!r}"
        for key in ("classes", "where", "assist", "copy")
        if entry.get(key) is not None and not isinstance(entry[key], list)
    ]
    faults += [
        f"{key} 的值 {entry[key]!r} 不是日期（年-月-日）"
        for key in ("since", "until")
        if entry.get(key) is not None and not isinstance(entry[key], date)
    ]
    return faults


def _rule(file: str, entry: Mapping[str, Any]) -> Rule:  # Any: YAML border
    facts = {
        fact: tuple(map(str, values if isinstance(values, list) else [values]))
        for fact, values in (entry.get("facts") or {}).items()
    }
    return Rule(
        id=str(entry["id"]),
        file=file,
        classes=tuple(map(str, entry["classes"])),
        lead=entry.get("lead") or "",
        source=entry["source"],
        where=tuple(map(str, entry.get("where") or ())),
        facts=facts,
        assist=None if entry.get("assist") is None else tuple(entry["assist"]),
        copy=tuple(entry.get("copy") or ()),
        outcome=entry.get("outcome") or "",
        since=entry.get("since"),
        until=entry.get("until"),
        note=entry.get("note") or "",
    )


def _repeated_ids(rules: Iterable[Rule]) -> list[str]:
    seen: dict[str, Rule] = {}
    problems = []
    for rule in rules:
        if (other := seen.setdefault(rule.id, rule)) is not rule:
            problems.append(f"{rule.file}: {rule.id}: 编号已在 {other.file} 用过；请换一个")
    return problems


def conflicts(rules: Iterable[Rule]) -> list[tuple[Rule, Rule]]:
    """Return the pairs that could both win for one ticket on one day, yet say different things."""
    by_class: dict[tuple[str, int], list[Rule]] = {}
    for rule in rules:
        for code in rule.classes:
            by_class.setdefault((code, rule.conditions), []).append(rule)
    pairs = {
        (a.id, b.id): (a, b)
        for group in by_class.values()
        for a, b in combinations(group, 2)
        if a is not b and a.says != b.says and _can_both_hold(a, b)
    }
    return list(pairs.values())


def _can_both_hold(a: Rule, b: Rule) -> bool:
    days = (a.until is None or b.since is None or b.since <= a.until) and (
        b.until is None or a.since is None or a.since <= b.until
    )
    places = (
        not a.where
        or not b.where
        or any(x.startswith(y) or y.startswith(x) for x in a.where for y in b.where)
    )
    mine, theirs = a.facts or {}, b.facts or {}
    facts = all(_share(mine[fact], theirs[fact]) for fact in mine.keys() & theirs.keys())
    return days and places and facts


def holds(wanted: Iterable[str], said: str) -> bool:
    """Say whether a fact read from a text ("" if not said) is one of the wanted values.

    >>> holds(("小区内", ""), ""), holds((">=3",), "12"), holds((">=3",), ""), holds(("<3",), "3")
    (True, True, False, False)
    """
    if said in wanted:
        return True
    return any(_is_within(value, said) for value in wanted if value[:1] in ("<", ">"))


def _is_within(bound: str, said: str) -> bool:
    match = _BOUND.fullmatch(bound)
    if match is None or not said.isdecimal():
        return bound == said
    return int(said) >= int(match[2]) if match[1] == ">=" else int(said) < int(match[2])


def _share(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Say whether some reading of one fact satisfies both conditions."""
    edges = {match[2] for value in (*mine, *theirs) if (match := _BOUND.fullmatch(value))}
    below = {str(int(edge) - 1) for edge in edges if edge != "0"}
    probes = {*mine, *theirs, *edges, *below}
    return any(holds(mine, probe) and holds(theirs, probe) for probe in probes)


def _conflict_text(a: Rule, b: Rule) -> str:
    return (
        f"{a.file}: {a.id} 与 {b.file}: {b.id} 同样具体、可同日同地成立而承办不同"
        f"（{a.lead or a.outcome} / {b.lead or b.outcome}）；请加条件或合并"
    )
