"""Checks of the class files: shape of each class, and what classes say of each other."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from jiesu.taxonomy.city import City
from jiesu.taxonomy.classes import LEAF_KEYS, UPPER_KEYS, Node, read_nodes, render_class, walk
from jiesu.taxonomy.ticket import KINDS
from jiesu.taxonomy.tree import Label

_TEXTS = ("code", "name", "definition", "unit", "limit", "tag")
_LISTS = ("keywords", "kinds", "co_units", "examples")


def shape_problems(folder: Path) -> Iterator[str]:
    """Yield classes with missing, unknown or wrongly typed keys."""
    for file, root in read_nodes(folder):
        for node, parent, _ in walk(root):
            where = f"{file}: {node.get('code') or f'{parent} 之下'}"
            yield from (f"{where}: {problem}" for problem in _misshapen(node))


def _misshapen(node: Node) -> Iterator[str]:
    keys = UPPER_KEYS if "children" in node else LEAF_KEYS
    for key in keys:
        if key not in node:
            yield f"{key}: 缺少；请补上"
    for key in node.keys() - set(keys):
        yield f"{key}: 不认识的键；请改正或删去"
    for key in _TEXTS:
        if key in node and not isinstance(node[key], str):
            yield f"{key}: 应是文字，现为 {node[key]!r}；请加引号"
    for key in _LISTS:
        if key in node and not _is_texts(node[key]):
            yield f"{key}: 应是文字的列表，现为 {node[key]!r}；请改正"
    for number, note in enumerate(node.get("boundary", ()), start=1):
        if not _is_note(note):
            yield f"boundary 第 {number} 条: 应有 when、to、text，现为 {note!r}；请改正"


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_note(note: object) -> bool:
    return (
        isinstance(note, dict)
        and note.keys() == {"when", "to", "text"}
        and isinstance(note["when"], str)
        and isinstance(note["text"], str)
        and _is_texts(note["to"])
    )


def class_problems(city: City) -> Iterator[str]:
    """Yield wrong counts, codes, names, references, values and repeated texts of all classes."""
    placed = list(_placed(city.folder))
    yield from _repeated_codes(placed)
    yield from _wrong_counts(city)
    files = {node["code"]: file for file, node, _ in placed}
    for label in city.tree.labels.values():
        where = f"{files[label.code]}: {label.code}"
        checks = (_own_code(label, city, files[label.code]), _values(label, city))
        for check in checks:
            yield from (f"{where}: {problem}" for problem in check)
    yield from _repeated_texts(city, files)


def _placed(folder: Path) -> Iterator[tuple[str, Node, str | None]]:
    for file, root in read_nodes(folder):
        for node, parent, _ in walk(root):
            yield file, node, parent


def _repeated_codes(placed: Iterable[tuple[str, Node, str | None]]) -> Iterator[str]:
    first: dict[str, str] = {}
    for file, node, _ in placed:
        code = node["code"]
        if code in first:
            yield f"{file}: {code}: code: 与 {first[code]} 中的代码重复；请改成未用过的代码"
        first.setdefault(code, file)


def _wrong_counts(city: City) -> Iterator[str]:
    stated = city.settings["taxonomy"]["levels"]
    counted = Counter(label.level for label in city.tree.labels.values())
    for level in range(1, max(len(stated), city.tree.depth) + 1):
        expected = stated[level - 1] if level <= len(stated) else 0
        if counted[level] != expected:
            yield (
                f"city.yaml: taxonomy.levels: 写明第 {level} 级有 {expected} 个事项，"
                f"实有 {counted[level]} 个；请补齐事项或改正数目"
            )


def _own_code(label: Label, city: City, file: str) -> Iterator[str]:
    digits = city.settings["taxonomy"]["code_digits"]
    if not label.code.isdecimal() or len(label.code) != digits * label.level:
        yield f"code: {label.code!r} 应是 {digits * label.level} 位数字；请改正"
    if label.parent is not None and not label.code.startswith(label.parent):
        yield f"code: {label.code!r} 不以上级代码 {label.parent!r} 开头；请改代码或移到别处"
    if label.parent is None and file != f"taxonomy/{label.code}.json":
        yield f"code: {label.code!r} 与文件名不符；请改成 taxonomy/{label.code}.json"


def _values(label: Label, city: City) -> Iterator[str]:
    if not label.name or not label.definition:
        yield f"name、definition: 不能为空（name 为 {label.name!r}）；请补上"
    yield from _boundary(label, city)
    if label.level == city.tree.depth:
        yield from _leaf_values(label, city)
    elif label.code in city.tree.leaf_index:
        yield f"children: 为空，但不在最末一级（第 {city.tree.depth} 级）；请补上下级事项"


def _boundary(label: Label, city: City) -> Iterator[str]:
    for number, note in enumerate(label.boundary, start=1):
        for code in note.to:
            if code not in city.tree.labels:
                yield f"boundary 第 {number} 条: to {code!r} 不是事项代码；请改正或删去"
            elif code == label.code:
                yield f"boundary 第 {number} 条: to {code!r} 是它自己；请改正或删去"


def _leaf_values(label: Label, city: City) -> Iterator[str]:
    rules = city.settings["taxonomy"]
    for key, value, allowed in (
        ("limit", label.limit, rules["limits"]),
        ("tag", label.tag, rules["tags"]),
        *(("kinds", kind, KINDS) for kind in label.kinds),
    ):
        if value not in allowed:
            yield f"{key}: {value!r} 不在 {'、'.join(allowed)} 之中；请改正"
    for key, role in (("unit", label.unit_role), *(("co_units", role) for role in label.co_roles)):
        if role not in city.roles:
            yield f"{key}: 承办角色 {role!r} 不在 roles.yaml 中；请补上或改正"
    if label.unit_role in label.co_roles:
        yield f"co_units: {label.unit_role!r} 已是主办；请删去"
    if len(label.examples) != rules["examples"]:
        yield f"examples: 应有 {rules['examples']} 篇，实有 {len(label.examples)} 篇；请补齐"
    yield from _lists(label)


def _lists(label: Label) -> Iterator[str]:
    for key, values in (
        ("keywords", label.keywords),
        ("kinds", label.kinds),
        ("co_units", label.co_roles),
    ):
        if key != "co_units" and not values:
            yield f"{key}: 不能为空；请补上"
        for value in _more_than_once(values):
            yield f"{key}: {value!r} 重复；请删去一个"


def _repeated_texts(city: City, files: dict[str, str]) -> Iterator[str]:
    for level in range(1, city.tree.depth + 1):
        labels = city.tree.on_level(level)
        named = ((label.name, label.code) for label in labels)
        yield from _repeated(named, "name", "请改成能区分的名称", files)
    examples = (
        (text, label.code) for label in city.tree.labels.values() for text in label.examples
    )
    yield from _repeated(examples, "examples", "请改写其中一篇", files)


def _repeated(
    texts: Iterable[tuple[str, str]], key: str, remedy: str, files: dict[str, str]
) -> Iterator[str]:
    holders: defaultdict[str, list[str]] = defaultdict(list)
    for text, code in texts:
        holders[text].append(code)
    for text, codes in holders.items():
        if len(codes) > 1:
            where = f"{files[codes[1]]}: {codes[1]}: {key}"
            yield f"{where}: {text[:20]!r} 与 {codes[0]} 相同；{remedy}"


def class_warnings(city: City) -> Iterator[str]:
    """Yield files not in the usual form and the number of notes that lead nowhere."""
    for file, root in read_nodes(city.folder):
        if render_class(root) != (city.folder / file).read_text(encoding="utf-8"):
            yield f"{file}: 排版与导出的不同；导出再导入一次即可统一"
    nowhere = sum(not note.to for label in city.tree.labels.values() for note in label.boundary)
    if nowhere:
        yield f"taxonomy: boundary: {nowhere} 条边界说明没有写去向（to 为空）；只供人读"


def _more_than_once(values: Sequence[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]
