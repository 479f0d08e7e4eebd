"""Class files of a city folder: `taxonomy/NN.json`, one level-1 class each, nested downwards.

JSON because a cold start reads five megabytes of it; one key, boundary note and example per
line because taxonomists edit it by hand and read its diffs.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from jiesu.taxonomy.errors import CityError
from jiesu.taxonomy.tree import BoundaryNote, Label, LabelTree, tree_of

# A class as parsed from JSON; its shape is checked by jiesu.taxonomy.check.
Node = dict[str, Any]

FOLDER = "taxonomy"
UPPER_KEYS = ("code", "name", "definition", "boundary", "children")
LEAF_KEYS = (
    "code", "name", "definition", "boundary", "keywords", "kinds",
    "unit", "co_units", "limit", "tag", "examples",
)  # fmt: skip
_LINE_EACH = ("boundary", "examples")


def read_tree(folder: Path, version: str) -> LabelTree:
    """Read every class file of the city folder into one tree.

    Raises:
        CityError: a file is not JSON or a class lacks a key.
    """
    labels = [
        _label(name, node, parent, level)
        for name, root in read_nodes(folder)
        for node, parent, level in walk(root)
    ]
    return tree_of(version, labels)


def read_nodes(folder: Path) -> list[tuple[str, Node]]:
    """Return (file name inside the folder, its level-1 class), in order of file name."""
    paths = sorted((folder / FOLDER).glob("*.json"))
    if not paths:
        raise CityError([f"{FOLDER}: {folder / FOLDER} 中没有 .json 文件；请放入事项分类文件"])
    return [(f"{FOLDER}/{path.name}", _parse(path)) for path in paths]


def walk(
    node: Node, parent: str | None = None, level: int = 1
) -> Iterator[tuple[Node, str | None, int]]:
    """Yield (class, code of its parent, level) from the top down."""
    yield node, parent, level
    for child in node.get("children", ()):
        yield from walk(child, node.get("code"), level + 1)


def render_class(node: Node) -> str:
    """Write a class and all below it in the form of the class files."""
    return "\n".join(_lines(node, "")) + "\n"


def _lines(node: Node, indent: str) -> Iterator[str]:
    yield indent + "{"
    inner = indent + "  "
    for position, (key, value) in enumerate(node.items(), start=1):
        comma = "," if position < len(node) else ""
        head = f'{inner}"{key}": '
        if key == "children" and value:
            yield head + "["
            yield from _children(value, inner + "  ")
            yield inner + "]" + comma
        elif key in _LINE_EACH and value:
            items = ",\n".join(f"{inner}  {_dump(item)}" for item in value)
            yield f"{head}[\n{items}\n{inner}]{comma}"
        else:
            yield head + _dump(value) + comma
    yield indent + "}"


def _children(nodes: list[Node], indent: str) -> Iterator[str]:
    for position, node in enumerate(nodes, start=1):
        *lines, last = _lines(node, indent)
        yield from lines
        yield last + ("," if position < len(nodes) else "")


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _parse(path: Path) -> Node:
    name = f"{FOLDER}/{path.name}"
    try:
        node = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise CityError(
            [f"{name}: 第 {error.lineno} 行第 {error.colno} 列: 不是 JSON（{error.msg}）；请改正"]
        ) from None
    if not isinstance(node, dict):
        raise CityError(
            [f"{name}: 最外层应是一个一级事项对象，而不是 {type(node).__name__}；请改正"]
        )
    return node


def _label(name: str, node: Node, parent: str | None, level: int) -> Label:
    try:
        return Label(
            code=node["code"],
            name=node["name"],
            level=level,
            parent=parent,
            definition=node["definition"],
            boundary=tuple(
                BoundaryNote(note["when"], tuple(note["to"]), note["text"])
                for note in node["boundary"]
            ),
            keywords=tuple(node.get("keywords", ())),
            kinds=tuple(node.get("kinds", ())),
            unit_role=node.get("unit", ""),
            co_roles=tuple(node.get("co_units", ())),
            limit=node.get("limit", ""),
            tag=node.get("tag", ""),
            examples=tuple(node.get("examples", ())),
        )
    except KeyError as error:
        code = node.get("code", f"{parent or ''} 之下没有代码的事项")
        raise CityError([f"{name}: {code}: 缺少 {error.args[0]!r}；请补上"]) from None
