"""Facts are read by named extractors whose words are data."""

from pathlib import Path

import pytest

from jiesu.router.facts import FactReader, load_facts
from jiesu.taxonomy.errors import CityError

FACTS = """\
where:
  values:
    compound: [小区里, 楼道, 院内]
    road: [马路上, 辅路, 主路]
people:
  pattern: '([0-9一二两三四五六七八九十百千]+)(?:多)?(?:户|名业主|位居民)'
"""


@pytest.fixture
def reader(tmp_path: Path) -> FactReader:
    (tmp_path / "facts.yaml").write_text(FACTS, encoding="utf-8")
    return load_facts(tmp_path)


def test_a_choice_says_which_words_it_was_read_from(reader: FactReader) -> None:
    text = "我们楼道堆满了纸箱"

    fact = reader.read(text)["where"]

    assert (fact.value, text[slice(*fact.span)]) == ("compound", "楼道")


def test_the_value_said_most_often_wins(reader: FactReader) -> None:
    assert reader.read("马路上、辅路都堵，楼道没事")["where"].value == "road"


def test_a_number_in_chinese_is_read(reader: FactReader) -> None:
    assert reader.read("三十二户都没有暖气")["people"].value == "32"


def test_what_is_not_said_is_not_a_fact(reader: FactReader) -> None:
    assert reader.read("孩子上学的事") == {}


def test_a_weak_word_counts_only_without_a_strong_one(tmp_path: Path) -> None:
    text = "a: {values: {in: [院内], out: [马路]}, weak: {in: [小区]}}\nb: {values: {x: [马路]}}"
    (tmp_path / "facts.yaml").write_text(text, encoding="utf-8")
    reader = load_facts(tmp_path)

    assert reader.read("小区、小区旁的马路")["a"].value == "out"
    assert reader.read("小区")["a"].value == "in"
    assert reader.read("马路")["b"].value == "x"


def test_a_city_without_facts_has_none(tmp_path: Path) -> None:
    assert load_facts(tmp_path).read("楼道") == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("where: {}", "facts.yaml: where: 既没有 values 也没有 pattern"),
        ("a: {pattern: '(['}", "facts.yaml: a: pattern .* 不是合法的正则"),
        ("a: {values: {x: [甲]}, weak: {y: [乙]}}", "a: weak 的取值 'y' 不在 values 里"),
        ("a: {values: {x: [甲]}, words: [乙]}", "a: 未知的键 'words'"),
        ("a: {values: {x: [楼道], y: [楼道]}}", "词 '楼道' 已属于 a=x"),
    ],
)
def test_faults_name_the_fact(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "facts.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(CityError, match=message):
        load_facts(tmp_path)
