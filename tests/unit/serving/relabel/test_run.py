import csv
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

import pytest
from tiny_relabel import BrokenFactory, TinyFactory

from jiesu.serving.relabel.options import RelabelOptions, RelabelResult
from jiesu.serving.relabel.run import run_relabel
from jiesu.taxonomy.errors import ArtefactError, InputError

Relabel = Callable[..., RelabelResult]

ROWS = 'id,内容,"备 注"\r\n1,"路灯 ""不亮""", x \r\n2,楼道灯,"a,b"\r\n'


def rows_of(path: Path, encoding: str = "utf-8") -> list[list[str]]:
    with path.open(encoding=encoding, newline="") as stream:
        return list(csv.reader(stream))


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_input_is_copied_byte_for_byte(relabel: Relabel, codec: str) -> None:
    result = relabel(ROWS.encode(codec))
    written = result.output.read_bytes().decode(codec).split("\r\n")
    for line, given in zip(written, ROWS.split("\r\n"), strict=True):
        assert line.startswith(given)
    assert [len(row) for row in rows_of(result.output, codec)] == [27, 27, 27]


def test_output_encoding_can_be_chosen(relabel: Relabel) -> None:
    content = "内容,b\n路灯😀㐂,1\n".encode()
    result = relabel(content, output_encoding="gbk")
    assert rows_of(result.output, "gb18030")[1][:2] == ["路灯😀㐂", "1"]


def test_encoding_that_would_lose_characters_is_refused(relabel: Relabel) -> None:
    with pytest.raises(InputError, match="编码 'big5' 写不下所有汉字和符号，会丢字"):
        relabel("内容\n灯\n".encode(), output_encoding="big5")


def test_input_in_such_an_encoding_is_written_as_utf8(relabel: Relabel) -> None:
    result = relabel("內容,text\n路燈,甲\n".encode("big5"), encoding="big5")
    assert rows_of(result.output, "utf-8-sig")[1][0] == "路燈"
    assert result.notes == ("输入的编码 BIG5 写不下所有汉字，out.csv 用 UTF-8 写成",)


def test_unread_bytes_stay_in_their_encoding_and_show_in_another(relabel: Relabel) -> None:
    content = "内容,备注\n路灯,".encode("gb18030") + b"\x81\n"
    same = relabel(content)
    other = relabel(content, out="other.csv", output_encoding="utf-8")
    assert same.output.read_bytes().splitlines()[1].startswith(content.splitlines()[1])
    assert rows_of(other.output)[1][1] == r"\x81"
    assert same.bad_rows == other.bad_rows == 1


def test_bad_rows_stay_in_place_and_are_listed(relabel: Relabel) -> None:
    content = "编号,内容\n1,路灯\n2,\n3\n4,楼道灯\n5," + "长" * 30 + "\n"
    result = relabel(content.encode(), max_text_chars=20)
    rows = rows_of(result.output)[1:]
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5"]
    assert [row[2] != "" for row in rows] == [True, False, False, True, False]
    assert result.errors
    listed = rows_of(result.errors, "utf-8-sig")
    assert listed[0] == ["行号", "列", "问题", "处理", "原文摘录（已脱敏）"]
    assert [row[:4] for row in listed[1:]] == [
        ["3", "内容", "正文为空", "未标注"],
        ["4", "", "列数不对：应有 2 列，实有 1 列", "未标注"],
        ["6", "内容", "正文 30 字，超过上限 20 字", "未标注"],
    ]
    assert (result.rows, result.bad_rows, result.exit_code) == (5, 3, 3)


def test_run_without_problems_leaves_no_list(relabel: Relabel, tmp_path: Path) -> None:
    result = relabel(ROWS.encode())
    assert (result.exit_code, result.errors) == (0, None)
    assert {path.name for path in tmp_path.iterdir()} == {
        *("in.csv", "out.csv", "out.csv.journal", "out.csv.report.html")
    }


def test_header_only_gives_header_only(relabel: Relabel) -> None:
    result = relabel("内容,备注".encode())
    assert (result.rows, result.exit_code) == (0, 0)
    assert rows_of(result.output)[0][:3] == ["内容", "备注", "code"]


def test_equal_names_pass_through_csv(relabel: Relabel) -> None:
    result = relabel("内容,备注,备注\n路灯,1,2\n".encode())
    assert rows_of(result.output)[1][:3] == ["路灯", "1", "2"]


def test_other_delimiter_is_kept_or_changed_with_the_suffix(relabel: Relabel) -> None:
    content = "内容;b\n路灯,亮;1\n".encode()
    assert relabel(content).output.read_text().startswith("内容;b;code;")
    written = relabel(content, out="out.tsv").output.read_text()
    assert written.splitlines()[1].startswith("路灯,亮\t1\t010101\t")


