"""A city's own list of places beside the table that it has: what is new, finer, or contradicts.

Nothing here decides a contradiction. A person reads the report; what they want to win is said
when the lists are merged.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from jiesu.taxonomy.city import City
from jiesu.taxonomy.entries import PLACE_COLUMNS
from jiesu.taxonomy.files import LIST_MARK, Row, split_list

Finding = Literal["new", "known", "finer", "aliases", "conflict", "bad"]
FINDINGS: Mapping[Finding, str] = {
    "new": "新增",
    "known": "已有",
    "finer": "更细",
    "aliases": "补别名",
    "conflict": "冲突",
    "bad": "有误",
}


@dataclass(frozen=True, slots=True)
class GivenPlace:
    """One row of the file.

    Attributes:
        number: row of the file, the header being 1.
        district, subdistrict: as written; the second may be empty.
    """

    number: int
    name: str
    kind: str
    district: str
    subdistrict: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one row.

    Attributes:
        region: code of the region that the file names; empty for a bad row.
        known: row of the city's table that has this name, None where there is none.
        why: what is wrong or contradicts, for a person.
    """

    place: GivenPlace
    finding: Finding
    region: str = ""
    known: Row | None = None
    why: str = ""


def judge_places(
    city: City, rows: Sequence[Row], given: Iterable[GivenPlace]
) -> tuple[Judged, ...]:
    """Compare each row of a file with the city's regions and its table of places.

    Args:
        rows: the city's table, as `read_place_rows` gives it.
    """
    table: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        table[row["name"]].append(row)
    seen: dict[str, GivenPlace] = {}
    judged = []
    for place in given:
        judged.append(_judge(city, table, place, seen.get(place.name)))
        seen.setdefault(place.name, place)
    return tuple(judged)


def _judge(
    city: City, table: Mapping[str, list[Row]], place: GivenPlace, before: GivenPlace | None
) -> Judged:
    region = _region(city, place)
    if isinstance(region, Judged):
        return region
    if before is not None and (before.district, before.subdistrict) != (
        place.district,
        place.subdistrict,
    ):
        where = f"{before.district}{before.subdistrict}"
        return Judged(
            place, "conflict", region, why=f"与本文件第 {before.number} 行（{where}）不一致"
        )
    rows = table.get(place.name, [])
    same = [row for row in rows if _fits(city, region, row)]
    if rows and not same:
        theirs = "、".join(f"{row['district']}{row['subdistrict']}" or "跨区" for row in rows)
        return Judged(place, "conflict", region, rows[0], f"现有地名表记为 {theirs}")
    if not same:
        return Judged(place, "new", region)
    return _against(place, region, same[0])


def _against(place: GivenPlace, region: str, row: Row) -> Judged:
    if len(region) > len(row["region"]) and not row["passes"]:
        return Judged(place, "finer", region, row)
    if set(place.aliases) - {*split_list(row["aliases"]), place.name}:
        return Judged(place, "aliases", region, row)
    return Judged(place, "known", region, row)


def _region(city: City, place: GivenPlace) -> str | Judged:
    """Return the code of the finest region named, or what is wrong with the row."""
    if not place.name:
        return Judged(place, "bad", why="名称为空；请补上")
    districts = {r.name: r.code for r in city.regions_on("district")}
    district = districts.get(place.district) or districts.get(f"{place.district}区")
    if district is None:
        return Judged(place, "bad", why=f"没有名为 {place.district!r} 的区；请写全称，如“朝阳区”")
    if not place.subdistrict:
        return district
    inside = {
        name: region.code
        for region in city.regions_on("subdistrict")
        if region.parent == district
        for name in (*region.old_names, *region.aliases, region.name)
    }
    if place.subdistrict not in inside:
        why = f"{place.district}没有名为 {place.subdistrict!r} 的街道或乡镇；请核对"
        return Judged(place, "bad", why=why)
    return inside[place.subdistrict]


def _fits(city: City, region: str, row: Row) -> bool:
    """Say whether one of two answers lies in the other."""
    ours = split_list(row["passes"]) or (row["region"],)
    path = [r.code for r in city.region_path(region)]
    return any(code in path or region in [r.code for r in city.region_path(code)] for code in ours)


def merged_rows(
    city: City, rows: Sequence[Row], judged: Iterable[Judged], source: str, *, file_wins: bool
) -> list[Row]:
    """Return the table with what the file adds.

    Args:
        source: what the new rows name as their origin.
        file_wins: contradictions with the table are settled for the file; else they stay out.
    """
    kept = [dict(row) for row in rows]
    at = {id(row): number for number, row in enumerate(rows)}
    for item in judged:
        if item.finding == "new":
            kept.append(_row(city, item, source))
        elif item.known is not None and _changes(item, file_wins):
            kept[at[id(item.known)]] = _changed(city, item, source)
    return kept


def _changes(item: Judged, file_wins: bool) -> bool:
    return item.finding in ("finer", "aliases") or (file_wins and item.finding == "conflict")


def _changed(city: City, item: Judged, source: str) -> Row:
    assert item.known is not None  # the caller has looked
    aliases = tuple(dict.fromkeys((*split_list(item.known["aliases"]), *item.place.aliases)))
    place = replace(item.place, aliases=tuple(a for a in aliases if a != item.place.name))
    if item.finding == "aliases":
        return {**item.known, "aliases": LIST_MARK.join(place.aliases)}
    row = _row(city, replace(item, place=place), source)
    return {**row, "kind": item.known["kind"], "note": item.known["note"]}


def _row(city: City, item: Judged, source: str) -> Row:
    names = [region.name for region in city.region_path(item.region)] + [""]
    values = (
        item.place.name, item.place.kind or "地点", LIST_MARK.join(item.place.aliases),
        names[0], names[1], item.region, "", source, "unchecked", "",
    )  # fmt: skip
    return dict(zip(PLACE_COLUMNS, values, strict=True))
