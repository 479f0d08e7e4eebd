"""Parquet: columns that the router does not read pass through as they are, types included.

A Parquet file cannot be appended to: chunks wait in a spool of Arrow streams, each with its
length before it, and become the file when all are there.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import read_ipc_stream, read_parquet, write_ipc_stream, write_parquet

from jiesu.serving.relabel.columns import LABEL_COLUMNS, NUMBER_COLUMNS, ColumnMap
from jiesu.serving.relabel.encodings import show_unread
from jiesu.serving.relabel.rows import Body, Chunk, LabelRow, Value, cell_text
from jiesu.taxonomy.errors import InputError

_MAGIC = b"PAR1"
_ARROW_TYPES = {
    str: DataType.string(),
    int: DataType.int64(),
    float: DataType.float64(),
    bool: DataType.bool(),
}
_LENGTH_BYTES = 8
_GROUP_ROWS = 50_000
"""Rows that the writer holds in memory before it writes them."""


@dataclass(frozen=True, slots=True)
class ArrowBody:
    """Rows of a Parquet file as columns."""

    batch: RecordBatch

    def values(self) -> Sequence[Sequence[Value]]:
        """Return the cells."""
        columns = [column.to_pylist() for column in self.batch.columns]
        return list(zip(*columns, strict=True)) if columns else [()] * self.batch.num_rows


class ParquetReader:
    """A Parquet file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        _refuse_other_files(path)
        reader = _opened(path, _GROUP_ROWS)
        self.schema = reader.schema
        self.header = tuple(self.schema.names)
        # The library tells no row count without reading; reading also finds damage early.
        self._rows: int = sum(batch.num_rows for batch in _batches(path, reader))
        self._read = 0

    def chunks(self, size: int, columns: ColumnMap) -> Iterator[Chunk]:
        """Yield all rows in order, up to `size` at a time: a chunk ends with its row group."""
        self._read = 0
        used = [position for position in columns.positions if position is not None]
        for batch in _batches(self.path, _opened(self.path, size)):
            cells = {position: batch.column(position).to_pylist() for position in used}
            first = self._read + 2
            self._read += batch.num_rows
            numbers = tuple(range(first, first + batch.num_rows))
            entries = tuple(
                columns.entry(number, {position: cells[position][i] for position in used})
                for i, number in enumerate(numbers)
            )
            yield Chunk(numbers, entries, ArrowBody(batch))

    def fraction(self) -> float:
        """Return how much of the file has been read, in [0, 1]."""
        return self._read / max(1, self._rows)


def _refuse_other_files(path: Path) -> None:
    content = path.stat().st_size
    with path.open("rb") as stream:
        first = stream.read(len(_MAGIC))
        stream.seek(max(0, content - len(_MAGIC)))
        last = stream.read()
    if (first, last) != (_MAGIC, _MAGIC):
        raise InputError(f"{path.name}：不是完整的 Parquet 文件（首尾没有 PAR1 标记）；请检查文件")


def _opened(path: Path, size: int) -> RecordBatchReader:
    with _damage_told(path):
        return read_parquet(path, batch_size=size)


def _batches(path: Path, reader: RecordBatchReader) -> Iterator[RecordBatch]:
    with _damage_told(path):
        yield from reader


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        # arro3 panics on a broken footer, and a panic is no Exception; its class has no import.
        if type(error).__name__ not in {"PanicException", "ArrowException", "Exception"}:
            raise
        raise InputError(f"{path.name}：Parquet 文件已损坏（{error}）") from None


class ParquetEncoder:
    """Rows with their labels → a spool of Arrow streams, and that → Parquet."""

    def __init__(
        self,
        header: Sequence[str],
        labels: Sequence[str],
        *,
        source: ParquetReader | None,
        types: Mapping[str, type],
    ) -> None:
        given = (
            list(source.schema)
            if source
            else [Field(name, _ARROW_TYPES[types.get(name, str)]) for name in header]
        )
        added = [
            Field(name, DataType.float64() if column in NUMBER_COLUMNS else DataType.string())
            for name, column in zip(labels, LABEL_COLUMNS, strict=True)
        ]
        self._width = len(header)
        self._schema = Schema([*given, *added])

    def prologue(self) -> bytes:
        """Return what stands before the first row."""
        return b""

    def encode(self, body: Body, labels: Sequence[LabelRow]) -> bytes:
        """Return the spooled stream of a chunk."""
        given = body.batch.columns if isinstance(body, ArrowBody) else self._columns(body)
        added = [
            Array(list(column), type=field.type)
            for column, field in zip(zip(*labels, strict=True), self._added(), strict=True)
        ]
        stream = io.BytesIO()
        write_ipc_stream(RecordBatch.from_arrays([*given, *added], schema=self._schema), stream)
        return len(stream.getvalue()).to_bytes(_LENGTH_BYTES) + stream.getvalue()

    def finish(self, spool: Path, out: Path) -> None:
        """Write the Parquet file from the spool; it gets its name when it is complete."""
        unfinished = out.with_name(f"{out.name}.tmp")
        with spool.open("rb") as stream:
            rows = RecordBatchReader.from_batches(self._schema, _spooled(stream))
            write_parquet(rows, unfinished, compression="zstd(3)", max_row_group_size=_GROUP_ROWS)
        unfinished.replace(out)
        spool.unlink()

    def _added(self) -> list[Field]:
        return list(self._schema)[self._width :]

    def _columns(self, body: Body) -> list[Array]:
        fields = list(self._schema)[: self._width]
        columns = zip(*body.values(), strict=True)
        return [
            Array(_typed(column, field.type), type=field.type)
            for column, field in zip(columns, fields, strict=True)
        ]


def _typed(column: Sequence[Value], kind: DataType) -> list[Value]:
    """Make the cells fit the column: texts where it holds texts; empty stays empty."""
    if kind != DataType.string():
        return list(column)
    return [None if cell is None else show_unread(cell_text(cell)) for cell in column]


def _spooled(stream: BinaryIO) -> Iterator[RecordBatch]:
    while head := stream.read(_LENGTH_BYTES):
        yield from read_ipc_stream(io.BytesIO(stream.read(int.from_bytes(head))))
