"""Open an output by its suffix: which encoder turns labelled rows into bytes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from jiesu.serving.relabel.columns import label_names, refuse_equal_names
from jiesu.serving.relabel.delimited import DelimitedEncoder, DelimitedReader
from jiesu.serving.relabel.encodings import UTF8, UTF8_BOM, TextEncoding, named_encoding
from jiesu.serving.relabel.jsonlines import JsonEncoder, JsonReader
from jiesu.serving.relabel.options import RelabelOptions
from jiesu.serving.relabel.readers import DELIMITED, JSON_LINES, PARQUET, Reader
from jiesu.serving.relabel.rows import Body, LabelRow
from jiesu.taxonomy.errors import InputError

_SHEET = ".xlsx"


class Encoder(Protocol):
    """Labelled rows → bytes that are appended to a spool, and the spool → the output."""

    def prologue(self) -> bytes:
        """Return what stands before the first row."""
        ...

    def encode(self, body: Body, labels: Sequence[LabelRow]) -> bytes:
        """Return the rows of a chunk with their labels."""
        ...

    def finish(self, spool: Path, out: Path) -> None:
        """Make the output of the spool, which is gone then."""
        ...


def is_sheet(path: Path) -> bool:
    """Say whether the output is a spreadsheet, which has limits of its own."""
    return path.suffix.lower() == _SHEET


def open_encoder(options: RelabelOptions, reader: Reader) -> Encoder:
    """Choose the encoder for the output.

    Raises:
        InputError: the suffix is unknown, or the format cannot hold the columns.
    """
    suffix = options.output.suffix.lower()
    labels = label_names(reader.header)
    if suffix in DELIMITED:
        return _delimited(options, reader, labels)
    if suffix == _SHEET:
        from jiesu.serving.relabel.workbook import SheetEncoder

        return SheetEncoder(reader.header, labels)
    if suffix in JSON_LINES:
        refuse_equal_names(reader.header, "JSONL")
        source = reader if isinstance(reader, JsonReader) else None
        encoding = output_encoding(options, reader)
        return JsonEncoder(reader.header, labels, encoding, source=source)
    if suffix in PARQUET:
        refuse_equal_names(reader.header, "Parquet")
        return _parquet(reader, labels)
    raise InputError(
        f"{options.output.name}：不认识的输出格式 {suffix!r}；"
        "可以写 .csv .tsv .jsonl .xlsx .parquet"
    )


def _delimited(options: RelabelOptions, reader: Reader, labels: Sequence[str]) -> Encoder:
    source = reader if isinstance(reader, DelimitedReader) else None
    same_suffix = options.output.suffix.lower() == options.input.suffix.lower()
    delimiter = DELIMITED[options.output.suffix.lower()]
    return DelimitedEncoder(
        reader.header,
        labels,
        output_encoding(options, reader),
        delimiter=source.delimiter if source and same_suffix else delimiter,
        source=source,
    )


def _parquet(reader: Reader, labels: Sequence[str]) -> Encoder:
    from jiesu.serving.relabel.parquet import ParquetEncoder, ParquetReader

    source = reader if isinstance(reader, ParquetReader) else None
    types = reader.types if isinstance(reader, JsonReader) else {}
    return ParquetEncoder(reader.header, labels, source=source, types=types)


def output_encoding(options: RelabelOptions, reader: Reader) -> TextEncoding:
    """Choose the encoding of a text output: the named one, the input's, or UTF-8.

    An encoding that cannot write every character is never used: a character would be lost.

    Raises:
        InputError: the named encoding is unknown or cannot write every character.
    """
    if options.output_encoding is not None:
        named = named_encoding(options.output_encoding)
        if not named.writes_all:
            raise InputError(
                f"编码 {options.output_encoding!r} 写不下所有汉字和符号，会丢字；"
                "--output-encoding 请用 utf-8、utf-8-sig 或 gb18030"
            )
        return named
    to_json = options.output.suffix.lower() in JSON_LINES
    if isinstance(reader, JsonReader if to_json else DelimitedReader):
        if reader.encoding.writes_all:
            return reader.encoding
    # Office programs take a CSV file for UTF-8 only if it has a byte order mark.
    return UTF8 if to_json else UTF8_BOM
