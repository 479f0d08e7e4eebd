"""What an operator reads says who, why and by which article, in few words."""

from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

from jiesu.classifier.scores import RankedClass
from jiesu.router.decision import (
    NO_PLACE,
    Candidate,
    Decision,
    Outcome,
    Part,
    Place,
    Reason,
    Versions,
)
from jiesu.router.explain import OUTCOME_NAMES, PART_NAMES, Sentence, sentences
from jiesu.taxonomy.tree import Label, tree_of

ZONE = timezone(timedelta(hours=8))
TREE = tree_of("t", [Label("01", "市容", 1), Label("0101", "垃圾桶满冒", 2, "01")])
LAW = Reason("rule", "街道负责日常管理", "《生活垃圾管理条例》第四条")
COPY = Reason("rule", "抄送区政府督办", "《接诉即办工作条例》第十二条")
STREET = Candidate("S1", "望京街道办事处", "街乡镇", "lead", 0.9, (LAW,))
DISTRICT = Candidate("G1", "朝阳区人民政府", "区政府", "copy", 0.9, (COPY,))


def read(**changes: object) -> dict[str, Sentence]:
    fields: dict[str, object] = {
        "ticket_id": "1",
        "outcome": "confirm",
        "classes": (RankedClass("0101", (0.97, 0.86)),),
        "kind": "投诉",
        "urgency": "一般",
        "limit": "7d",
        "deadline": datetime(2026, 12, 5, 1, tzinfo=UTC),
        "place": Place("朝阳区", "望京街道", p=0.93),
        "candidates": (STREET, DISTRICT),
        "versions": Versions("m", "t", "r"),
        "reasons": ("把握较大",),
    }
    decision = Decision(**{**fields, **changes})  # type: ignore[arg-type]  # fields of mixed types
    return {sentence.heading: sentence for sentence in sentences(decision, TREE, ZONE)}


def test_who_leads_is_said_with_reason_and_article() -> None:
    said = read()

    assert str(said["主办"]) == (
        "主办：望京街道办事处：街道负责日常管理（《生活垃圾管理条例》第四条）"
    )
    assert said["抄送"].sources == ("《接诉即办工作条例》第十二条",)
    assert said["结果"].text == "请确认；把握较大"


def test_what_where_and_until_when_are_said() -> None:
    said = read()

    assert said["事项"].text == "市容 › 垃圾桶满冒（0101，把握 86%）"
    assert said["地点"].text == "朝阳区 › 望京街道（把握 93%）"
    assert said["时限"].text == "2026-12-05 09:00 前（7 日）"


def test_what_is_missing_is_said_too() -> None:
    role_only = Candidate("", "", "街乡镇", "lead", 0.9, ())
    said = read(classes=(), candidates=(role_only,), place=NO_PLACE, deadline=None, limit="")

    assert said["主办"].text == "街乡镇（需要地点才能确定单位）"
    assert said["事项"].text == "未判断（没有可用的模型）"
    assert (said["地点"].text, said["时限"].text) == ("文中没有说明", "没有规定")
    assert read(candidates=())["主办"].text == "没有找到对应的单位，请人工判断"


def test_other_leads_are_named_with_their_chance() -> None:
    other = Candidate("D1", "朝阳区城市管理委员会", "区城管委", "lead", 0.08, ())

    assert read(candidates=(STREET, other))["备选"].text == "朝阳区城市管理委员会 8%"


def test_each_outcome_and_part_has_a_name() -> None:
    assert set(OUTCOME_NAMES) == set(get_args(Outcome))
    assert set(PART_NAMES) == set(get_args(Part))
