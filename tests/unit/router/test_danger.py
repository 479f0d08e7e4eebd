"""Danger now, told apart from danger past, feared or meant as a figure of speech."""

from pathlib import Path

import pytest

from jiesu.router.danger import DangerReader
from jiesu.router.danger_rules import load_danger_rules

TINY = Path(__file__).parents[2] / "cities" / "tiny"


@pytest.fixture(scope="module")
def reader() -> DangerReader:
    return DangerReader(load_danger_rules(TINY))


def is_now(reader: DangerReader, text: str, share: float | None = None) -> bool:
    danger = reader.read(text, share)
    return danger is not None and danger.is_now


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("窗户里有火苗", True),
        ("去年厨房蹿过火苗", False),
        ("去年装修。窗户里有火苗", True),
        ("3年前着火，现在又着火", False),
        ("楼下着火", False),
        ("楼下正在着火", True),
        ("万一有火苗怎么办", False),
        ("万一呢，窗户里有火苗", True),
        ("查一下着火点是多少度，现在就要", False),
        ("老人困在屋里", True),
        ("老人昨天说他在老家被大雪困在路上", False),
        ("孩子去年丢过，还没回来", True),
    ],
)
def test_context_decides(reader: DangerReader, text: str, expected: bool) -> None:
    assert is_now(reader, text) == expected


def test_second_rule_adds_weight(reader: DangerReader) -> None:
    alone = reader.read("着火")
    both = reader.read("着火，老人困在屋里")
    assert alone is not None
    assert both is not None
    assert (alone.points, both.points) == (2, 4)


def test_text_without_words_says_nothing(reader: DangerReader) -> None:
    assert reader.read("路灯不亮") is None


def test_long_letter_needs_more(reader: DangerReader) -> None:
    assert not is_now(reader, "窗户里有火苗" + "，物业一直没有人来看" * 8)


def test_hit_names_words_and_line(reader: DangerReader) -> None:
    text = "快来，老人困在屋里"
    danger = reader.read(text)
    assert danger is not None
    assert danger.lines == ("119", "110")
    assert text[danger.hits[0].start : danger.hits[0].end] == "老人困在"


def test_model_alone_can_raise_the_alarm(reader: DangerReader) -> None:
    text = "人趴在车轱辘上喊妈"
    assert is_now(reader, text, share=0.001)
    assert not is_now(reader, text, share=0.2)


def test_model_that_hears_nothing_takes_a_point_off(reader: DangerReader) -> None:
    assert is_now(reader, "窗户里有火苗", share=0.3)
    assert not is_now(reader, "窗户里有火苗", share=0.9)


def test_words_give_the_line_before_the_model_does(reader: DangerReader) -> None:
    danger = reader.read("窗户里有火苗", share=0.001)
    assert danger is not None
    assert danger.lines[0] == "119"
