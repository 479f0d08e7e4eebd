"""Rules made of words."""

import pytest

from jiesu.router.word_rules import WordRule, WordRules, word_problems, word_rule

TRAPPED = WordRule((("电梯", "轿厢"), ("困", "卡在")), within=8)


def spans(rule: WordRule, text: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in WordRules((rule,)).hits(text)]


def test_words_of_all_groups_must_be_near() -> None:
    assert spans(TRAPPED, "两个人困在电梯里") == ["困在电梯"]
    assert spans(TRAPPED, "电梯广告太多，天天看得人犯困") == []


def test_of_several_ways_the_closest_counts() -> None:
    assert spans(TRAPPED, "电梯里的轿厢困人") == ["轿厢困"]


def test_longer_phrase_takes_a_word_out_of_its_meaning() -> None:
    jump = WordRule((("跳楼",),), unless=("跳楼价",))
    assert spans(jump, "跳楼价大甩卖") == []
    assert spans(jump, "跳楼价旁边有人要跳楼") == ["跳楼"]


def test_at_sign_stands_for_a_shared_list() -> None:
    rule = word_rule({"groups": [["@人", "猫"], ["困"]], "within": 9}, {"人": ["老人", "孩子"]})
    assert rule.groups == (("老人", "孩子", "猫"), ("困",))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "恰好有一个"),
        ({"words": ["火"], "groups": [["火"]]}, "恰好有一个"),
        ({"groups": [["火"], ["烟"]]}, "要写 within"),
        ({"words": [119]}, "119 不是词"),
        ({"words": ["@人"]}, "没有 '人'"),
    ],
)
def test_wrong_words_are_named(entry: dict[str, object], message: str) -> None:
    problems = word_problems(entry, {}, "x.yaml: rules: r")
    assert len(problems) == 1
    assert problems[0].startswith("x.yaml: rules: r: ")
    assert message in problems[0]
