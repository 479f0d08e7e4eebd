"""Checks of units and roles: references, names, dates, and one unit per role and place."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import get_args

from jiesu.taxonomy.city import City
from jiesu.taxonomy.entries import ROLES, UNITS, render_roles
from jiesu.taxonomy.files import read_text, read_yaml
from jiesu.taxonomy.units import Role, RoleOutcome, Unit


def unit_problems(city: City) -> Iterator[str]:
    """Yield units with a repeated id or name, an unknown reference, or reversed dates."""
    for unit_id, count in Counter(unit.id for unit in city.units).items():
        if count > 1:
            yield f"{UNITS}: {unit_id}: id: 出现 {count} 次；请改成未用过的编号"
    yield from _shared_names(city)
    for unit in city.units:
        yield from (f"{UNITS}: {unit.id}: {problem}" for problem in _one_unit(unit, city))


def _one_unit(unit: Unit, city: City) -> Iterator[str]:
    if not unit.id or not unit.name or not unit.source:
        yield f"id、name、source: 不能为空（name 为 {unit.name!r}）；请补上"
    if unit.region and unit.region not in city.regions:
        yield f"region: {unit.region!r} 不在 regions.tsv 中；请改正"
    if unit.parent and unit.parent not in city.units_by_id:
        yield f"parent: {unit.parent!r} 不是单位编号；请改正或留空"
    if unit.parent and _is_own_ancestor(unit, city):
        yield f"parent: {unit.parent!r} 又归它自己管；请改正"
    for role in unit.roles:
        if role not in city.roles:
            yield f"role: 承办角色 {role!r} 不在 {ROLES} 中；请补上或改正"
    if unit.since and unit.until and unit.until < unit.since:
        yield f"until: {unit.until} 早于 since {unit.since}；请改正"


def _is_own_ancestor(unit: Unit, city: City) -> bool:
    above, seen = city.units_by_id.get(unit.parent), {unit.id}
    while above is not None and above.id not in seen:
        seen.add(above.id)
        above = city.units_by_id.get(above.parent)
    return above is not None


def _shared_names(city: City) -> Iterator[str]:
    official: dict[str, Unit] = {}
    called = {(unit.region, unit.name): unit for unit in city.units}
    for unit in city.units:
        other = official.setdefault(unit.name, unit)
        if _clash(other, unit):
            yield f"{UNITS}: {unit.id}: name: {unit.name!r} 与 {other.id} 相同；请写全称"
        for alias, count in Counter(unit.aliases).items():
            if count > 1:
                yield f"{UNITS}: {unit.id}: aliases: {alias!r} 重复；请删去一个"
            other = called.setdefault((unit.region, alias), unit)
            if _clash(other, unit):
                yield (
                    f"{UNITS}: {unit.id}: aliases: {alias!r} 也是同一区划 {other.id} 的名称；"
                    "请从其中一个删去"
                )


def _clash(one: Unit, other: Unit) -> bool:
    return one is not other and _overlap(one, other)


def _overlap(one: Unit, other: Unit) -> bool:
    starts = max(one.since or date.min, other.since or date.min)
    ends = min(one.until or date.max, other.until or date.max)
    return starts <= ends


def role_problems(city: City) -> Iterator[str]:
    """Yield roles that do not become exactly one unit wherever they should."""
    for role in city.roles.values():
        yield from (f"{ROLES}: {role.name}: {problem}" for problem in _one_role(role, city))
        yield from _places_of(role, city)


def _one_role(role: Role, city: City) -> Iterator[str]:
    if role.scope == "choice":
        yield from _choice(role, city)
    elif role.default or role.options:
        yield f"default、options: 只用于 scope: choice，现为 {role.scope}；请删去"
    if role.scope == "outcome" and role.outcome not in get_args(RoleOutcome):
        allowed = "、".join(get_args(RoleOutcome))
        yield f"outcome: {role.outcome!r} 不在 {allowed} 之中；请改正"
    if role.scope != "outcome" and (role.outcome or role.line):
        yield f"outcome、line: 只用于 scope: outcome，现为 {role.scope}；请删去"


def _choice(role: Role, city: City) -> Iterator[str]:
    for unit_id in (role.default, *(option.unit for option in role.options)):
        unit = city.units_by_id.get(unit_id)
        if unit is None:
            yield f"default、options: {unit_id!r} 不是单位编号；请改正"
        elif role.name not in unit.roles:
            yield f"default、options: {unit_id} 没有承担这个角色；请在 {UNITS} 的 role 补上"
    chosen: defaultdict[str, set[str]] = defaultdict(set)
    for option in role.options:
        if not option.words or "" in option.words:
            yield f"options: {option.unit} 的 words 为空；请写上对象的叫法"
        for word in option.words:
            chosen[word].add(option.unit)
    for word, units in chosen.items():
        if len(units) > 1:
            yield f"options: {word!r} 同时指 {'、'.join(sorted(units))}；请只留一处"


def _places_of(role: Role, city: City) -> Iterator[str]:
    if role.scope == "choice":
        return
    for region in _regions_of(role, city):
        units = city.units_by_role.get((role.name, region), ())
        place = city.regions[region].name if region else "全市"
        if not units:
            yield f"{ROLES}: {role.name}: {place} {region} 没有单位承担；请在 {UNITS} 补上"
        by_start = sorted(units, key=lambda unit: unit.since or date.min)
        for one, other in pairwise(by_start):
            if _overlap(one, other):
                yield (
                    f"{UNITS}: {other.id}: role: {place} {region} 的 {role.name} "
                    f"已由 {one.id} 承担；请只留一个，或写明 since、until"
                )


def _regions_of(role: Role, city: City) -> list[str]:
    if role.scope in ("district", "subdistrict"):
        return [region.code for region in city.regions.values() if region.level == role.scope]
    return [""]


def unit_warnings(city: City) -> Iterator[str]:
    """Yield how many units rest on knowledge alone, and what to know of the roles."""
    doubts = ("not retrieved", "unverified")
    unverified = sum(any(doubt in unit.source for doubt in doubts) for unit in city.units)
    if unverified:
        yield f"{UNITS}: source: {unverified} 个单位凭常识或惯例，未核实；启用前请当地核对"
    text = read_text(city.folder, ROLES)
    if render_roles(read_yaml(city.folder, ROLES)) != text:
        yield f"{ROLES}: 排版或注释与导出的不同，导出再导入后注释会丢失；请把说明写进 note"
    labels = city.tree.labels.values()
    named = {role for label in labels for role in (label.unit_role, *label.co_roles)}
    unused = [name for name in city.roles if name not in named]
    if unused:
        yield f"{ROLES}: 没有事项使用：{'、'.join(unused)}"
