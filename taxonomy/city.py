"""One city as data: the classes, units, roles, regions, gazetteer and calendar of its folder.

`load_city` is where everything starts, so it is kept under a quarter of a second: tables are
split by hand, classes are JSON, and look-ups are built when first asked for. What a folder
must fulfil beyond being readable is in `jiesu.taxonomy.check`.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import jiesu.data
from jiesu.taxonomy.classes import read_tree
from jiesu.taxonomy.entries import (
    CITY,
    read_calendar,
    read_places,
    read_roles,
    read_settings,
    read_units,
)
from jiesu.taxonomy.errors import CityError
from jiesu.taxonomy.files import read_yaml
from jiesu.taxonomy.regions import GazetteerEntry, Region, RegionLevel
from jiesu.taxonomy.tree import LabelTree
from jiesu.taxonomy.units import Role, Unit
from jiesu.taxonomy.workdays import WorkCalendar

__all__ = ["City", "default_city_folder", "load_city", "read_yaml"]


@dataclass(frozen=True)
class City:
    """All that is known of one city before a ticket comes in.

    Attributes:
        id: short name, as in model folders ("data/models/<id>-…").
        folder: where it was read from; other parts read their own YAML from here.
        roles: name → how it becomes one unit.
        regions: code → region on every level, parents before children.
        gazetteer: names of places inside the regions.
        rules_version: version of roles and rules; changes whenever one of them does.
        settings: `city.yaml` as read.
    """

    id: str
    name: str
    folder: Path
    tree: LabelTree = field(repr=False)
    units: tuple[Unit, ...] = field(repr=False)
    roles: Mapping[str, Role] = field(repr=False)
    regions: Mapping[str, Region] = field(repr=False)
    gazetteer: tuple[GazetteerEntry, ...] = field(repr=False)
    calendar: WorkCalendar = field(repr=False)
    rules_version: str
    settings: Mapping[str, Any] = field(repr=False)  # parsed YAML

    @cached_property
    def units_by_id(self) -> Mapping[str, Unit]:
        """Unit id → unit."""
        return {unit.id: unit for unit in self.units}

    @cached_property
    def units_by_name(self) -> Mapping[str, tuple[Unit, ...]]:
        """Name or alias → the units called so; several for a name used in many districts."""
        named: defaultdict[str, list[Unit]] = defaultdict(list)
        for unit in self.units:
            for name in dict.fromkeys((unit.name, *unit.aliases)):
                named[name].append(unit)
        return {name: tuple(units) for name, units in named.items()}

    @cached_property
    def units_by_role(self) -> Mapping[tuple[str, str], tuple[Unit, ...]]:
        """(role, region code or "") → the units that fill it, out-of-force ones included."""
        filled: defaultdict[tuple[str, str], list[Unit]] = defaultdict(list)
        for unit in self.units:
            for role in unit.roles:
                filled[role, unit.region].append(unit)
        return {key: tuple(units) for key, units in filled.items()}

    def regions_on(self, level: RegionLevel) -> tuple[Region, ...]:
        """Return the regions of one level in the order of the file."""
        return tuple(region for region in self.regions.values() if region.level == level)

    def region_path(self, code: str) -> tuple[Region, ...]:
        """Return the regions from the district down to this one; empty for an unknown code."""
        region = self.regions.get(code)
        return () if region is None else (*self.region_path(region.parent), region)

    def acting_district(self, code: str) -> Region | None:
        """Return the district-level region whose units act in this region, None if unknown."""
        path = self.region_path(code)
        managers = [region.managed_by for region in path if region.managed_by]
        return self.regions.get(managers[-1]) if managers else next(iter(path), None)

    def unit_for(
        self, role: str, region: str = "", text: str = "", day: date | None = None
    ) -> Unit | None:
        """Return the one unit that a role means at a place.

        Args:
            role: a role of `roles`.
            region: code of the finest region known; empty when none is.
            text: words by which a unit is chosen, where its role is chosen by object.
            day: day of the ticket; None takes units in force or not.

        Returns:
            None where the place does not say enough, or no unit is in force on this day.

        Raises:
            CityError: the role is unknown, or several units fill it at this place.
        """
        rule = self.roles.get(role)
        if rule is None:
            raise CityError([f"roles.yaml: 没有承办角色 {role!r}；请补上，或改用已有的角色"])
        if rule.scope == "choice":
            units: tuple[Unit, ...] = (self.units_by_id[rule.choose(text)],)
        else:
            units = self.units_by_role.get((role, self._region_of(rule, region)), ())
        in_force = [unit for unit in units if day is None or unit.is_in_force(day)]
        if len(in_force) > 1:
            ids = "、".join(unit.id for unit in in_force)
            raise CityError([f"units.tsv: {ids}: 在同一区划都承担 {role}；请只留一个"])
        return in_force[0] if in_force else None

    def _region_of(self, role: Role, region: str) -> str:
        if role.scope == "district":
            district = self.acting_district(region)
            return district.code if district else "-"
        if role.scope == "subdistrict":
            path = self.region_path(region)
            return next((part.code for part in path if part.level == "subdistrict"), "-")
        return ""


def load_city(folder: Path | None = None) -> City:
    """Read a city folder.

    Args:
        folder: None for the only city that comes with the package.

    Raises:
        CityError: a file is missing or cannot be read; names file and key.
    """
    folder = folder or default_city_folder()
    settings = read_settings(folder)
    regions, gazetteer = read_places(folder)
    return City(
        id=settings["id"],
        name=settings["name"],
        folder=folder,
        tree=read_tree(folder, settings["taxonomy"]["version"]),
        units=read_units(folder),
        roles=read_roles(folder),
        regions=regions,
        gazetteer=gazetteer,
        calendar=read_calendar(folder, settings["calendar"]),
        rules_version=settings["rules_version"],
        settings=settings,
    )


def default_city_folder() -> Path:
    """Return the folder of the only city that comes with the package.

    Raises:
        CityError: there is none, or more than one.
    """
    roots = [Path(root) / "cities" for root in jiesu.data.__path__]
    found = sorted(path.parent for root in roots for path in root.glob(f"*/{CITY}"))
    if len(found) != 1:
        names = "、".join(path.name for path in found) or "没有"
        raise CityError(
            [f"cities: 随附的城市应恰好一个，现为：{names}；请用 --city 指明城市文件夹"]
        )
    return found[0]
