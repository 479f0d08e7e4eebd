"""Spreadsheets: read with calamine, written as XLSX with xlsxwriter.

calamine holds the whole sheet in memory, about 1.3 bytes for each byte of the sheet's XML
(200,000 rows with 106 MB of XML took 132 MB), so a sheet that is too big is refused before it is
opened. An XLSX file cannot be appended to: rows wait in a spool file of JSON lines until all are
there, which is also what makes the run resumable.
"""

import math
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import xlsxwriter
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from jiesu.serving.relabel.columns import ColumnMap
from jiesu.serving.relabel.encodings import show_unread
from jiesu.serving.relabel.rows import (
    EXCERPT_CHARS,
    Body,
    Chunk,
    LabelRow,
    Problem,
    Value,
    cell_text,
)
from jiesu.taxonomy.errors import InputError

MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
MAX_CELL_CHARS = 32_767
"""Source: Excel specifications and limits, which XLSX readers of other makers share."""

MAX_SHEET_BYTES = 400 << 20
_MAX_DIGITS = 15
"""A spreadsheet keeps 15 digits of a number; longer ones are written as text."""

_FIRST_YEAR = 1900
"""A spreadsheet counts days from here; earlier dates are written as text."""

_CUT = f"单元格 {{}} 字，XLSX 最多 {MAX_CELL_CHARS} 字，已截断"
_SHEET_NAME = "标注结果"
_Moment = datetime | date | time
_MOMENTS: dict[str, tuple[type[_Moment], str]] = {
    "datetime": (datetime, "yyyy-mm-dd hh:mm:ss"),
    "date": (date, "yyyy-mm-dd"),
    "time": (time, "hh:mm:ss"),
}
_LENGTH = "seconds"
_LENGTH_FORMAT = "[h]:mm:ss"


@dataclass(frozen=True, slots=True)
class SheetBody:
    """Rows of a sheet."""

    rows: tuple[list[Value], ...]

    def values(self) -> Sequence[Sequence[Value]]:
        """Return the cells."""
        return self.rows


class SheetReader:
    """The first sheet that has rows, or the named one; its first row is the header."""

    def __init__(
        self, path: Path, sheet: str | None = None, max_bytes: int = MAX_SHEET_BYTES
    ) -> None:
        self.path = path
        _refuse_huge(path, max_bytes)
        self._sheet = _opened(path, sheet)
        head = next(self._sheet.iter_rows(), None)
        if head is None:
            raise InputError(f"{path.name}：工作表 {self._sheet.name!r} 是空的，没有表头")
        self.header = tuple(cell_text(cell) for cell in head)
        self._read = 0

    def chunks(self, size: int, columns: ColumnMap) -> Iterator[Chunk]:
        """Yield all rows in order, `size` at a time."""
        self._read = 0
        start = self._sheet.start
        first = (start[0] if start else 0) + 2
        rows = _without_empty_end(islice(self._sheet.iter_rows(), 1, None))
        while batch := tuple(islice(rows, size)):
            numbers = tuple(range(first + self._read, first + self._read + len(batch)))
            self._read += len(batch)
            entries = tuple(columns.entry(n, row) for n, row in zip(numbers, batch, strict=True))
            yield Chunk(numbers, entries, SheetBody(batch))

    def fraction(self) -> float:
        """Return how much of the sheet has been read, in [0, 1]."""
        return min(1.0, (self._read + 1) / max(1, self._sheet.height))


def _without_empty_end(rows: Iterator[list[Value]]) -> Iterator[list[Value]]:
    """Drop empty rows at the end: formatted cells that never held anything."""
    empty: list[list[Value]] = []
    for row in rows:
        if all(cell == "" for cell in row):
            empty.append(row)
            continue
        yield from empty
        empty.clear()
        yield row


def _opened(path: Path, sheet: str | None) -> CalamineSheet:
    try:
        book = CalamineWorkbook.from_path(path)
        if sheet is not None and sheet not in book.sheet_names:
            names = "、".join(book.sheet_names)
            raise InputError(f"{path.name}：没有工作表 {sheet!r}；现有工作表：{names}")
        wanted = [sheet] if sheet is not None else book.sheet_names
        sheets = (book.get_sheet_by_name(name) for name in wanted)
        return next((s for s in sheets if s.height), book.get_sheet_by_name(wanted[0]))
    except CalamineError as error:
        raise InputError(
            f"{path.name}：打不开这个表格文件（{error}）；请另存为 XLSX 或 CSV"
        ) from None


def _refuse_huge(path: Path, max_bytes: int) -> None:
    if not zipfile.is_zipfile(path):
        return  # an old XLS holds 65,536 rows at most
    with zipfile.ZipFile(path) as parts:
        size = max((part.file_size for part in parts.infolist()), default=0)
    if size > max_bytes:
        raise InputError(
            f"{path.name}：工作表展开后有 {size >> 20} MB，超过 {max_bytes >> 20} MB，"
            "不能整张读入内存；请另存为 CSV 再标注"
        )


