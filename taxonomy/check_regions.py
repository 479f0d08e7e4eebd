"""Checks of regions, gazetteer and working-day calendar."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from jiesu.taxonomy.city import City
from jiesu.taxonomy.entries import (
    COMMUNITIES,
    COMMUNITY_COLUMNS,
    REGION_COLUMNS,
    REGIONS,
)
from jiesu.taxonomy.files import Row, read_table
from jiesu.taxonomy.regions import Region

# Digits of a code on each level, and the levels that may stand above it.
_DIGITS = {"district": 6, "subdistrict": 9, "area": 9, "community": 12}
_ABOVE = {
    "district": (),
    "subdistrict": ("district",),
    "area": ("district",),
    "community": ("subdistrict", "area"),
}


def region_problems(city: City) -> Iterator[str]:
    """Yield wrong counts, codes, names, parents and handling units of all regions."""
    rows = read_table(city.folder, REGIONS, REGION_COLUMNS)
    communities = read_table(city.folder, COMMUNITIES, COMMUNITY_COLUMNS)
    yield from _wrong_counts(city)
    for file, table in ((REGIONS, rows), (COMMUNITIES, communities)):
        for code, count in Counter(row["code"] for row in table).items():
            if count > 1:
                yield f"{file}: {code}: code: 出现 {count} 次；请改正"
    yield from _shared_names(city)
    for region in city.regions.values():
        yield from (f"{_file(region)}: {region.code}: {text}" for text in _one(region, city))
    for row in rows:
        yield from (f"{REGIONS}: {row['code']}: {text}" for text in _handling_unit(row, city))


def _file(region: Region) -> str:
    return COMMUNITIES if region.level == "community" else REGIONS


def _wrong_counts(city: City) -> Iterator[str]:
    counted = Counter(region.level for region in city.regions.values())
    for level, expected in city.settings["counts"].items():
        if counted[level] != expected:
            yield (
                f"city.yaml: counts.{level}: 写明 {expected} 个，实有 {counted[level]} 个；"
                "请补齐区划或改正数目"
            )


def _one(region: Region, city: City) -> Iterator[str]:
    if len(region.code) != _DIGITS[region.level]:
        yield f"code: {region.code!r} 应是 {_DIGITS[region.level]} 位；请改正"
    if not region.name or not region.kind:
        yield f"name、kind: 不能为空（name 为 {region.name!r}）；请补上"
    above = city.regions.get(region.parent)
    if region.level == "district":
        if region.parent:
            yield f"parent: 区一级不应有上级，现为 {region.parent!r}；请删去"
    elif above is None or above.level not in _ABOVE[region.level]:
        yield f"parent: {region.parent!r} 不是上一级区划的代码；请改正"
    manager = city.regions.get(region.managed_by)
    if region.managed_by and (manager is None or manager.level != "district"):
        yield f"managed_by: {region.managed_by!r} 不是区一级的代码；请改正或留空"


def _shared_names(city: City) -> Iterator[str]:
    named: dict[tuple[str, str], str] = {}
    for region in city.regions.values():
        for name in dict.fromkeys((region.name, *region.aliases)):
            other = named.setdefault((region.parent, name), region.code)
            if other != region.code:
                yield (
                    f"{_file(region)}: {region.code}: name、aliases: {name!r} 也是 {other} 的名称；"
                    "请改正或从别名中删去"
                )


def _handling_unit(row: Row, city: City) -> Iterator[str]:
    if not row["unit"]:
        if row["level"] != "area":
            yield "unit: 为空；请写上承办单位的编号"
        return
    unit = city.units_by_id.get(row["unit"])
    if unit is None:
        yield f"unit: {row['unit']!r} 不在 units.tsv 中；请改正"
    elif unit.region != row["code"]:
        yield f"unit: {unit.id} 的区划是 {unit.region!r}；请改正其中一处"


def calendar_problems(city: City) -> Iterator[str]:
    """Yield make-up days that are not weekend days off, and days outside the years listed."""
    file, calendar = city.settings["calendar"], city.calendar
    for day in sorted(calendar.workdays):
        if day.weekday() < 5:
            yield f"{file}: workdays: {day} 不是周末，不需调休；请改正"
        if day in calendar.holidays:
            yield f"{file}: workdays: {day} 又在公休日中；请只留一处"
    for day in sorted(calendar.workdays | calendar.holidays):
        if day.year not in calendar.years and not _ends_new_year(day, calendar.years):
            yield f"{file}: years: {day} 不属于所列年份；请移到 {day.year} 下"


def _ends_new_year(day: date, years: frozenset[int]) -> bool:
    """A New Year's holiday may begin or end in the neighbouring year."""
    return (day.month == 12 and day.year + 1 in years) or (day.month == 1 and day.year - 1 in years)


def calendar_warnings(city: City) -> Iterator[str]:
    """Yield up to which year holidays are known."""
    if city.calendar.years:
        last = max(city.calendar.years)
        yield f"{city.settings['calendar']}: years: 只到 {last} 年；{last + 1} 年起只按周末计算"
    else:
        yield f"{city.settings['calendar']}: years: 没有公休日；只按周末计算"
