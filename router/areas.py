"""Areas where other units act than the map says: a zone that cuts through townships, a station.

An area is data of the city (areas.yaml): where it lies, the facts in a text that put a matter
inside it, and the region whose units act there. Regions that are managed from elsewhere as a
whole (`Region.managed_by`) are areas without such facts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jiesu.router.decision import Place
from jiesu.router.facts import Facts
from jiesu.router.rules import holds
from jiesu.taxonomy.city import City, read_yaml
from jiesu.taxonomy.errors import CityError

AREAS_FILE = "areas.yaml"
_KEYS = frozenset("id where facts acting since until source note".split())


@dataclass(frozen=True, slots=True)
class Area:
    """One area.

    Attributes:
        where: region codes that it lies in or is.
        facts: fact → values of which one must be read from the text.
        acting: code of the region whose units act there.
    """

    id: str
    where: tuple[str, ...]
    acting: str
    source: str
    facts: Mapping[str, tuple[str, ...]] | None = None
    since: date | None = None
    until: date | None = None

    def covers(self, place: Place, facts: Facts, day: date) -> bool:
        """Say whether a matter at this place with these facts lies in the area on this day."""
        return (
            (self.since is None or self.since <= day)
            and (self.until is None or day <= self.until)
            and any(place.code.startswith(code) for code in self.where)
            and all(
                holds(wanted, facts[name].value if name in facts else "")
                for name, wanted in (self.facts or {}).items()
            )
        )


def acting_region(areas: Iterable[Area], place: Place, facts: Facts, day: date) -> str:
    """Return the code of the region whose units act in place of the map's; empty if none."""
    if not place.code:
        return ""
    return next((area.acting for area in areas if area.covers(place, facts, day)), "")


def load_areas(city: City) -> tuple[Area, ...]:
    """Return the areas of the city's file, then its regions that are managed from elsewhere.

    Raises:
        CityError: a key is missing or unknown, or a region code does not exist.
    """
    managed = [
        Area(region.code, (region.code,), region.managed_by, "regions.tsv")
        for region in city.regions.values()
        if region.managed_by
    ]
    if not (city.folder / AREAS_FILE).exists():
        return tuple(managed)
    problems: list[str] = []
    areas = []
    for entry in read_yaml(city.folder, AREAS_FILE)["areas"]:
        faults = list(_faults(entry, city))
        problems += [f"{AREAS_FILE}: {entry.get('id', '（无 id）')}: {fault}" for fault in faults]
        if not faults:
            areas.append(_area(entry))
    if problems:
        raise CityError(problems)
    return (*areas, *managed)


def _faults(entry: Mapping[str, Any], city: City) -> Iterable[str]:  # Any: YAML border
    yield from (f"未知的键 {key!r}，请删除或改正" for key in sorted(set(entry) - _KEYS))
    yield from (f"缺少 {key}" for key in ("id", "where", "acting", "source") if not entry.get(key))
    for code in map(str, [*(entry.get("where") or ()), entry.get("acting", "")]):
        if code and code not in city.regions:
            yield f"区划代码 {code!r} 不在 regions.tsv 中；请改正"


def _area(entry: Mapping[str, Any]) -> Area:  # Any: YAML border
    return Area(
        id=str(entry["id"]),
        where=tuple(map(str, entry["where"])),
        acting=str(entry["acting"]),
        source=entry["source"],
        facts={
            name: tuple(map(str, values)) for name, values in (entry.get("facts") or {}).items()
        },
        since=entry.get("since"),
        until=entry.get("until"),
    )
