"""Whatever a CSV file holds: as many rows come out, each with its labels, nothing is lost."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jiesu.serving.relabel.columns import LABEL_COLUMNS, label_names, map_columns
from jiesu.serving.relabel.delimited import DelimitedEncoder, DelimitedReader, Record
from jiesu.serving.relabel.encodings import TextEncoding

LABELS = tuple(f"值{j}" for j in range(len(LABEL_COLUMNS)))
PIECES = st.sampled_from(
    [
        b"a",
        b",",
        b",",
        b'"',
        b'""',
        b"\n",
        b"\r\n",
        b"\r",
        b"\0",
        b"\xff",
        b" ",
        b";",
        "灯".encode(),
    ]
)


def opened(path: Path, data: bytes) -> DelimitedReader:
    path.write_bytes(data)
    return DelimitedReader(path, TextEncoding("utf-8"), ",")


def records(reader: DelimitedReader) -> list[Record]:
    columns = map_columns(reader.header, {"text": "text"}, 100, place="in.csv")
    return [record for chunk in reader.chunks(3, columns) for record in chunk.body.records]  # type: ignore[attr-defined]  # the reader's own rows


def labelled(reader: DelimitedReader) -> bytes:
    columns = map_columns(reader.header, {}, 100, place="in.csv")
    encoder = DelimitedEncoder(
        reader.header, label_names(reader.header), reader.encoding, delimiter=",", source=reader
    )
    chunks = reader.chunks(3, columns)
    parts = [encoder.encode(chunk.body, [LABELS] * len(chunk.numbers)) for chunk in chunks]
    return encoder.prologue() + b"".join(parts)


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=30))
@example([b'"', b"a", b"\n", b'"', b"a", b'"', b"\n", b"a"])
@pytest.mark.parametrize("header", [b"text\n", b"text,b\n", b"a,text,b\r\n"])
def test_rows_come_out_as_they_went_in(header: bytes, pieces: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "in.csv")
        reader = opened(path, header + b"".join(pieces))
        given_rows = records(reader)
        out = opened(Path(folder, "out.csv"), labelled(reader))
        found_rows = records(out)
    width = len(reader.header)
    assert [row.values[:width] for row in found_rows] == [row.values for row in given_rows]
    assert all(tuple(row.values[width:]) == LABELS for row in found_rows)
    assert not any(row.problem for row in found_rows)
