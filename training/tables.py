"""Rows of labelled files with the line that each came from.

JSONL and CSV in UTF-8 or GB18030 are read here, spreadsheets and Parquet in `table_files`.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from jiesu.taxonomy.errors import InputError
from jiesu.training.table_files import parquet_rows, sheet_rows

TEXT_COLUMNS, TITLE_COLUMNS = ("内容", "text"), ("标题", "title")


@dataclass(frozen=True)
class Record:
    """One row of a file.

    Attributes:
        where: file and line, for messages.
        fields: column → value; values of CSV are text, of JSONL whatever stands there.
    """

    where: str
    fields: Mapping[str, Any]

    def text(self) -> str:
        """Return the text of the row.

        Raises:
            InputError: it is missing, empty or not a text.
        """
        value = self._first(TEXT_COLUMNS)
        if not isinstance(value, str) or not value.strip():
            raise InputError(
                f"{self.where}: 缺少正文（列 {' 或 '.join(TEXT_COLUMNS)}）；请补上或删去这一行"
            )
        return value

    def title(self) -> str:
        """Return the title, empty where there is none."""
        value = self._first(TITLE_COLUMNS)
        return value.strip() if isinstance(value, str) else ""

    def full_text(self) -> str:
        """Join title and text the way tickets do."""
        title, text = self.title(), self.text()
        return f"{title}。{text}" if title else text

    def _first(self, names: tuple[str, ...]) -> object:
        return next((self.fields[name] for name in names if name in self.fields), None)


def read_records(path: Path) -> list[Record]:
    """Read all rows of a JSONL, CSV, XLSX or Parquet file.

    Raises:
        InputError: the file is missing, empty, of another kind or encoding, or a line is broken.
    """
    kind = path.suffix.lower()
    if kind in _TABLES:
        _check_file(path)
        records = [Record(where, fields) for where, fields in _TABLES[kind](path)]
    elif kind in _LINES:
        records = list(_LINES[kind](path, _decoded(path)))
    else:
        known = "、".join((*_LINES, *_TABLES))
        raise InputError(f"{path}: 不支持的文件类型 {path.suffix!r}；请用 {known}")
    if not records:
        raise InputError(f"{path}: 没有数据行；请检查文件")
    return records


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise InputError(f"{path}: 是文件夹，这里要文件")
    if not path.exists():
        raise InputError(f"{path}: 文件不存在；请检查路径")


def _decoded(path: Path) -> str:
    _check_file(path)
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(f"{path}: 编码既不是 UTF-8 也不是 GB18030；请另存为 UTF-8")


def _json_lines(path: Path, text: str) -> Iterator[Record]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}: 第 {number} 行"
        try:
            fields = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise InputError(f"{where}: 不是合法的 JSON（{error}）；请改正这一行") from None
        if not isinstance(fields, dict):
            raise InputError(f'{where}: 应是一个 JSON 对象，如 {{"text": "…"}}；请改正这一行')
        yield Record(where, fields)


def _csv_rows(path: Path, text: str) -> Iterator[Record]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(rows, [])
        for row in rows:
            where = f"{path}: 第 {rows.line_num} 行"
            if len(row) > len(header):
                raise InputError(f"{where}: 有 {len(row)} 格，表头只有 {len(header)} 列；请改正")
            if row:
                yield Record(where, dict(zip(header, row, strict=False)))
    except csv.Error as error:
        raise InputError(f"{path}: 第 {rows.line_num} 行: 不是合法的 CSV（{error}）") from None


_LINES = {".jsonl": _json_lines, ".ndjson": _json_lines, ".csv": _csv_rows}
_TABLES = {".xlsx": sheet_rows, ".xls": sheet_rows, ".parquet": parquet_rows}