def test_columns_can_be_named(relabel: Relabel) -> None:
    content = "描述,标题\n路灯,楼道灯\n".encode()
    result = relabel(content, text_column="标题", title_column="描述")
    assert result.bad_rows == 0
    with pytest.raises(InputError, match="没有找到正文列"):
        relabel(content, out="other.csv")


MALFORMED = [
    (b"", "in.csv", "文件是空的（0 字节）"),
    ("编号\n1\n".encode(), "in.csv", "没有找到正文列 '内容|text'；现有列：编号"),
    ("内容,b,内容\n1,2,3\n".encode(), "in.csv", "正文列 '内容' 重复出现（第 1、3 列）"),
    ('"内容,b\n1,2\n'.encode(), "in.csv", "表头读不了：引号没有闭合"),
    (b"PK\x03\x04....", "in.csv", "后缀是 .csv，内容却是ZIP 或 XLSX"),
    (b"\x1f\x8b....", "in.jsonl", "后缀是 .jsonl，内容却是gzip 压缩文件"),
    (b"\xd0\xcf\x11\xe0", "in.csv", "内容却是旧版 Office"),
    (b"text\n1\n", "in.docx", "不认识的格式 '.docx'"),
    (b"text\n1\n", "in", "不认识的格式 ''"),
]


@pytest.mark.parametrize(("content", "name", "message"), MALFORMED)
def test_malformed_input_is_refused_and_nothing_written(
    relabel: Relabel, tmp_path: Path, content: bytes, name: str, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        relabel(content, name)
    assert message in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_missing_input_is_refused(tmp_path: Path) -> None:
    options = RelabelOptions(tmp_path / "no.csv", tmp_path / "out.csv")
    with pytest.raises(InputError, match=r"找不到输入文件 .*no\.csv"):
        run_relabel(options, TinyFactory())


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("out.docx", "不认识的输出格式 '.docx'"),
        ("in.csv", "输入和输出是同一个文件"),
        ("nowhere/out.csv", "输出文件夹 .*nowhere 不存在"),
    ],
)
def test_impossible_output_is_refused(relabel: Relabel, out: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        relabel(ROWS.encode(), out=out)


def test_output_that_is_there_is_not_touched(relabel: Relabel, tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("precious")
    with pytest.raises(InputError, match=r"输出文件已存在：.*out\.csv.*--resume.*--overwrite"):
        relabel(ROWS.encode())
    with pytest.raises(InputError, match=r"没有续跑日志 .*out\.csv 已存在"):
        relabel(ROWS.encode(), resume=True)
    assert (tmp_path / "out.csv").read_text() == "precious"
    assert relabel(ROWS.encode(), overwrite=True).rows == 2


def test_resume_of_a_finished_run_changes_nothing(relabel: Relabel) -> None:
    first = relabel(ROWS.encode())
    before = first.output.read_bytes()
    again = relabel(ROWS.encode(), resume=True)
    assert (again.rows, again.output.read_bytes()) == (2, before)


def test_resume_with_another_input_is_refused(relabel: Relabel) -> None:
    relabel(ROWS.encode())
    with pytest.raises(InputError, match="不能续跑，这次的任务与上次不同（输入 原为"):
        relabel(ROWS.replace("路灯", "路").encode(), resume=True)


def test_run_works_outside_the_main_thread(relabel: Relabel) -> None:
    results: list[RelabelResult] = []
    thread = Thread(target=lambda: results.append(relabel(ROWS.encode())))
    thread.start()
    thread.join()
    assert results[0].rows == 2


def test_run_that_fails_at_once_leaves_nothing(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(ROWS)
    with pytest.raises(ArtefactError, match="模型文件夹 model 不存在"):
        run_relabel(RelabelOptions(source, tmp_path / "out.csv", workers=1), BrokenFactory())
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed")
def test_missing_ray_is_told_before_work(relabel: Relabel, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="没有安装 Ray"):
        relabel(ROWS.encode(), engine="ray")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_missing_model_is_told_before_work(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(ROWS)
    options = RelabelOptions(source, tmp_path / "out.csv", model=tmp_path / "none")
    with pytest.raises(ArtefactError, match=r"没有找到模型：.*none 中没有 card\.json.*--model"):
        run_relabel(replace(options, workers=1))


@pytest.mark.parametrize("mark", ["tab", r"\t", "\t"])
def test_delimiter_can_be_named(relabel: Relabel, mark: str) -> None:
    result = relabel("内容\t甲,乙\n路灯\t1\n".encode(), delimiter=mark)
    assert result.output.read_text().startswith("内容\t甲,乙\tcode\t")


def test_impossible_delimiter_is_refused(relabel: Relabel) -> None:
    with pytest.raises(InputError, match=r"--delimiter 应为一个字符.*不能是 ',,'"):
        relabel("内容\n灯\n".encode(), delimiter=",,")
