"""Checks of the router's files in a city folder: every message names file and rule.

What cannot be read is told first; then references (classes, roles, facts, regions), the source
of each rule, and whether every duty has a unit in force in every district on the given day.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from jiesu.router.areas import AREAS_FILE, Area, load_areas
from jiesu.router.cues import load_cues
from jiesu.router.danger_rules import load_danger_rules
from jiesu.router.deadline import Deadlines
from jiesu.router.facts import FACTS_FILE, load_facts
from jiesu.router.policy import POLICY_FILE, Policy, load_policy
from jiesu.router.repeats import RepeatReader
from jiesu.router.rules import Rule, load_rules
from jiesu.router.triage_rules import load_triage_rules
from jiesu.router.urgency import load_urgency
from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import CityError

# A source names an article or a numbered document, or owns up that nobody checked it.
_ARTICLE = re.compile(r"第[0-9零一二三四五六七八九十百]+条|〔\d{4}〕\d+号|\[\d{4}\]\d+号")
_UNVERIFIED = ("未核实", "unverified")

Values = dict[str, tuple[str, ...]]


def rule_problems(city: City, day: date) -> list[str]:
    """Return every error in the router's files; [] if none."""
    problems = list(_unreadable(city))
    if problems:
        return problems
    rules, values = load_rules(city.folder), dict(load_facts(city.folder).values)
    problems += [
        f"{rule.file}: {rule.id}: {fault}"
        for rule in rules
        for fault in _faults(rule, city, values)
    ]
    problems += [
        f"{AREAS_FILE}: {area.id}: {fault}"
        for area in load_areas(city)
        for fault in _condition_faults(area, values)
    ]
    policy_role = load_policy(city.folder).district_role
    if policy_role and policy_role not in city.roles:
        problems.append(
            f"{POLICY_FILE}: district_role: 承办角色 {policy_role!r} 不在 roles.yaml 中"
        )
    return problems or [*_gaps(city, rules, day), *_committees(city)]


def rule_warnings(city: City, day: date) -> list[str]:
    """Return what is allowed but deserves a look, in a folder without errors."""
    rules = load_rules(city.folder)
    used = {name for rule in rules for name in rule.facts or ()}
    used |= {name for area in load_areas(city) for name in area.facts or ()}
    unused = [name for name in load_facts(city.folder).values if name not in used]
    unverified = sum(_is_unverified(rule) for rule in rules)
    return [
        *(
            f"{rule.file}: {rule.id}: 已于 {rule.until} 失效"
            for rule in rules
            if _is_past(rule, day)
        ),
        *(
            f"{rule.file}: {rule.id}: 总有更具体的规则，永远轮不到"
            for rule in _never_win(rules, city)
        ),
        *(f"{FACTS_FILE}: {name}: 没有规则用到" for name in unused),
        *(
            [f"rules: {unverified} 条规则凭实践做法，未核实；启用前请当地核对"]
            if unverified
            else []
        ),
    ]


def _unreadable(city: City) -> Iterator[str]:
    readers: tuple[Callable[[], object], ...] = (
        lambda: load_facts(city.folder),
        lambda: load_rules(city.folder),
        lambda: load_areas(city),
        lambda: load_policy(city.folder),
        lambda: load_cues(city),
        lambda: load_triage_rules(city.folder),
        lambda: load_danger_rules(city.folder),
        lambda: load_urgency(city.folder),
        lambda: Deadlines.from_city(city),
        lambda: RepeatReader.from_city(city),
    )
    for read in readers:
        try:
            read()
        except CityError as error:
            yield from error.problems


def _faults(rule: Rule, city: City, values: Values) -> Iterator[str]:
    for code in rule.classes:
        if code not in city.tree.labels:
            yield f"classes: 事项代码 {code!r} 不在分类体系 {city.tree.version} 中；请改正"
    for role in _roles_of(rule):
        if role not in city.roles:
            yield f"承办角色 {role!r} 不在 roles.yaml 中；请补上，或改用已有的角色"
    for code in rule.where:
        if code not in city.regions:
            yield f"where: 区划代码 {code!r} 不在 regions.tsv 中；请改正"
    if rule.since and rule.until and rule.until < rule.since:
        yield f"until: {rule.until} 早于 since {rule.since}；请改正"
    if not _ARTICLE.search(rule.source) and not _is_unverified(rule):
        yield f"source: {rule.source!r} 没有写明条款；请写“第几条”，没有依据的写“实践做法，未核实”"
    yield from _condition_faults(rule, values)


