"""JSON Lines: one object a line, written back with the labels added before its last brace."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from jiesu.serving.relabel.columns import LABEL_COLUMNS, ColumnMap
from jiesu.serving.relabel.encodings import TextEncoding, has_unread, show_unread
from jiesu.serving.relabel.rows import (
    EXCERPT_CHARS,
    Body,
    Chunk,
    Entry,
    LabelRow,
    Problem,
    Value,
    json_text,
)
from jiesu.serving.relabel.textrows import text_lines
from jiesu.taxonomy.errors import InputError

RAW_COLUMN = "jiesu_raw"
"""Holds the text of a line that is no JSON object, where the output has no place for it."""

_TOP = LABEL_COLUMNS.index("top5")
_BROKEN = "不是有效的 JSON 对象"


@dataclass(frozen=True, slots=True)
class JsonLine:
    """One line without its ending; `cells` is None when it is no JSON object."""

    number: int
    raw: str
    cells: dict[str, Value] | None


@dataclass(frozen=True, slots=True)
class JsonBody:
    """Lines of a JSON Lines file, with the names of all columns of the file."""

    header: tuple[str, ...]
    lines: tuple[JsonLine, ...]

    def values(self) -> Sequence[Sequence[Value]]:
        """Return the cells; None where a line lacks the key."""
        return [
            [(line.cells or {RAW_COLUMN: line.raw}).get(name) for name in self.header]
            for line in self.lines
        ]


class JsonReader:
    """A JSON Lines file; its header is the keys of all lines in order of appearance.

    Attributes:
        types: column → the one type of its values (int, float, bool), or str for all else.
    """

    types: dict[str, type]

    def __init__(self, path: Path, encoding: TextEncoding) -> None:
        self.path = path
        self.encoding = encoding
        self._size = max(1, path.stat().st_size)
        self._position = 0
        self.header = self._survey()

    def chunks(self, size: int, columns: ColumnMap) -> Iterator[Chunk]:
        """Yield all rows in order, `size` at a time."""
        lines = self._lines()
        while batch := tuple(islice(lines, size)):
            body = JsonBody(self.header, batch)
            entries = tuple(
                self._entry(line, values, columns)
                for line, values in zip(batch, body.values(), strict=True)
            )
            yield Chunk(tuple(line.number for line in batch), entries, body)

    def fraction(self) -> float:
        """Return how much of the file has been read, in [0, 1]."""
        return self._position / self._size

    def _survey(self) -> tuple[str, ...]:
        """Read the whole file once: a column may first appear in the last line."""
        names: dict[str, set[type]] = {}
        broken = found = 0
        for line in self._lines():
            found += 1
            broken += line.cells is None
            if has_unread(line.raw):
                continue  # a name might be among what could not be read
            for name, value in (line.cells or {}).items():
                names.setdefault(name, set()).add(_kind(value))
        if found == 0:
            raise InputError(f"{self.path.name}：文件是空的")
        if broken == found:
            raise InputError(
                f"{self.path.name}：没有一行是 JSON 对象；每行应是一个形如 "
                '{"id": "1", "text": "…"} 的对象'
            )
        self.types = {name: _column_type(types) for name, types in names.items()}
        return (*names, RAW_COLUMN) if broken else tuple(names)

    def _lines(self) -> Iterator[JsonLine]:
        with self.path.open("rb") as stream:
            for number, text in enumerate(text_lines(stream, self.encoding, self.path.name), 1):
                self._position = stream.tell()
                raw = text.strip()
                if raw:
                    yield JsonLine(number, raw, _object(raw))

    def _entry(self, line: JsonLine, values: Sequence[Value], columns: ColumnMap) -> Entry:
        if has_unread(line.raw):
            wrong = f"含有不能按 {self.encoding.name} 解码的字节"
            return Problem(line.number, "", wrong, line.raw[:EXCERPT_CHARS])
        if line.cells is None:
            return Problem(line.number, "", _BROKEN, line.raw[:EXCERPT_CHARS])
        return columns.entry(line.number, values)


def _kind(value: Value) -> type:
    fits = not isinstance(value, int) or -(2**63) <= value < 2**63
    return type(value) if fits else str


def _column_type(found: set[type]) -> type:
    """Name the type that holds all values of a column.

    >>> _column_type({int, float, type(None)}).__name__, _column_type({int, str}).__name__
    ('float', 'str')
    """
    kinds = found - {type(None)}
    if kinds == {int, float}:
        return float
    return kinds.pop() if len(kinds) == 1 and kinds <= {int, float, bool} else str


def _object(text: str) -> dict[str, Value] | None:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = _lenient(text)
    return found if isinstance(found, dict) else None


def _lenient(text: str) -> Any:  # Any: JSON
    """Read what orjson refuses and other tools write: NaN, and unreadable bytes in a string."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


class JsonEncoder:
    """Rows with their labels → bytes of a JSON Lines file."""

    def __init__(
        self,
        header: Sequence[str],
        labels: Sequence[str],
        encoding: TextEncoding,
        *,
        source: JsonReader | None,
    ) -> None:
        self._header = header
        self._labels = labels
        self._encoding = encoding
        self._own = source is not None and source.encoding.codec == encoding.codec

    def prologue(self) -> bytes:
        """Return what stands before the first row."""
        return self._encoding.bom

    def encode(self, body: Body, labels: Sequence[LabelRow]) -> bytes:
        """Return the rows of a chunk."""
        heads = self._own_heads(body) if isinstance(body, JsonBody) else self._heads(body)
        rows = zip(heads, labels, strict=True)
        return self._bytes("".join(f"{head}{self._tail(row)}\n" for head, row in rows))

    def _own_heads(self, body: JsonBody) -> list[str]:
        return [
            _open_object(line.raw if line.cells is not None else _wrapped(line.raw))
            for line in body.lines
        ]

    def _heads(self, body: Body) -> list[str]:
        rows = (dict(zip(self._header, row, strict=True)) for row in body.values())
        return [_open_object(json_text(row)) for row in rows]

    def _tail(self, row: LabelRow) -> str:
        cells: dict[str, object] = dict(zip(self._labels, row, strict=True))
        top = row[_TOP]
        if isinstance(top, str):
            cells[self._labels[_TOP]] = orjson.Fragment(top)
        return orjson.dumps(cells).decode()[1:]

    def finish(self, spool: Path, out: Path) -> None:
        """Give the complete file its name."""
        spool.replace(out)

    def _bytes(self, text: str) -> bytes:
        return self._encoding.encode(text) if self._own else self._encoding.encode_foreign(text)


def _open_object(text: str) -> str:
    """Take the last brace off, so that more keys can follow.

    >>> _open_object('{"a": 1}'), _open_object("{ }")
    ('{"a": 1,', '{')
    """
    inside = text[:-1].rstrip()
    return inside if inside == "{" else f"{inside},"


def _wrapped(text: str) -> str:
    return json_text({RAW_COLUMN: show_unread(text)})
