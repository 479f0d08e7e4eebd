"""CSV and its kin: read row by row, written back byte for byte with the labels added.

A row that keeps its delimiter and encoding is not parsed and printed again: its own text is
copied, quotes and line ending included.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from jiesu.serving.relabel.columns import ALIASES, ColumnMap
from jiesu.serving.relabel.encodings import TextEncoding, has_unread
from jiesu.serving.relabel.rows import (
    EXCERPT_CHARS,
    Body,
    Chunk,
    Entry,
    LabelRow,
    Problem,
    Value,
    cell_text,
)
from jiesu.serving.relabel.textrows import Lines, parsed_rows, render, text_lines
from jiesu.taxonomy.errors import InputError

_DELIMITERS = (",", "\t", ";", "|")
_SNIFFED_LINES = 50
_OPEN_QUOTE = "引号没有闭合，这一行没有拆成列"


@dataclass(slots=True)
class Record:
    """One row: its own text, the line ending after it, and its cells."""

    number: int
    raw: str
    ending: str
    values: list[str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DelimitedBody:
    """Rows of a delimited file."""

    records: tuple[Record, ...]

    def values(self) -> Sequence[Sequence[Value]]:
        """Return the cells."""
        return [record.values for record in self.records]


class DelimitedReader:
    """A delimited text file with a header row."""

    def __init__(self, path: Path, encoding: TextEncoding, delimiter: str | None = None) -> None:
        self.path = path
        self.encoding = encoding
        self._position = 0
        self._size = max(1, path.stat().st_size)
        self.delimiter = delimiter or self._sniffed()
        with path.open("rb") as stream:
            head = next(self._records(stream), None)
        if head is None:
            raise InputError(f"{path.name}：文件是空的，没有表头")
        if head.problem or has_unread(head.raw):
            wrong = head.problem or f"不能按 {encoding.name} 解码，请用 --encoding 指定正确的编码"
            raise InputError(f"{path.name}：表头读不了：{wrong}")
        self.head = head
        self.header = tuple(head.values)

    def chunks(self, size: int, columns: ColumnMap) -> Iterator[Chunk]:
        """Yield all rows in order, `size` at a time."""
        with self.path.open("rb") as stream:
            records = self._records(stream)
            next(records)  # the header
            while batch := tuple(islice(records, size)):
                self._position = stream.tell()
                entries = tuple(self._entry(record, columns) for record in batch)
                yield Chunk(tuple(r.number for r in batch), entries, DelimitedBody(batch))

    def fraction(self) -> float:
        """Return how much of the file has been read, in [0, 1]."""
        return self._position / self._size

    def _entry(self, record: Record, columns: ColumnMap) -> Entry:
        if record.problem:
            return Problem(record.number, "", record.problem, record.raw[:EXCERPT_CHARS])
        if has_unread(record.raw):
            name = next(
                (n for n, v in zip(self.header, record.values, strict=True) if has_unread(v)), ""
            )
            wrong = f"含有不能按 {self.encoding.name} 解码的字节"
            return Problem(record.number, name, wrong, record.raw[:EXCERPT_CHARS])
        return columns.entry(record.number, record.values)

    def _records(self, stream: BinaryIO) -> Iterator[Record]:
        """Yield the header and then the rows, each as wide as the header.

        A blank line is no row: it goes along with the next one. Only in a file of one column it
        is a row with an empty cell; at the end of the file it is nothing in either case.
        """
        lines = Lines(text_lines(stream, self.encoding, self.path.name))
        width, blank = 0, ""
        pending: list[Record] = []
        for number, (text, values) in enumerate(parsed_rows(lines, self.delimiter), 1):
            record = _record(number, text, values)
            if values == [] and width == 1:
                pending.append(record)
            elif values == []:
                blank += text
            else:
                width = width or len(record.values)
                self._fit(record, width)
                record.raw, blank = blank + record.raw, ""
                yield from [*pending, record]
                pending.clear()

    def _fit(self, record: Record, width: int) -> None:
        """Give a row with too few or too many cells its place in the table; lose nothing."""
        found = len(record.values)
        if found == 0:
            record.problem = _OPEN_QUOTE
            record.values = [record.raw] + [""] * (width - 1)
        elif found < width:
            record.problem = f"列数不对：应有 {width} 列，实有 {found} 列"
            record.raw += self.delimiter * (width - found)
            record.values += [""] * (width - found)
        elif found > width:
            record.problem = f"列数不对：应有 {width} 列，实有 {found} 列，多出的并入最后一列"
            record.values[width - 1 :] = [self.delimiter.join(record.values[width - 1 :])]
        if found == 0 or found > width:
            record.raw = render([record.values], self.delimiter)[0]

    def _sniffed(self) -> str:
        """Choose the delimiter under which the header names a text column and rows agree."""
        with self.path.open("rb") as stream:
            lines = list(islice(text_lines(stream, self.encoding, self.path.name), _SNIFFED_LINES))
        return max(_DELIMITERS, key=lambda delimiter: _agreement(lines, delimiter))


def _record(number: int, text: str, values: list[str] | None) -> Record:
    raw = text.rstrip("\r\n")
    return Record(number, raw, text[len(raw) :], [""] if values == [] else values or [])


def _agreement(lines: list[str], delimiter: str) -> tuple[bool, int, int]:
    rows = [row for row in csv.reader(lines, delimiter=delimiter) if row] or [[]]
    names = {name.strip().casefold() for name in rows[0]}
    equal = sum(len(row) == len(rows[0]) for row in rows) if len(rows[0]) > 1 else 0
    return not names.isdisjoint(ALIASES["text"]), equal, len(rows[0])


class DelimitedEncoder:
    """Rows with their labels → bytes of a delimited file."""

    def __init__(
        self,
        header: Sequence[str],
        labels: Sequence[str],
        encoding: TextEncoding,
        *,
        delimiter: str,
        source: DelimitedReader | None,
    ) -> None:
        self._encoding = encoding
        self._delimiter = delimiter
        self._source = source if source and source.delimiter == delimiter else None
        self._own = source is not None and source.encoding.codec == encoding.codec
        self._header = [*header, *labels]
        self._labels = labels
        self._ending = (source.head.ending if source else "") or "\n"

    def prologue(self) -> bytes:
        """Return the header row."""
        if self._source:
            added = render([self._labels], self._delimiter)[0]
            line = f"{self._source.head.raw}{self._delimiter}{added}"
        else:
            line = render([self._header], self._delimiter)[0]
        return self._encoding.bom + self._bytes(line + self._ending)

    def encode(self, body: Body, labels: Sequence[LabelRow]) -> bytes:
        """Return the rows of a chunk."""
        added = render(labels, self._delimiter)
        if self._source and isinstance(body, DelimitedBody):
            records = body.records
            return self._bytes(
                "".join(
                    f"{record.raw}{self._delimiter}{line}{record.ending or self._ending}"
                    for record, line in zip(records, added, strict=True)
                )
            )
        cells = render([[cell_text(v) for v in row] for row in body.values()], self._delimiter)
        return self._bytes(
            "".join(
                f"{line}{self._delimiter}{more}{self._ending}"
                for line, more in zip(cells, added, strict=True)
            )
        )

    def finish(self, spool: Path, out: Path) -> None:
        """Give the complete file its name."""
        spool.replace(out)

    def _bytes(self, text: str) -> bytes:
        return self._encoding.encode(text) if self._own else self._encoding.encode_foreign(text)
