"""Files of knowledge entries: Markdown and tables, and what is wrong with them."""

from pathlib import Path

import pytest

from jiesu.serving.knowledge_desk import read_entries
from jiesu.taxonomy.errors import InputError


def written(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_markdown_gives_one_entry_a_heading(tmp_path: Path) -> None:
    text = "# 样例\n\n## 怎样补证 {#K-1}\n依据：第一条\n失效：2027-01-01\n带户口簿。\n"
    text += "\n## 多久\n十天。\n"
    first, second = read_entries(written(tmp_path, "k.md", text))
    assert (first.id, first.title, first.text) == ("K-1", "怎样补证", "带户口簿。")
    assert (first.source, first.is_sample) == ("第一条", True)
    assert first.valid_until is not None
    assert first.valid_until.year == 2027
    assert (second.id, second.text) == ("k-8", "十天。")


def test_table_gives_one_entry_a_row(tmp_path: Path) -> None:
    rows = "编号,标题,内容,事项代码\nK-1,怎样补证,带户口簿,010101\n,多久,十天,\n"
    first, second = read_entries(written(tmp_path, "k.csv", rows))
    assert (first.id, first.class_code) == ("K-1", "010101")
    assert second.id == "k-3"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("k.md", "没有标题\n", "没有一条知识"),
        ("k.md", "## 空的\n\n", "条目“空的”没有内容"),
        ("k.md", "## 题\n生效：某天\n内容\n", "第 2 行"),
        ("k.csv", "标题,内容\n题,\n", "第 2 行：标题或内容为空"),
        ("k.csv", "题目,内容\n题,文\n", "没有标题列"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_entries(written(tmp_path, name, text))