def _policy_faults(policy: Policy, city: City) -> Iterator[str]:
    named = [("district_role", policy.district_role)]
    named += [("city_roles", role) for pair in policy.city_roles.items() for role in pair]
    for key, role in named:
        if role and role not in city.roles:
            yield f"{POLICY_FILE}: {key}: 承办角色 {role!r} 不在 roles.yaml 中；请改正"
    for code in policy.never_auto:
        if code not in city.tree.labels:
            yield f"{POLICY_FILE}: never_auto: 事项代码 {code!r} 不在分类体系中；请改正或删除"


def _condition_faults(rule: Rule | Area, values: Values) -> Iterator[str]:
    for name, wanted in (rule.facts or {}).items():
        if name not in values:
            yield f"facts: 没有事实 {name!r}；请在 {FACTS_FILE} 补上"
            continue
        is_number = values[name] == ("#",)
        for value in wanted:
            if value and not is_number and value not in values[name]:
                yield f"facts: {name} 没有取值 {value!r}，可用：{'、'.join(values[name])}"
            if is_number and value and not re.fullmatch(r"(>=|<)?\d+", value):
                yield f"facts: {name} 是数，{value!r} 应写成 '>=3'、'<3' 或一个数"


def _roles_of(rule: Rule) -> tuple[str, ...]:
    roles = (rule.lead, *(rule.assist or ()), *rule.copy)
    return tuple(role for role in roles if role)


def _is_unverified(rule: Rule) -> bool:
    return any(mark in rule.source for mark in _UNVERIFIED)


def _is_past(rule: Rule, day: date) -> bool:
    return rule.until is not None and rule.until < day


def _gaps(city: City, rules: Iterable[Rule], day: date) -> Iterator[str]:
    """Yield the roles that somebody relies on and that no unit fills in some region that day."""
    wanted: dict[str, str] = {}
    for code in city.tree.leaves:
        label = city.tree.get(code)
        for role in (label.unit_role, *label.co_roles):
            wanted.setdefault(role, f"事项 {code} {label.name}")
    for rule in rules:
        for role in _roles_of(rule) if rule.is_in_force(day) else ():
            wanted.setdefault(role, f"{rule.file}: {rule.id}")
    for role, user in wanted.items():
        if role and role in city.roles:
            missing = [
                place for place in _places_of(role, city) if not _unit(city, role, place, day)
            ]
            if missing:
                names = "、".join(
                    city.regions[code].name if code else "全市" for code in missing[:5]
                )
                yield f"{user}: 承办角色 {role} 在 {names} 等 {len(missing)} 处没有在用的单位"


def _places_of(role: str, city: City) -> list[str]:
    scope = city.roles[role].scope
    if scope in ("district", "subdistrict"):
        return [region.code for region in city.regions.values() if region.level == scope]
    return [] if scope == "choice" else [""]


def _unit(city: City, role: str, region: str, day: date) -> bool:
    return any(u.is_in_force(day) for u in city.units_by_role.get((role, region), ()))


def _committees(city: City) -> Iterator[str]:
    """Yield units below a subdistrict: a community only helps, it is never an assignee."""
    for unit in city.units:
        region = city.regions.get(unit.region)
        if region is not None and region.level == "community":
            yield f"units.tsv: {unit.id}: {unit.name} 是社区（村）一级，不能作承办单位；请删去"


def _never_win(rules: Iterable[Rule], city: City) -> Iterator[Rule]:
    always = [r for r in rules if not r.conditions and r.since is None and r.until is None]
    closed = {code for rule in always for code in rule.classes}
    for rule in rules:
        if all(_is_closed_below(code, closed, city) for code in rule.classes):
            yield rule


def _is_closed_below(code: str, closed: set[str], city: City) -> bool:
    leaves = [leaf for leaf in city.tree.leaves if code in _codes(leaf, city)]
    return all(
        _deepest(leaf, closed, city) not in ("", code, *_above(code, city)) for leaf in leaves
    )


def _codes(leaf: str, city: City) -> tuple[str, ...]:
    return tuple(label.code for label in city.tree.path(leaf))


def _above(code: str, city: City) -> tuple[str, ...]:
    return tuple(label.code for label in city.tree.path(code)[:-1])


def _deepest(leaf: str, closed: set[str], city: City) -> str:
    return next((code for code in reversed(_codes(leaf, city)) if code in closed), "")
