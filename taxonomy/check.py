"""Check a city folder: every error names file and key, the value, and what to do.

What can be read at all is proven first; what the parts say of each other is checked then, by
one module per kind of file.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jiesu.taxonomy.check_classes import class_problems, class_warnings, shape_problems
from jiesu.taxonomy.check_places import place_problems
from jiesu.taxonomy.check_regions import calendar_problems, calendar_warnings, region_problems
from jiesu.taxonomy.check_units import role_problems, unit_problems, unit_warnings
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.classes import read_nodes
from jiesu.taxonomy.entries import (
    CITY,
    read_calendar,
    read_places,
    read_roles,
    read_settings,
    read_units,
)
from jiesu.taxonomy.errors import CityError

# What `city.yaml` must state besides what loading needs, and of which type.
_STATED: tuple[tuple[str, str, type], ...] = (
    ("taxonomy", "levels", list),
    ("taxonomy", "code_digits", int),
    ("taxonomy", "examples", int),
    ("taxonomy", "limits", list),
    ("taxonomy", "tags", list),
    ("counts", "district", int),
    ("counts", "subdistrict", int),
    ("counts", "area", int),
    ("counts", "community", int),
)


def check_city(folder: Path) -> list[str]:
    """Return every error of the folder as "file: key: what, value, what to do"; [] if none."""
    problems = list(_unreadable(folder))
    if problems:
        return problems
    city = load_city(folder)
    return [
        *class_problems(city),
        *unit_problems(city),
        *role_problems(city),
        *region_problems(city),
        *place_problems(city),
        *calendar_problems(city),
    ]


def city_warnings(folder: Path) -> list[str]:
    """Return what is allowed but deserves a look, in a folder without errors."""
    city = load_city(folder)
    return [*class_warnings(city), *unit_warnings(city), *calendar_warnings(city)]


def _unreadable(folder: Path) -> Iterator[str]:
    readers: tuple[Callable[[Path], object], ...] = (read_units, read_roles, read_places)
    for read in readers:
        yield from _problems_of(read, folder)
    try:
        settings = read_settings(folder)
    except CityError as error:
        yield from error.problems
        return
    yield from _unstated(settings)
    yield from _problems_of(lambda at: read_calendar(at, settings["calendar"]), folder)
    yield from _problems_of(read_nodes, folder) or shape_problems(folder)


def _problems_of(read: Callable[[Path], object], folder: Path) -> list[str]:
    try:
        read(folder)
    except CityError as error:
        return error.problems
    return []


def _unstated(settings: Mapping[str, Any]) -> Iterator[str]:
    for section, key, kind in _STATED:
        part = settings.get(section)
        value = part.get(key) if isinstance(part, dict) else None
        if not isinstance(value, kind):
            names = {list: "列表", int: "整数"}
            yield f"{CITY}: {section}.{key}: 应是{names[kind]}，现为 {value!r}；请补上"
