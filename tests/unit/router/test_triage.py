"""What goes another way than dispatch, on a small city."""

from dataclasses import replace
from pathlib import Path

import pytest

from jiesu.router.triage import Triage
from jiesu.router.triage_rules import TRIAGE_FILE, load_triage_rules
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.errors import CityError

TINY = Path(__file__).parents[2] / "cities" / "tiny"


@pytest.fixture(scope="module")
def triage() -> Triage:
    return replace(Triage.from_city(load_city(TINY)), model=None)


def outcome_of(triage: Triage, text: str, kind: str = "", p: float = 0.9) -> str:
    hit = triage.check(text, kind, p)
    return hit.outcome if hit else "none"


def test_danger_comes_before_everything(triage: Triage) -> None:
    hit = triage.check("我要上诉，窗户里有火苗")
    assert hit is not None
    assert (hit.outcome, hit.lines) == ("emergency", ("119",))
    assert hit.reason == "正在起火，应立即转 119（消防）"
    assert [word.text for word in hit.words] == ["火苗"]


def test_statutory_channel_is_named_with_its_words(triage: Triage) -> None:
    hit = triage.check("案子我已经上诉")
    assert hit is not None
    assert (hit.outcome, hit.channel, hit.source) == ("statutory", "诉讼", "第十一条")
    assert (hit.words[0].start, hit.words[0].end) == (5, 7)


def test_word_anywhere_can_lift_a_rule(triage: Triage) -> None:
    assert outcome_of(triage, "哪里有上诉状模板，我要上诉") == "none"


@pytest.mark.parametrize(
    ("kind", "expected"), [("举报", "statutory"), ("", "statutory"), ("表扬", "none")]
)
def test_rule_for_some_kinds_leaves_others_alone(triage: Triage, kind: str, expected: str) -> None:
    assert outcome_of(triage, "镇长拒绝收钱", kind) == expected


def test_nobodys_duty_is_out_of_scope(triage: Triage) -> None:
    assert outcome_of(triage, "没事，陪我聊天吧") == "out_of_scope"


@pytest.mark.parametrize(
    ("text", "kind", "p", "expected"),
    [
        ("请问几点下班", "咨询", 0.9, "answer"),
        ("请问几点下班", "咨询", 0.6, "none"),
        ("请问几点下班", "求助", 0.9, "none"),
        ("请问投诉电话", "咨询", 0.9, "none"),
        ("几点下班", "咨询", 0.9, "none"),
    ],
)
def test_mere_question(triage: Triage, text: str, kind: str, p: float, expected: str) -> None:
    assert outcome_of(triage, text, kind, p) == expected


def test_batch_gives_the_answers_of_single_texts(triage: Triage) -> None:
    texts = ["窗户里有火苗", "路灯不亮", "已经上诉"]
    assert triage.check_all(texts) == [triage.check(text) for text in texts]


def test_missing_model_is_told_and_rules_still_work(tmp_path: Path) -> None:
    triage = Triage.from_city(load_city(TINY), tmp_path / "none")
    assert "none 不存在" in triage.problem
    assert outcome_of(triage, "窗户里有火苗") == "emergency"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{id: a, outcome: auto, channel: x, reason: x, source: x, words: [x]}", "outcome: 'auto'"),
        ("{id: a, outcome: statutory, channel: x, reason: x, words: [x]}", "缺少 source"),
        (
            "{id: a, outcome: statutory, channel: x, reason: x, source: x, words: [x],"
            " kinds: [骂]}",
            "'骂' 不是诉求类型",
        ),
    ],
)
def test_wrong_rule_is_named(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / TRIAGE_FILE).write_text(f"rules:\n- {line}\n", encoding="utf-8")
    with pytest.raises(CityError, match=f"rules: a.*{message}"):
        load_triage_rules(tmp_path)


def test_a_model_only_raises_doubt_about_what_no_rule_found() -> None:
    triage = Triage.from_city(load_city())
    texts = [
        "跟招标办的人搭个线，事成以后给提成",
        "楼道里堆满了旧家具",
        "我要求把判我败诉的法官撤了",
    ]
    hits = triage.check_all(texts)

    doubts = triage.doubts(texts, hits)

    assert hits[0] is None
    assert doubts[0].startswith("“")
    assert "请核实后再派" in doubts[0]
    assert doubts[1:] == ["", ""]  # ordinary; found by a rule


def test_a_city_that_asks_for_none_gets_no_doubts(triage: Triage) -> None:
    assert triage.improper is None
    assert triage.doubts(["跟招标办的人搭个线"], [None]) == [""]
