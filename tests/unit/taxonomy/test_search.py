"""A dispatcher finds a class by what comes to mind: code, word, pinyin or its initials."""

import sys

import pytest

from jiesu.taxonomy.city import City
from jiesu.taxonomy.search import LabelSearch
from jiesu.taxonomy.tree import Label, tree_of

TREE = tree_of(
    "t",
    [
        Label("01", "市政", 1, definition="道路和照明"),
        Label("0101", "路灯不亮", 2, "01", "灯坏了", keywords=("黑灯瞎火",)),
        Label("0102", "路灯", 2, "01", "路灯的其他事"),
        Label("0103", "WiFi信号", 2, "01", "公共网络"),
        Label("0104", "重复缴费", 2, "01", "缴了两次"),
    ],
)


@pytest.mark.parametrize(
    ("query", "codes", "by"),
    [
        ("01", ["01", "0101", "0102", "0103", "0104"], "code"),
        ("路灯", ["0102", "0101"], "name"),
        (" 不 亮 ", ["0101"], "name"),
        ("黑灯", ["0101"], "keyword"),
        ("照明", ["01"], "definition"),
        ("ld", ["0102", "0101"], "pinyin"),
        ("ldbl", ["0101"], "pinyin"),
        ("LuDeng", ["0101", "0102"], "pinyin"),
        ("buliang", ["0101"], "pinyin"),
        ("chongfu", ["0104"], "pinyin"),
        ("wifi", ["0103"], "pinyin"),
        ("ul", [], ""),
        ("", [], ""),
        ("没有的", [], ""),
    ],
)
def test_query_finds_classes(query: str, codes: list[str], by: str) -> None:
    found = LabelSearch(TREE).find(query)
    assert [match.label.code for match in found] == codes
    assert {match.by for match in found} <= {by}


def test_no_more_than_asked_for(packaged_city: City) -> None:
    assert len(LabelSearch(packaged_city.tree).find("投诉", limit=3)) == 3


def test_initials_find_a_class_of_the_packaged_city(packaged_city: City) -> None:
    best = LabelSearch(packaged_city.tree).find("ldshbl", limit=1)
    assert [match.label.name for match in best] == ["路灯损坏不亮"]


def test_chinese_query_does_not_load_pinyin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypinyin", None)  # an import of it would now fail
    assert LabelSearch(TREE).find("路灯")
