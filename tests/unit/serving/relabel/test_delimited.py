from pathlib import Path

import pytest

from jiesu.serving.relabel.columns import map_columns
from jiesu.serving.relabel.delimited import DelimitedReader, Record
from jiesu.serving.relabel.encodings import UTF8, UTF8_BOM, TextEncoding, input_encoding
from jiesu.serving.relabel.rows import Fields, Problem
from jiesu.serving.relabel.textrows import MAX_RECORD_CHARS
from jiesu.taxonomy.errors import InputError


def opened(folder: Path, text: str, encoding: TextEncoding = UTF8) -> DelimitedReader:
    path = folder / "in.csv"
    path.write_bytes(encoding.bom + encoding.encode(text))
    return DelimitedReader(path, encoding)


def records(reader: DelimitedReader) -> list[Record]:
    columns = map_columns(reader.header, {}, 10**6, place="in.csv")
    return [record for chunk in reader.chunks(2, columns) for record in chunk.body.records]  # type: ignore[attr-defined]  # the reader's own rows


def entries(reader: DelimitedReader) -> list[Fields | Problem]:
    columns = map_columns(reader.header, {}, 10**6, place="in.csv")
    return [entry for chunk in reader.chunks(2, columns) for entry in chunk.entries]


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_delimiter_is_found_out(tmp_path: Path, mark: str) -> None:
    reader = opened(tmp_path, f"编号{mark}内容\n1{mark}灯坏，,了\n2{mark}噪音\n")
    assert reader.delimiter == mark
    assert reader.header == ("编号", "内容")


def test_one_column_needs_no_delimiter(tmp_path: Path) -> None:
    assert opened(tmp_path, "内容\n路灯不亮\n").header == ("内容",)


def test_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    assert opened(tmp_path, "内容\n灯\n", UTF8_BOM).header == ("内容",)


def test_quoted_line_break_stays_in_its_row(tmp_path: Path) -> None:
    found = records(opened(tmp_path, '内容,b\r\n"第一行\r\n第二行",1\r\n灯,2\r\n'))
    assert [r.values for r in found] == [["第一行\r\n第二行", "1"], ["灯", "2"]]
    assert found[0].raw == '"第一行\r\n第二行",1'


def test_ragged_rows_keep_their_cells_and_are_told(tmp_path: Path) -> None:
    short, long = records(opened(tmp_path, "内容,b,c\n灯\n灯,1,2,3,4\n"))
    assert (short.values, short.raw) == (["灯", "", ""], "灯,,")
    assert long.values == ["灯", "1", "2,3,4"]
    assert "应有 3 列，实有 5 列" in long.problem


def test_quote_open_to_the_end_costs_one_row_only(tmp_path: Path) -> None:
    found = records(opened(tmp_path, '内容,b\n"没有闭合,1\n灯,2\n噪音,3\n'))
    assert [r.problem != "" for r in found] == [True, False, False]
    assert found[0].values[0] == '"没有闭合,1'
    assert found[1].values == ["灯", "2"]


def test_quote_that_closes_in_a_later_row_costs_one_row_only(tmp_path: Path) -> None:
    found = records(opened(tmp_path, '内容,b\n"没有闭合,1\n灯,2\n"噪音",3\n'))
    assert [r.values for r in found[1:]] == [["灯", "2"], ["噪音", "3"]]
    assert "引号没有闭合" in found[0].problem


def test_open_quote_before_a_long_text_is_noticed(tmp_path: Path) -> None:
    lines = "".join(f"{'灯' * 1000},{j}\n" for j in range(MAX_RECORD_CHARS // 1000 + 10))
    found = records(opened(tmp_path, f'内容,b\n"没有闭合,0\n{lines}'))
    assert len(found) == MAX_RECORD_CHARS // 1000 + 11
    assert [r.number for r in found if r.problem] == [2]


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    reader = opened(tmp_path, "内容,b\n\n灯,1\n\n\n噪音,2\n\n")
    assert [(r.number, r.raw) for r in records(reader)] == [(3, "\n灯,1"), (6, "\n\n噪音,2")]


def test_blank_line_between_rows_of_one_column_is_an_empty_row(tmp_path: Path) -> None:
    reader = opened(tmp_path, "内容\n灯\n\n噪音\n\n\n")
    assert [r.values for r in records(reader)] == [["灯"], [""], ["噪音"]]


def test_unread_bytes_are_told_with_their_column(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes("内容,备注\n灯,甲\n路灯,".encode("gb18030") + b"\x81\n")
    (_, problem) = entries(DelimitedReader(path, TextEncoding("gb18030")))
    assert isinstance(problem, Problem)
    assert (problem.row, problem.column) == (3, "备注")
    assert problem.text == "含有不能按 GB18030 解码的字节"


def test_nul_bytes_do_not_end_the_text(tmp_path: Path) -> None:
    assert entries(opened(tmp_path, "内容,b\n路\0灯,1\n")) == [Fields(text="路 灯")]


def test_text_of_a_megabyte_is_read(tmp_path: Path) -> None:
    (entry,) = entries(opened(tmp_path, f"内容,b\n{'长' * 500_000},1\n"))
    assert isinstance(entry, Fields)
    assert len(entry.text) == 500_000


def test_endless_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="有一行超过 4194304 字，不像是表格文件"):
        opened(tmp_path, "长" * (MAX_RECORD_CHARS + 1))


@pytest.mark.parametrize("content", ["\n", "\n\n\n"])
def test_file_without_header_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match=r"in.csv：文件是空的，没有表头"):
        opened(tmp_path, content)


def test_header_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes("内容,b\n灯,1\n".encode("gb18030"))
    with pytest.raises(InputError, match="表头读不了：不能按 UTF-8 解码，请用 --encoding"):
        DelimitedReader(path, UTF8)


def test_broken_utf16_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes("内容,b\n灯,1".encode("utf-16")[:-1])
    reader = input_encoding(path, None)
    with pytest.raises(InputError, match="不能按 UTF-16-LE（带 BOM） 解码；文件可能不完整"):
        records(DelimitedReader(path, reader))
