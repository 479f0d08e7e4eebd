import pytest

from jiesu.serving.relabel.columns import label_names, map_columns, refuse_equal_names
from jiesu.serving.relabel.rows import Fields, Problem
from jiesu.taxonomy.errors import InputError


def test_columns_are_found_by_chinese_or_english_name() -> None:
    columns = map_columns(["渠道", "ID", " 内容 ", "受理时间"], {}, 100, place="a.csv")
    fields = columns.entry(2, ["电话", "7", "路灯不亮", "2026-01-02"])
    assert fields == Fields(id="7", text="路灯不亮", time="2026-01-02", channel="电话")


def test_named_column_goes_before_the_usual_one() -> None:
    columns = map_columns(["内容", "诉求"], {"text": "诉求"}, 100, place="a.csv")
    assert columns.entry(2, ["不是这个", "路灯不亮"]) == Fields(text="路灯不亮")


def test_missing_text_column_is_told_with_the_columns_there_are() -> None:
    message = "a.csv：没有找到正文列 '内容|text'；现有列：编号、描述；请用 --text-column 指定"
    with pytest.raises(InputError, match=message.replace("|", r"\|")):
        map_columns(["编号", "描述"], {}, 100, place="a.csv")


def test_named_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match=r"没有找到标题列 '题目'.*--title-column"):
        map_columns(["内容"], {"title": "题目"}, 100, place="a.csv")


def test_text_column_that_is_there_twice_is_refused() -> None:
    with pytest.raises(InputError, match="正文列 '内容' 重复出现（第 1、3 列）"):
        map_columns(["内容", "标题", "内容"], {}, 100, place="a.csv")


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "正文为空"), (" \t\n", "正文为空"), ("长" * 101, "正文 101 字，超过上限 100 字")],
)
def test_row_without_usable_text_is_a_problem(text: str, problem: str) -> None:
    columns = map_columns(["内容"], {}, 100, place="a.csv")
    entry = columns.entry(5, [text])
    assert isinstance(entry, Problem)
    assert (entry.row, entry.column, entry.text) == (5, "内容", problem)


def test_name_that_is_taken_gets_a_prefix() -> None:
    names = label_names(["code", "jiesu_code", "unit"])
    assert names[0] == "jiesu_jiesu_code"
    assert "jiesu_unit" in names
    assert len(set(names)) == 24


def test_equal_names_are_refused_where_columns_go_by_name() -> None:
    with pytest.raises(InputError, match="列名重复：'备注'；JSONL 不能有同名的列"):
        refuse_equal_names(["备注", "内容", "备注"], "JSONL")
