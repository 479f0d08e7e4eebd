"""Open an input file by its suffix, and refuse early what cannot be read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from jiesu.serving.relabel.columns import ColumnMap
from jiesu.serving.relabel.delimited import DelimitedReader
from jiesu.serving.relabel.encodings import input_encoding
from jiesu.serving.relabel.jsonlines import JsonReader
from jiesu.serving.relabel.options import RelabelOptions
from jiesu.serving.relabel.rows import Chunk
from jiesu.taxonomy.errors import InputError

DELIMITED = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
"""Suffix → delimiter of an output."""
JSON_LINES = frozenset({".jsonl", ".ndjson"})
PARQUET = frozenset({".parquet", ".pq"})
_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})

_MAGIC = (
    (b"PK\x03\x04", "ZIP 或 XLSX"),
    (b"\xd0\xcf\x11\xe0", "旧版 Office（XLS）"),
    (b"PAR1", "Parquet"),
    (b"\x1f\x8b", "gzip 压缩文件"),
    (b"%PDF", "PDF"),
)


class Reader(Protocol):
    """An opened input file."""

    @property
    def header(self) -> tuple[str, ...]:
        """Names of all columns, in order."""
        ...

    def chunks(self, size: int, columns: ColumnMap) -> Iterator[Chunk]:
        """Yield all rows in order, from the first, up to `size` at a time."""
        ...

    def fraction(self) -> float:
        """Return how much of the file has been read, in [0, 1]."""
        ...


def open_reader(options: RelabelOptions) -> Reader:
    """Open the input.

    Raises:
        InputError: it is not there, is of no known format, or cannot be read.
    """
    path, suffix = options.input, options.input.suffix.lower()
    if not path.is_file():
        raise InputError(f"找不到输入文件 {path}；请检查路径")
    if path.stat().st_size == 0:
        raise InputError(f"{path.name}：文件是空的（0 字节）")
    if suffix in _WORKBOOKS or suffix in PARQUET:
        return _open_binary(options)
    if suffix not in DELIMITED and suffix not in JSON_LINES:
        raise InputError(
            f"{path.name}：不认识的格式 {suffix!r}；"
            "可以读 .csv .tsv .txt .jsonl .xlsx .xls .ods .parquet"
        )
    _refuse_binary(path)
    encoding = input_encoding(path, options.encoding)
    if suffix in JSON_LINES:
        return JsonReader(path, encoding)
    return DelimitedReader(path, encoding, _delimiter(options.delimiter))


def _delimiter(named: str | None) -> str | None:
    r"""Read a delimiter as a person types it.

    >>> _delimiter(r"\t"), _delimiter("，"), _delimiter(None)
    ('\t', '，', None)
    """
    if named is None:
        return None
    mark = "\t" if named in {r"\t", "tab"} else named
    if len(mark) != 1 or mark in '\r\n"':
        raise InputError(f"--delimiter 应为一个字符（制表符写 tab），不能是 {named!r}")
    return mark


def _open_binary(options: RelabelOptions) -> Reader:
    # These libraries are slow to import and most runs need none of them.
    if options.input.suffix.lower() in PARQUET:
        from jiesu.serving.relabel.parquet import ParquetReader

        return ParquetReader(options.input)
    from jiesu.serving.relabel.workbook import SheetReader

    return SheetReader(options.input, options.sheet)


def _refuse_binary(path: Path) -> None:
    with path.open("rb") as stream:
        head = stream.read(8)
    for magic, name in _MAGIC:
        if head.startswith(magic):
            raise InputError(
                f"{path.name}：后缀是 {path.suffix}，内容却是{name}；请改正后缀，或解压、另存为 CSV"
            )
