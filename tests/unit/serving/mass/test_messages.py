from pathlib import Path

import pytest

from jiesu.serving.mass.messages import read_messages
from jiesu.taxonomy.errors import InputError


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def test_rows_are_read_in_order_of_time(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "m.jsonl",
        '{"id": "b", "user": "甲", "title": "停水", "text": "停水两天", "time": "2026/3/2 9:05:00",'
        ' "likes": 3}\n{"id": "a", "user": "乙", "text": "路灯不亮", "time": "2026-03-01 08:00"}\n',
    )

    read = read_messages(path, 1000)

    assert [(m.id, m.caller, m.likes) for m in read.messages] == [("a", "乙", 0), ("b", "甲", 3)]
    assert read.messages[1].at.isoformat() == "2026-03-02T09:05:00+08:00"
    assert read.problems == ()


def test_chinese_columns_and_gb18030_are_known(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "m.csv",
        "工单编号,来电人,受理时间,标题,内容\n1,甲,2026年3月2日9时5分,停水,停水两天\n",
        "gb18030",
    )

    (message,) = read_messages(path, 1000).messages

    assert (message.id, message.title, message.caller) == ("1", "停水", "甲")


def test_bad_rows_are_named_and_the_others_kept(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "m.csv",
        "id,time,text\n1,2026-03-02,停水\n2,昨天,停电\n3,2026-03-02,\n",
    )

    read = read_messages(path, 1000)

    assert [m.id for m in read.messages] == ["1"]
    assert read.problems[0].startswith("第 3 行：时间 '昨天' 看不懂")
    assert read.problems[1] == "第 4 行：正文为空"


def test_equal_ids_are_told_apart(tmp_path: Path) -> None:
    path = written(tmp_path, "m.csv", "id,time,text\n1,2026-03-02,停水\n1,2026-03-03,停电\n")

    assert [m.id for m in read_messages(path, 1000).messages] == ["1", "1#2"]


@pytest.mark.parametrize(
    ("header", "said"),
    [("id,text\n1,停水\n", "没有时间列"), ("id,time\n1,2026-03-02\n", "没有正文列")],
)
def test_a_missing_column_is_named(header: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        read_messages(written(tmp_path, "m.csv", header), 1000)


AWKWARD = {
    "a title above the names": ("十一月工单明细,,\n编号,来电时间,内容\n", "删去列名上面的各行"),
    "no names at all": ("1,2026-03-02 09:00,小区停水了\n", "在最上面加一行列名"),
    "unknown names": ("编号,何时,何事\n1,2026-03-02,停水\n", "请用 --text-column 指定"),
    "only names": ("编号,来电时间,内容\n", "列名下面没有数据"),
    "no usable time": ("编号,来电时间,内容\n1,昨天,停水\n", "没有一行可用；第一处问题：第 2 行"),
}


@pytest.mark.parametrize("kind", AWKWARD)
def test_what_cannot_be_read_is_said_with_what_to_do(kind: str, tmp_path: Path) -> None:
    text, said = AWKWARD[kind]

    with pytest.raises(InputError, match=said):
        read_messages(written(tmp_path, "m.csv", text, "gb18030"), 1000)


def test_columns_may_be_named(tmp_path: Path) -> None:
    path = written(tmp_path, "m.csv", "号,何时,何事\n7,2026-03-02,停水\n")

    (message,) = read_messages(path, 1000, {"text": "何事", "time": "何时", "id": "号"}).messages

    assert (message.id, message.text) == ("7", "停水")


@pytest.mark.parametrize("header", ["来电时间,主要内容", "受理日期,诉求内容", "登记时间,问题描述"])
def test_names_that_halls_use_are_known(header: str, tmp_path: Path) -> None:
    path = written(tmp_path, "m.csv", f"{header}\n2026-03-02,停水\n", "gb18030")

    assert len(read_messages(path, 1000).messages) == 1


def test_days_of_a_spreadsheet_are_read_as_times(tmp_path: Path) -> None:
    path = written(tmp_path, "m.csv", "时间,内容\n46353.375,停水\n")

    (message,) = read_messages(path, 1000).messages

    assert message.at.isoformat() == "2026-11-27T09:00:00+08:00"


def test_a_row_that_cannot_be_cut_is_named_for_that(tmp_path: Path) -> None:
    path = written(tmp_path, "m.csv", '时间,内容\n2026-03-02,"停水\n2026-03-03,没水\n')

    assert read_messages(path, 1000).problems == ("第 2 行：引号没有闭合，这一行没有拆成列",)
