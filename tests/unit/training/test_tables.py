"""Reading labelled files."""

from pathlib import Path

import pytest
import xlsxwriter
from arro3.core import Array, DataType, Table
from arro3.io import write_parquet

from jiesu.taxonomy.errors import InputError
from jiesu.training.tables import read_records


def written(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", '标题,内容\n路灯,"不亮,三天"\n'),
        ("a.jsonl", '{"title":"路灯","text":"不亮,三天"}\n\n'),
    ],
)
def test_title_and_text_are_joined(tmp_path: Path, name: str, content: str, encoding: str) -> None:
    (record,) = read_records(written(tmp_path, name, content.encode(encoding)))
    assert record.full_text() == "路灯。不亮,三天"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", b'{"text":"x"}\n{"text"', r"第 2 行: 不是合法的 JSON"),
        ("a.jsonl", b"[1]\n", r"第 1 行: 应是一个 JSON 对象"),
        ("a.jsonl", b"\n", "没有数据行"),
        ("a.csv", "内容\n甲,乙\n".encode(), "第 2 行: 有 2 格，表头只有 1 列"),
        ("a.csv", b'text\n"open\n', "不是合法的 CSV"),
        ("a.txt", b"x", r"不支持的文件类型 '\.txt'"),
        ("a.csv", b"\xff\xff\xff", "编码既不是 UTF-8 也不是 GB18030"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_records(written(tmp_path, name, content))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.csv: 文件不存在"):
        read_records(tmp_path / "gone.csv")


@pytest.mark.parametrize("row", ['{"title":"x"}', '{"text":" "}', '{"text":3}'])
def test_a_row_without_text_is_named(tmp_path: Path, row: str) -> None:
    (record,) = read_records(written(tmp_path, "a.jsonl", row.encode()))
    with pytest.raises(InputError, match=r"a\.jsonl: 第 1 行: 缺少正文"):
        record.full_text()


def test_a_spreadsheet_and_a_parquet_file_are_read_like_text(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet = book.add_worksheet()
    for number, row in enumerate([("内容", "事项代码"), ("路灯不亮", 10101), ("", "")]):
        sheet.write_row(number, 0, row)
    book.close()
    columns = {"内容": Array(["路灯不亮"], type=DataType.string())}
    write_parquet(Table.from_pydict(columns), tmp_path / "a.parquet")

    (sheet_row,) = read_records(tmp_path / "a.xlsx")
    (parquet_row,) = read_records(tmp_path / "a.parquet")

    assert sheet_row.text() == parquet_row.text() == "路灯不亮"
    assert sheet_row.fields["事项代码"] == "10101"  # a code, not 10101.0


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet"])
def test_a_broken_table_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="读不出"):
        read_records(written(tmp_path, name, b"no table"))
