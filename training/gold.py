"""Gold rows: real texts with the answers that people judged right.

In JSONL several answers are a list; in tables, whose cells are text, they are set apart by "|".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.ticket import KINDS, Ticket
from jiesu.taxonomy.tree import LabelTree
from jiesu.training.corpus import PATH_MARK, LabelColumns, label_path
from jiesu.training.history import split_cell
from jiesu.training.tables import Record, read_records

PLACE_PARTS = ("district", "subdistrict", "community")
_FLAGS = {"true": True, "是": True, "1": True, "false": False, "否": False, "0": False}


@dataclass(frozen=True)
class GoldRow:
    """One text with what is right for it; None where nobody judged.

    Attributes:
        codes: acceptable leaf codes, best first, never empty.
        units: acceptable unit roles or names.
        kinds: acceptable request kinds.
        danger: whether somebody is in danger now.
        place: part of the place → its name, None where the text names none; only judged parts.
    """

    ticket: Ticket
    codes: tuple[str, ...]
    units: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    danger: bool | None = None
    place: Mapping[str, str | None] | None = None


def read_gold(path: Path, tree: LabelTree, labels: LabelColumns | None) -> list[GoldRow]:
    """Read gold rows.

    Args:
        labels: where the class stands for a label set of one's own, of whose rows nothing else is
            judged; None for `codes` of a city.

    Raises:
        InputError: a line is broken, has no text, or names a class that the tree does not have.
    """
    return [_gold_row(record, number, tree, labels) for number, record in enumerate(
        read_records(path), start=1
    )]  # fmt: skip


def _gold_row(record: Record, number: int, tree: LabelTree, labels: LabelColumns | None) -> GoldRow:
    fields = record.fields
    given = fields.get("id")
    ticket = Ticket(str(number if given is None else given), record.text(), record.title())
    if labels is not None:
        return GoldRow(ticket, _label(record, tree, labels))
    return GoldRow(
        ticket=ticket,
        codes=_codes(record, tree),
        units=_texts(record, "units"),
        kinds=_kinds(record),
        danger=_flag(record, "danger"),
        place=_place(record),
    )


def _codes(record: Record, tree: LabelTree) -> tuple[str, ...]:
    codes = _texts(record, "codes")
    if not codes:
        raise InputError(
            f'{record.where}: codes: 缺少事项代码；请写成列表，如 ["030105"]，'
            "表格里几个代码用 | 隔开"
        )
    for code in codes:
        if code not in tree.leaf_index:
            known = "不是最低一级的事项" if code in tree.labels else "不在分类体系"
            raise InputError(
                f"{record.where}: codes: 代码 {code!r} {known} {tree.version}；"
                "请改正代码，或用 --city 指明对应的城市"
            )
    return codes


def _label(record: Record, tree: LabelTree, labels: LabelColumns) -> tuple[str, ...]:
    code = PATH_MARK.join(label_path(record, labels))
    if code not in tree.leaf_index:
        raise InputError(
            f"{record.where}: {'、'.join(labels.columns)}: 标签 {code!r} 在训练数据里没有出现过；"
            "请改正标签，或加上这类数据重新训练"
        )
    return (code,)


def _texts(record: Record, key: str) -> tuple[str, ...] | None:
    """Return the texts of a list or a cell; None where there are none or the cell is empty."""
    value = record.fields.get(key)
    if value is None:
        return None
    if isinstance(value, str):
        return split_cell(value) or None
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise InputError(
            f"{record.where}: {key}: 应是文字的列表，或用 | 隔开的文字，而不是 {value!r}；请改正"
        )
    return tuple(value)


def _kinds(record: Record) -> tuple[str, ...] | None:
    kinds = _texts(record, "kinds") or _texts(record, "kind")
    unknown = set(kinds or ()) - set(KINDS)
    if unknown:
        raise InputError(
            f"{record.where}: kind: 没有诉求类型 {'、'.join(sorted(unknown))}；"
            f"应为 {'、'.join(KINDS)} 之一"
        )
    return kinds


def _flag(record: Record, key: str) -> bool | None:
    value: Any = record.fields.get(key)  # Any: JSON
    text = "" if value is None else str(value).strip().casefold()
    if text and text not in _FLAGS:
        raise InputError(
            f"{record.where}: {key}: 应是 true 或 false（表格里也可写 是、否、1、0），"
            f"而不是 {value!r}；请改正"
        )
    return _FLAGS.get(text)


def _place(record: Record) -> Mapping[str, str | None] | None:
    place: dict[str, str | None] = {}
    for part in PLACE_PARTS:
        if part in record.fields:
            value = record.fields[part]
            if value is not None and not isinstance(value, str):
                raise InputError(f"{record.where}: {part}: 应是地名，而不是 {value!r}；请改正")
            place[part] = value or None
    return place or None
