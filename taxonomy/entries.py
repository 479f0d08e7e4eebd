"""Tables of a city folder → units, roles, regions, gazetteer entries, working-day calendar."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from jiesu.taxonomy.errors import CityError
from jiesu.taxonomy.files import Row, read_table, read_yaml, split_list
from jiesu.taxonomy.regions import GazetteerEntry, Region, RegionLevel
from jiesu.taxonomy.units import Role, RoleOption, RoleScope, Unit, UnitLevel
from jiesu.taxonomy.workdays import WorkCalendar

CITY, UNITS, ROLES, REGIONS, COMMUNITIES, PLACES = (
    "city.yaml",
    "units.tsv",
    "roles.yaml",
    "regions.tsv",
    "gazetteer/communities.tsv",
    "gazetteer/places.tsv",
)
PlaceCheck = Literal["subdistrict", "district", "unchecked"]
"""How far a place was found to lie where the table says, by a look-up in other tables."""

UNIT_COLUMNS = (
    "id", "name", "level", "role", "more_roles", "region", "parent", "parent_name", "aliases",
    "topics", "hotline", "category", "since", "until", "source", "note",
)  # fmt: skip
REGION_COLUMNS = (
    "code", "name", "level", "kind", "parent", "managed_by", "unit", "dual_area", "nbs2023_code",
    "nbs2023_name", "aliases", "old_names", "note", "source",
)  # fmt: skip
COMMUNITY_COLUMNS = (
    "code", "name_official", "name", "name_core", "kind", "parent", "former_name", "change",
)  # fmt: skip
PLACE_COLUMNS = (
    "name", "kind", "aliases", "district", "subdistrict", "region", "passes", "source", "checked",
    "note",
)  # fmt: skip


def read_settings(folder: Path) -> Mapping[str, Any]:
    """Read `city.yaml`; the keys without which nothing can be loaded are there, as text."""
    settings = read_yaml(folder, CITY)
    taxonomy = settings.get("taxonomy")
    version = taxonomy.get("version") if isinstance(taxonomy, dict) else None
    texts = {key: settings.get(key) for key in ("id", "name", "rules_version", "calendar")}
    problems = [
        f"{CITY}: {key}: 应是一段文字，现为 {value!r}；请补上，数字请加引号"
        for key, value in (*texts.items(), ("taxonomy.version", version))
        if not isinstance(value, str) or not value
    ]
    if problems:
        raise CityError(problems)
    return settings


def read_units(folder: Path) -> tuple[Unit, ...]:
    """Read all units, in the order of the file."""
    return tuple(map(_unit, read_table(folder, UNITS, UNIT_COLUMNS)))


def _unit(row: Row) -> Unit:
    return Unit(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        level=_one_of(UnitLevel, row["level"], f"{UNITS}: {row['id']}: level"),
        region=row["region"],
        parent=row["parent"],
        aliases=split_list(row["aliases"]),
        topics=row["topics"],
        hotline=row["hotline"],
        since=_day(row["since"], f"{UNITS}: {row['id']}: since"),
        until=_day(row["until"], f"{UNITS}: {row['id']}: until"),
        source=row["source"],
        more_roles=split_list(row["more_roles"]),
        category=row["category"],
        note=row["note"],
    )


_ROLE_TEXTS = ("default", "outcome", "line", "note")


def read_roles(folder: Path) -> Mapping[str, Role]:
    """Read name → role, in the order of the file."""
    return {name: _role(name, entry) for name, entry in read_yaml(folder, ROLES).items()}


def _role(name: Any, entry: Any) -> Role:  # parsed YAML
    where = f"{ROLES}: {name}"
    if not isinstance(entry, dict):
        raise CityError([f"{where}: 应是“键: 值”，而不是 {entry!r}；请写明 scope"])
    unknown = entry.keys() - {"scope", "options", *_ROLE_TEXTS}
    if unknown:
        raise CityError([f"{where}: 不认识的键 {'、'.join(map(str, unknown))}；请改正或删去"])
    texts = {"名称": name, **{key: entry.get(key, "") for key in _ROLE_TEXTS}}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise CityError([f"{where}: {key}: 应是文字，现为 {value!r}；数字请加引号"])
    return Role(
        name=name,
        scope=_one_of(RoleScope, entry.get("scope"), f"{where}: scope"),
        default=texts["default"],
        options=tuple(_option(option, where) for option in entry.get("options", ())),
        outcome=texts["outcome"],
        line=texts["line"],
        note=texts["note"],
    )


def _option(option: Any, where: str) -> RoleOption:  # parsed YAML
    try:
        return RoleOption(option["unit"], tuple(option["words"]))
    except (KeyError, TypeError):
        raise CityError([f"{where}: options: {option!r} 应有 unit 和 words；请补上"]) from None


def read_places(folder: Path) -> tuple[dict[str, Region], tuple[GazetteerEntry, ...]]:
    """Read code → region for all levels, and the gazetteer: communities, then other places."""
    regions = {row["code"]: _region(row) for row in read_table(folder, REGIONS, REGION_COLUMNS)}
    entries = []
    for row in read_table(folder, COMMUNITIES, COMMUNITY_COLUMNS):
        code, name, former = row["code"], row["name"], split_list(row["former_name"])
        regions[code] = Region(
            code, name, "community", row["parent"], kind=row["kind"], old_names=former
        )
        entries.append(
            GazetteerEntry(
                name, row["kind"], code, former, COMMUNITIES, row["name_core"], row["name_official"]
            )
        )
    entries += map(_place, read_place_rows(folder))
    return regions, tuple(entries)


def read_place_rows(folder: Path) -> list[Row]:
    """Read the table of well-known places; a city may do without one."""
    return read_table(folder, PLACES, PLACE_COLUMNS) if (folder / PLACES).is_file() else []


def _place(row: Row) -> GazetteerEntry:
    return GazetteerEntry(
        name=row["name"],
        kind=row["kind"],
        region=row["region"],
        aliases=split_list(row["aliases"]),
        source=PLACES,
        passes=split_list(row["passes"]),
    )


def _region(row: Row) -> Region:
    return Region(
        code=row["code"],
        name=row["name"],
        level=_one_of(RegionLevel, row["level"], f"{REGIONS}: {row['code']}: level"),
        parent=row["parent"],
        aliases=split_list(row["aliases"]),
        kind=row["kind"],
        managed_by=row["managed_by"],
        old_names=split_list(row["old_names"]),
        note=row["note"],
    )


def read_calendar(folder: Path, name: str) -> WorkCalendar:
    """Read the public holidays and make-up workdays of the years that are known."""
    holidays: set[date] = set()
    workdays: set[date] = set()
    years = read_yaml(folder, name).get("years") or {}
    for year, entry in years.items():
        where = f"{name}: years: {year}"
        try:
            for holiday in entry["holidays"]:
                place = f"{where}: {holiday['name']}"
                holidays.update(_span(holiday["from"], holiday["to"], place))
            workdays.update(entry["workdays"])
        except (KeyError, TypeError) as error:
            raise CityError(
                [f"{where}: 应有 holidays（name、from、to）和 workdays（{error}）；请改正"]
            ) from None
    return WorkCalendar(frozenset(holidays), frozenset(workdays), frozenset(years))


def _span(first: date, last: date, where: str) -> list[date]:
    if last < first:
        raise CityError([f"{where}: to {last} 早于 from {first}；请对调或改正"])
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _one_of(kind: Any, value: Any, where: str) -> Any:  # a Literal type and one of its values
    if value not in get_args(kind):
        raise CityError([f"{where}: {value!r} 不在 {'、'.join(get_args(kind))} 之中；请改正"])
    return value


def _day(cell: str, where: str) -> date | None:
    try:
        return date.fromisoformat(cell) if cell else None
    except ValueError:
        raise CityError([f"{where}: {cell!r} 不是日期；请写成 2026-01-31 的样子"]) from None


_ROLES_HEAD = """\
# 每个承办角色怎样在一个地点落到一个单位。单位承担的角色见 units.tsv 的 role、more_roles 两列。
#   subdistrict 问题所在街乡镇的单位
#   district    问题所在区（或代管它的功能区）的单位
#   city        全市唯一的单位
#   choice      按诉求文字里的对象选：words 中最先出现的一个；都没有时用 default
#   outcome     不派单位，按 outcome 办结
"""


def render_roles(roles: Mapping[str, Mapping[str, Any]]) -> str:
    """Write roles, as parsed from the file, in the form of the file."""
    body = yaml.dump(
        dict(roles), allow_unicode=True, sort_keys=False, width=4096, default_flow_style=None
    )
    return _ROLES_HEAD + body
