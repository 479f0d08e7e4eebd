"""Which column of the input holds what, and what the added columns are called."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jiesu.serving.relabel.rows import EXCERPT_CHARS, Entry, Fields, Problem, Value, cell_text
from jiesu.taxonomy.errors import InputError

TIME_COLUMN = "受理时间"
ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": ("工单编号", "id"),
    "text": ("内容", "text"),
    "title": ("标题", "title"),
    "address": ("地址", "address"),
    "time": (TIME_COLUMN, "received_at"),
    "caller": ("来电人", "caller"),
    "channel": ("渠道", "channel"),
}
"""Field → names of its column, as the contract of ticket rows lists them."""

_ROLE_NAMES = {
    "id": "编号",
    "text": "正文",
    "title": "标题",
    "address": "地址",
    "time": "时间",
    "caller": "来电人",
    "channel": "渠道",
}

LABEL_COLUMNS = (
    *("code", "l1", "l2", "l3", "p1", "p2", "p3", "top5", "kind", "tag"),
    *("district", "subdistrict", "community", "place_p", "limit"),
    *("unit_id", "unit", "unit_role", "unit_p", "outcome", "reason"),
    *("model", "taxonomy", "degraded"),
)
NUMBER_COLUMNS = frozenset({"p1", "p2", "p3", "place_p", "unit_p"})
_PREFIX = "jiesu_"


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Where the router's fields are in a row.

    Attributes:
        header: all columns of the input, in order.
        positions: position of each field of `Fields`, in its order; None where there is none.
        max_text_chars: longer texts are not labelled.
    """

    header: tuple[str, ...]
    positions: tuple[int | None, ...]
    max_text_chars: int

    @property
    def text_column(self) -> str:
        """The name of the column with the text."""
        position = self.positions[Fields._fields.index("text")]
        return "" if position is None else self.header[position]

    def entry(self, number: int, values: Sequence[Value] | Mapping[int, Value]) -> Entry:
        """Pick the router's fields from a row, or say why it cannot be labelled."""
        cells = [
            "" if position is None else cell_text(values[position]).replace("\0", " ")
            for position in self.positions
        ]
        fields = Fields(*cells)
        if not fields.text.strip():
            return Problem(number, self.text_column, "正文为空")
        if len(fields.text) > self.max_text_chars:
            wrong = f"正文 {len(fields.text)} 字，超过上限 {self.max_text_chars} 字"
            return Problem(number, self.text_column, wrong, fields.text[:EXCERPT_CHARS])
        return fields


def map_columns(
    header: Sequence[str], named: Mapping[str, str], max_text_chars: int, *, place: str
) -> ColumnMap:
    """Find the column of each field by the name given for it, or else by its usual names.

    Args:
        named: field → column name that the user gave.
        place: the file, for messages.

    Raises:
        InputError: no text column, a named column is not there, or a used column is there twice.
    """
    names = [name.strip().casefold() for name in header]
    found = {role: _find(names, role, named.get(role)) for role in ALIASES}
    for role, position in found.items():
        if position is None and (role == "text" or role in named):
            raise InputError(f"{place}：{_missing(role, named.get(role), header)}")
    _refuse_doubles(names, header, found, place)
    positions = tuple(found[role] for role in Fields._fields)
    return ColumnMap(tuple(header), positions, max_text_chars)


def _find(names: list[str], role: str, wanted: str | None) -> int | None:
    candidates = ALIASES[role] if wanted is None else (wanted,)
    folded = [name.strip().casefold() for name in candidates]
    return next((names.index(name) for name in folded if name in names), None)


def _missing(role: str, wanted: str | None, header: Sequence[str]) -> str:
    what = wanted or "|".join(ALIASES[role])
    columns = "、".join(name or "（空）" for name in header[:40])
    flag = f"--{role}-column"
    return f"没有找到{_ROLE_NAMES[role]}列 {what!r}；现有列：{columns}；请用 {flag} 指定"


def _refuse_doubles(
    names: list[str], header: Sequence[str], found: Mapping[str, int | None], place: str
) -> None:
    for role, position in found.items():
        if position is None or names.count(names[position]) == 1:
            continue
        where = "、".join(str(j + 1) for j, name in enumerate(names) if name == names[position])
        raise InputError(
            f"{place}：{_ROLE_NAMES[role]}列 {header[position]!r} 重复出现（第 {where} 列）；"
            f"请改掉其中的列名，或用 --{role}-column 指定另一列"
        )


def label_names(header: Sequence[str]) -> tuple[str, ...]:
    """Name the added columns; a name that the input has already gets a prefix.

    >>> label_names(["code", "内容"])[:2]
    ('jiesu_code', 'l1')
    """
    taken = set(header)
    names = []
    for name in LABEL_COLUMNS:
        while name in taken:
            name = _PREFIX + name
        names.append(name)
    return tuple(names)


def refuse_equal_names(header: Sequence[str], form: str) -> None:
    """Raise when a format that knows columns by name would lose one of two equal names.

    Raises:
        InputError: a column name appears twice.
    """
    double = [name for name, count in Counter(header).items() if count > 1]
    if double:
        raise InputError(
            f"列名重复：{'、'.join(map(repr, double))}；{form} 不能有同名的列，"
            "请改掉列名，或输出为 CSV、XLSX"
        )
