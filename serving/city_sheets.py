"""Classes and roles of a city as sheets and back; the nesting becomes a column of parents."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jiesu.serving.workbook import Table
from jiesu.serving.workbook_rows import SheetRow, sheet_rows
from jiesu.taxonomy.classes import LEAF_KEYS, Node, walk
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.files import LIST_MARK, split_list

CLASSES, NOTES, EXAMPLES, ROLES, OPTIONS = "事项", "边界说明", "例文", "承办角色", "角色选项"
SHEETS = (CLASSES, NOTES, EXAMPLES, ROLES, OPTIONS)

_PLAIN = ("unit", "limit", "tag")
_LISTS = ("keywords", "kinds", "co_units")
_CLASS_COLUMNS = ("code", "parent", "name", "definition", "keywords", "kinds", "unit", "co_units",
                  "limit", "tag")  # fmt: skip
_NOTE_COLUMNS = ("code", "when", "to", "text")
_EXAMPLE_COLUMNS = ("code", "text")
_ROLE_COLUMNS = ("name", "scope", "default", "outcome", "line", "note")
_OPTION_COLUMNS = ("name", "unit", "words")


def class_sheets(roots: Iterable[Node]) -> dict[str, Table]:
    """Spread classes over three sheets: the classes, their boundary notes, their examples."""
    classes: list[Sequence[str]] = [_CLASS_COLUMNS]
    notes: list[Sequence[str]] = [_NOTE_COLUMNS]
    examples: list[Sequence[str]] = [_EXAMPLE_COLUMNS]
    for root in roots:
        for node, parent, _ in walk(root):
            code = node["code"]
            classes.append([_class_cell(node, parent, column) for column in _CLASS_COLUMNS])
            for note in node["boundary"]:
                targets = _joined(note["to"], f"{code}: boundary: to")
                notes.append([code, note["when"], targets, note["text"]])
            examples += [[code, text] for text in node.get("examples", ())]
    return {CLASSES: classes, NOTES: notes, EXAMPLES: examples}


def _class_cell(node: Node, parent: str | None, column: str) -> str:
    if column == "parent":
        return parent or ""
    if column in _LISTS:
        return _joined(node.get(column, ()), f"{node['code']}: {column}")
    return str(node.get(column, ""))


def _joined(values: Iterable[str], where: str) -> str:
    for value in values:
        if not isinstance(value, str) or not value or LIST_MARK in value:
            raise InputError(
                f"{where}: {value!r} 不能放进表格：应是文字，不为空，不含“{LIST_MARK}”；请改正"
            )
    return LIST_MARK.join(values)


def classes_of(sheets: Mapping[str, Table]) -> list[Node]:
    """Nest the classes of the sheets again; level-1 classes in the order of their rows.

    Raises:
        InputError: a code is unknown or repeated; names sheet and cell.
    """
    rows = _by_code(sheet_rows(CLASSES, sheets[CLASSES], _CLASS_COLUMNS))
    notes = _grouped(sheet_rows(NOTES, sheets[NOTES], _NOTE_COLUMNS), rows)
    examples = _grouped(sheet_rows(EXAMPLES, sheets[EXAMPLES], _EXAMPLE_COLUMNS), rows)
    levels = {code: _level(row, rows) for code, row in rows.items()}
    depth = max(levels.values(), default=0)
    nodes: dict[str, Node] = {}
    for code, row in rows.items():
        boundary = [
            {"when": note["when"], "to": list(split_list(note["to"])), "text": note["text"]}
            for note in notes[code]
        ]
        texts = [example["text"] for example in examples[code]]
        is_leaf = levels[code] == depth
        nodes[code] = _leaf(row, boundary, texts) if is_leaf else _upper(row, boundary)
    for code, row in rows.items():
        if row["parent"]:
            nodes[row["parent"]]["children"].append(nodes[code])
    return [nodes[code] for code, row in rows.items() if not row["parent"]]


def _by_code(rows: Iterable[SheetRow]) -> dict[str, SheetRow]:
    found: dict[str, SheetRow] = {}
    for row in rows:
        code = row["code"]
        if not code or code in found:
            raise row.error("code", f"代码 {code!r} 为空或重复；请改成未用过的代码")
        if code.startswith(".") or any(mark in code for mark in "/\\:"):  # names a file
            raise row.error("code", f"代码 {code!r} 不能含“/”“\\”“:”或以“.”开头；请改正")
        found[code] = row
    return found


def _level(row: SheetRow, rows: Mapping[str, SheetRow]) -> int:
    level, seen = 1, {row["code"]}
    while row["parent"]:
        parent = row["parent"]
        if parent not in rows or parent in seen:
            raise row.error("parent", f"上级 {parent!r} 不在表中，或是它自己的下级；请改正")
        seen.add(parent)
        level, row = level + 1, rows[parent]
    return level


def _grouped(rows: Iterable[SheetRow], known: Mapping[str, SheetRow]) -> dict[str, list[SheetRow]]:
    groups: defaultdict[str, list[SheetRow]] = defaultdict(list)
    for row in rows:
        if row["code"] not in known:
            raise row.error("code", f"代码 {row['code']!r} 不在“{CLASSES}”表中；请改正")
        groups[row["code"]].append(row)
    return groups


def _upper(row: SheetRow, boundary: list[Node]) -> Node:
    for column in (*_PLAIN, *_LISTS):
        if row[column]:
            raise row.error(column, f"上级事项不填这一列，现为 {row[column]!r}；请清空")
    head = {key: row[key] for key in ("code", "name", "definition")}
    return {**head, "boundary": boundary, "children": []}


def _leaf(row: SheetRow, boundary: list[Node], examples: list[str]) -> Node:
    values: Node = {"boundary": boundary, "examples": examples}
    for key in ("code", "name", "definition", *_PLAIN):
        values[key] = row[key]
    for key in _LISTS:
        values[key] = list(split_list(row[key]))
    return {key: values[key] for key in LEAF_KEYS}


def role_sheets(roles: Mapping[str, Mapping[str, Any]]) -> dict[str, Table]:
    """Spread roles, as parsed from their file, over two sheets: roles, and options to choose."""
    table: list[Sequence[str]] = [_ROLE_COLUMNS]
    options: list[Sequence[str]] = [_OPTION_COLUMNS]
    for name, entry in roles.items():
        table.append([name, *(str(entry.get(key, "")) for key in _ROLE_COLUMNS[1:])])
        for option in entry.get("options", ()):
            words = _joined(option["words"], f"roles.yaml: {name}: words")
            options.append([name, option["unit"], words])
    return {ROLES: table, OPTIONS: options}


def roles_of(sheets: Mapping[str, Table]) -> dict[str, dict[str, Any]]:
    """Put roles and their options together again.

    Raises:
        InputError: a name is repeated or an option is of no role; names sheet and cell.
    """
    roles: dict[str, dict[str, Any]] = {}
    for row in sheet_rows(ROLES, sheets[ROLES], _ROLE_COLUMNS):
        if not row["name"] or row["name"] in roles:
            raise row.error("name", f"角色 {row['name']!r} 为空或重复；请改正")
        roles[row["name"]] = {key: row[key] for key in _ROLE_COLUMNS[1:]}
    options: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sheet_rows(OPTIONS, sheets[OPTIONS], _OPTION_COLUMNS):
        if row["name"] not in roles:
            raise row.error("name", f"角色 {row['name']!r} 不在“{ROLES}”表中；请改正")
        option = {"unit": row["unit"], "words": list(split_list(row["words"]))}
        options[row["name"]].append(option)
    return {name: _role_entry(entry, options[name]) for name, entry in roles.items()}


def _role_entry(entry: Mapping[str, str], options: list[dict[str, Any]]) -> dict[str, Any]:
    values = {**entry, "options": options}
    order = ("scope", "default", "options", "outcome", "line", "note")
    return {key: values[key] for key in order if values[key]}
