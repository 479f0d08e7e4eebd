"""What one batch run is about: the input, its columns, and the output."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from jiesu.serving.relabel.columns import ColumnMap, map_columns
from jiesu.serving.relabel.delimited import DelimitedReader
from jiesu.serving.relabel.encodings import file_blocks
from jiesu.serving.relabel.jsonlines import JsonReader
from jiesu.serving.relabel.labels import masked
from jiesu.serving.relabel.options import RelabelOptions
from jiesu.serving.relabel.readers import Reader, open_reader
from jiesu.serving.relabel.rows import Chunk, Problem
from jiesu.serving.relabel.writers import Encoder, is_sheet, open_encoder

CHUNK_ROWS = 512
"""Rows routed together. A resumed run cuts the input at the same rows."""


@dataclass(frozen=True)
class Job:
    """What is read, how its columns are understood, and how it is written."""

    options: RelabelOptions
    reader: Reader
    columns: ColumnMap
    encoder: Encoder

    @classmethod
    def open(cls, options: RelabelOptions) -> "Job":
        """Open input and output format and check that they go together.

        Raises:
            InputError: they do not, or the input cannot be read.
        """
        reader = open_reader(options)
        place = options.input.name
        columns = map_columns(reader.header, options.columns(), options.max_text_chars, place=place)
        job = cls(options, reader, columns, open_encoder(options, reader))
        if is_sheet(options.output):
            job._refuse_long_sheet()
        return job

    def _refuse_long_sheet(self) -> None:
        from jiesu.serving.relabel.workbook import MAX_ROWS, refuse_too_many_rows

        rows = 0
        for chunk in self.chunks():
            rows += len(chunk.numbers)
            if rows >= MAX_ROWS:
                break
        refuse_too_many_rows(rows)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows of the input."""
        return self.reader.chunks(CHUNK_ROWS, self.columns)

    def problems(self, chunk: Chunk) -> list[Problem]:
        """List what the output format cannot hold."""
        if not is_sheet(self.options.output):
            return []
        from jiesu.serving.relabel.workbook import too_long_cells

        return [masked(problem) for problem in too_long_cells(chunk, self.reader.header)]

    def notes(self) -> tuple[str, ...]:
        """Say what the operator might not expect of the output."""
        reader, output = self.reader, self.options.output
        if not isinstance(reader, DelimitedReader | JsonReader) or reader.encoding.writes_all:
            return ()
        return (f"输入的编码 {reader.encoding.name} 写不下所有汉字，{output.name} 用 UTF-8 写成",)

    def task(self) -> dict[str, Any]:
        """Return what the output depends on, for the journal."""
        digest = sha256()
        for block in file_blocks(self.options.input):
            digest.update(block)
        return {
            "输入": f"{self.options.input.name} sha256:{digest.hexdigest()}",
            "输出格式": self.options.output.suffix.lower(),
            "编码": [self.options.encoding, self.options.output_encoding],
            "列": [list(self.columns.positions), list(self.columns.header)],
            "正文上限": self.options.max_text_chars,
            "每批行数": CHUNK_ROWS,
        }