class SheetEncoder:
    """Rows with their labels → a spool of JSON lines, and that → XLSX."""

    def __init__(self, header: Sequence[str], labels: Sequence[str]) -> None:
        if len(header) + len(labels) > MAX_COLUMNS:
            raise InputError(f"XLSX 最多 {MAX_COLUMNS} 列，现有 {len(header)} 列；请输出为 CSV")
        self._header = [*header, *labels]
        self._labels = len(labels)

    def prologue(self) -> bytes:
        """Return what stands before the first row."""
        return b""

    def encode(self, body: Body, labels: Sequence[LabelRow]) -> bytes:
        """Return the spool lines of a chunk."""
        rows = zip(body.values(), labels, strict=True)
        return b"".join(
            orjson.dumps(
                [*map(_spooled, row), *added], option=orjson.OPT_APPEND_NEWLINE, default=str
            )
            for row, added in rows
        )

    def finish(self, spool: Path, out: Path) -> None:
        """Write the workbook from the spool; it gets its name when it is complete."""
        unfinished = out.with_name(f"{out.name}.tmp")
        self._write_book(spool, unfinished)
        unfinished.replace(out)
        spool.unlink()

    def _write_book(self, spool: Path, out: Path) -> None:
        options = {"constant_memory": True, "strings_to_urls": False}
        with xlsxwriter.Workbook(str(out), options) as book, spool.open("rb") as lines:
            sheet = book.add_worksheet(_SHEET_NAME)
            formats = {
                name: book.add_format({"num_format": form}) for name, (_, form) in _MOMENTS.items()
            }
            formats[_LENGTH] = book.add_format({"num_format": _LENGTH_FORMAT})
            self._write_header(sheet, book.add_format({"bold": True, "bg_color": "#DCE6F2"}))
            for number, line in enumerate(lines, 1):
                for column, cell in enumerate(orjson.loads(line)):
                    _write_cell(sheet, (number, column), cell, formats)

    def _write_header(self, sheet: Worksheet, bold: Format) -> None:
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(self._header) - 1, 14)
        for column, name in enumerate(self._header):
            sheet.write_string(0, column, name[:MAX_CELL_CHARS], bold)


def too_long_cells(chunk: Chunk, header: Sequence[str]) -> list[Problem]:
    """List the cells that XLSX has to cut."""
    return [
        Problem(number, name, _CUT.format(len(cell)), cell[:EXCERPT_CHARS], True)
        for number, row in zip(chunk.numbers, chunk.body.values(), strict=True)
        for name, cell in zip(header, row, strict=True)
        if isinstance(cell, str) and len(cell) > MAX_CELL_CHARS
    ]


def refuse_too_many_rows(rows: int) -> None:
    """Raise when a sheet cannot hold the rows and a header.

    Raises:
        InputError: too many rows.
    """
    if rows >= MAX_ROWS:
        raise InputError(
            f"XLSX 最多 {MAX_ROWS:,} 行（含表头），输入有 {rows:,} 行或更多；"
            "请把输出文件改为 .csv 或 .parquet"
        )


def _spooled(cell: Value) -> Any:  # Any: JSON
    """Turn a cell into JSON that tells dates from texts.

    >>> [_spooled(cell) for cell in (date(2026, 1, 2), date(1899, 1, 1), 1234567890123456789)]
    [{'date': '2026-01-02'}, '1899-01-01', '1234567890123456789']
    """
    if isinstance(cell, str):
        return show_unread(cell)
    if isinstance(cell, bool) or cell is None:
        return cell
    if isinstance(cell, int):
        return cell if abs(cell) < 10**_MAX_DIGITS else str(cell)
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else str(cell)
    if isinstance(cell, datetime | date | time):
        name = type(cell).__name__
        writable = getattr(cell, "year", _FIRST_YEAR) >= _FIRST_YEAR
        return {name: cell.isoformat()} if writable and name in _MOMENTS else cell_text(cell)
    return {_LENGTH: cell.total_seconds()} if isinstance(cell, timedelta) else cell_text(cell)


def _write_cell(
    sheet: Worksheet,
    at: tuple[int, int],
    cell: Any,
    formats: Mapping[str, Format],  # Any: JSON
) -> None:
    """Write a cell by its type: a text that looks like a number or a formula stays a text."""
    if isinstance(cell, dict):
        ((name, said),) = cell.items()
        sheet.write_datetime(*at, _moment(name, said), formats[name])
    elif isinstance(cell, bool):
        sheet.write_boolean(*at, cell)
    elif isinstance(cell, int | float):
        sheet.write_number(*at, cell)
    elif cell:
        sheet.write_string(*at, cell[:MAX_CELL_CHARS])


def _moment(name: str, said: Any) -> _Moment | timedelta:  # Any: JSON
    if name == _LENGTH:
        return timedelta(seconds=said)
    moment = _MOMENTS[name][0].fromisoformat(said)
    if isinstance(moment, datetime | time):
        return moment.replace(tzinfo=None)  # a spreadsheet knows no zones
    return moment
