"""Checks of the table of well-known places: where they lie, and what else they are called."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import get_args

from jiesu.taxonomy.city import City
from jiesu.taxonomy.entries import PLACES, PlaceCheck, read_place_rows
from jiesu.taxonomy.files import Row, split_list

_Places = dict[str, list[str]]


def place_problems(city: City) -> Iterator[str]:
    """Yield places without name or kind, in no region, twice in one, or named like a region."""
    seen: dict[tuple[str, str, str, str], int] = {}
    named = _region_names(city)
    for number, row in enumerate(read_place_rows(city.folder), start=2):
        key = (row["name"], row["kind"], row["region"], row["passes"])
        first = seen.setdefault(key, number)
        where = f"{PLACES}: 第 {number} 行 {row['name']}"
        if first != number:
            yield f"{where}: name: 与第 {first} 行同名、同类、同地；请合并"
        yield from (f"{where}: {text}" for text in _one(row, city, named))


def _one(row: Row, city: City, named: _Places) -> Iterator[str]:
    if not row["name"] or not row["kind"]:
        yield f"name、kind: 不能为空（kind 为 {row['kind']!r}）；请补上"
    if row["checked"] not in get_args(PlaceCheck):
        choices = "、".join(get_args(PlaceCheck))
        yield f"checked: {row['checked']!r} 不在 {choices} 之中；请改正"
    unknown = [c for c in (row["region"], *split_list(row["passes"])) if c and not _path(city, c)]
    if unknown:
        yield f"region、passes: {'、'.join(unknown)} 不在 regions.tsv 中；请改正"
        return
    yield from _wrong_region(row, city)
    yield from _wrong_aliases(row, city, named)


def _wrong_region(row: Row, city: City) -> Iterator[str]:
    passes = split_list(row["passes"])
    if len(passes) == 1 or len(set(passes)) < len(passes):
        yield f"passes: {row['passes']!r} 应有两个以上不同的代码，或留空；请改正"
    shared = set.intersection(*map(set, map(partial(_path, city), passes))) if passes else set()
    path = _path(city, row["region"])
    if passes and row["region"] not in (shared or {""}):
        yield f"region: {row['region']!r} 没有包住 passes 的全部区划；请改成它们共同的上级或留空"
    if not passes and not path:
        yield "region: 没有 passes 时不能为空；请填最细的区划代码"
    names = [city.regions[code].name for code in path] + ["", ""]
    for column, name in zip(("district", "subdistrict"), names, strict=False):
        if row[column] != name:
            yield f"{column}: {row[column]!r} 与 region {row['region']!r}（{name}）不符；请改正"


def _wrong_aliases(row: Row, city: City, named: _Places) -> Iterator[str]:
    aliases = split_list(row["aliases"])
    if len({row["name"], *aliases}) <= len(aliases):
        yield f"aliases: {row['aliases']!r} 有重复，或与 name 相同；请删去"
    inside = [row["region"], *split_list(row["passes"])]
    for alias in aliases:
        others = [code for code in named.get(alias, ()) if not _touches(city, code, inside)]
        if others:
            yield f"aliases: {alias!r} 是别处区划 {others[0]} 的名称；请从别名中删去"


def _region_names(city: City) -> _Places:
    """Return each name of a district or subdistrict → the codes of those called so."""
    names: _Places = {}
    for region in (*city.regions_on("district"), *city.regions_on("subdistrict")):
        for name in {region.name, *region.aliases, *region.old_names}:
            names.setdefault(name, []).append(region.code)
    return names


def _touches(city: City, code: str, inside: Iterable[str]) -> bool:
    """Say whether a region holds, or lies in, one of those that the place is in."""
    return any(code in _path(city, place) or place in _path(city, code) for place in inside)


def _path(city: City, code: str) -> list[str]:
    """Return the codes from the district down; none for an unknown code."""
    return [region.code for region in city.region_path(code)]
