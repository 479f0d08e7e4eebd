"""A city folder for a city of which only history is known: its classes and its units.

Nothing else is invented: no regions, rules or roles beyond "this unit". What every city needs
(danger, urgency, clocks) is taken from the city that comes with the package, without what names
its classes; people then fill in regions, rules and triage of their own.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from jiesu.taxonomy.city import City, default_city_folder, load_city
from jiesu.taxonomy.classes import FOLDER, render_class
from jiesu.taxonomy.entries import (
    CITY,
    COMMUNITIES,
    COMMUNITY_COLUMNS,
    REGION_COLUMNS,
    REGIONS,
    ROLES,
    UNIT_COLUMNS,
    UNITS,
)
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.files import read_yaml
from jiesu.taxonomy.tree import Label, LabelTree

Json = dict[str, Any]  # Any: YAML and JSON

_SHARED = ("danger.yaml", "urgency.yaml", "deadlines.yaml")
_CLASS_KEYS = ("classes",)
"""Keys of the shared files that name classes of the city they are from."""
_MADE = "# 由 jiesu train 按历史工单生成，请按本地情况修改。\n"
_SOURCE = "历史工单"
_POLICY: Json = {
    "version": "history-1",
    "confirm_p_class": 0.6,
    "confirm_p_unit": 0.5,
    "lead_share": 0.8,
    "max_leads": 5,
    "classes_considered": 10,
    "least_p_class": 0.01,
    "copy_reason": "抄送上级单位",
    "copy_source": "实践做法，未核实",
}


def unit_id(number: int) -> str:
    """Return the id of the unit with this number, from 1.

    >>> unit_id(7)
    'U0007'
    """
    return f"U{number:04d}"


def write_city(folder: Path, name: str, tree: LabelTree, units: Sequence[str]) -> City:
    """Write a city folder and load it.

    Args:
        folder: a new folder, or one that an earlier run wrote.
        name: what the city is called.
        tree: its classes.
        units: names of its units; their ids follow from the order.

    Raises:
        InputError: the folder holds something else.
    """
    if folder.exists() and any(folder.iterdir()) and not _is_ours(folder):
        raise InputError(f"{folder} 已存在且不是按历史生成的城市；请换一个 --out")
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    (folder / COMMUNITIES).parent.mkdir(exist_ok=True)
    for old in (folder / FOLDER).glob("*.json"):
        old.unlink()
    _write_yaml(folder / CITY, _settings(name, tree))
    _write_yaml(folder / ROLES, {unit: {"scope": "city"} for unit in units})
    _write_yaml(folder / "policy.yaml", _POLICY)
    _write_yaml(folder / "triage.yaml", {"rules": []})
    _write_yaml(folder / "calendar.yaml", {"source": "待补：本地放假安排", "years": {}})
    _write_table(folder / UNITS, UNIT_COLUMNS, map(_unit, range(1, len(units) + 1), units))
    _write_table(folder / REGIONS, REGION_COLUMNS, ())
    _write_table(folder / COMMUNITIES, COMMUNITY_COLUMNS, ())
    _copy_shared(folder)
    for number, top in enumerate(tree.on_level(1), start=1):
        text = render_class(_node(tree, top))
        (folder / FOLDER / f"{number:03d}.json").write_text(text, encoding="utf-8")
    return load_city(folder)


def _is_ours(folder: Path) -> bool:
    return (folder / CITY).is_file() and (folder / CITY).read_text("utf-8").startswith(_MADE)


def _settings(name: str, tree: LabelTree) -> Json:
    taxonomy = {
        "version": tree.version,
        "levels": [len(tree.on_level(level)) for level in range(1, tree.depth + 1)],
        "code_digits": 0,
        "examples": 0,
        "limits": [],
        "tags": [],
    }
    return {
        "id": "history",
        "name": name,
        "aliases": [],
        "timezone": "Asia/Shanghai",
        "taxonomy": taxonomy,
        "rules_version": "1",
        "calendar": "calendar.yaml",
        "counts": {"district": 0, "subdistrict": 0, "area": 0, "community": 0},
    }


def _unit(number: int, name: str) -> Json:
    cells = {"id": unit_id(number), "name": name, "level": "city", "role": name}
    return {**cells, "source": _SOURCE}


def _node(tree: LabelTree, label: Label) -> Json:
    below = [child for child in tree.labels.values() if child.parent == label.code]
    node: Json = {"code": label.code, "name": label.name, "definition": "", "boundary": []}
    if below:
        return {**node, "children": [_node(tree, child) for child in below]}
    leaf = {"keywords": [], "kinds": [], "unit": "", "co_units": [], "limit": "", "tag": ""}
    return {**node, **leaf, "examples": []}


def _copy_shared(folder: Path) -> None:
    source = default_city_folder()
    for name in _SHARED:
        known = read_yaml(source, name)
        _write_yaml(
            folder / name, {key: value for key, value in known.items() if key not in _CLASS_KEYS}
        )


def _write_yaml(path: Path, value: Json) -> None:
    text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=100)
    path.write_text(_MADE + text, encoding="utf-8")


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Json]) -> None:
    lines = ["\t".join(columns)]
    lines += ["\t".join(row.get(column, "") for column in columns) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
