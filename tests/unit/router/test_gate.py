"""The gate: confirm only when class and unit are both likely and the unit is known."""

from dataclasses import replace

import pytest

from jiesu.classifier.scores import RankedClass
from jiesu.router.decision import Candidate
from jiesu.router.gate import decide
from jiesu.router.policy import Policy

POLICY = Policy(
    version="t",
    confirm_p_class=0.6,
    confirm_p_unit=0.5,
    lead_share=0.8,
    max_leads=5,
    classes_considered=10,
    copy_reason="抄送",
    copy_source="第十二条",
)
SURE = [RankedClass("010101", (0.9, 0.9, 0.9))]
UNIT = Candidate("U1", "甲街道办事处", "街乡镇", "lead", 0.8)


def test_a_likely_class_and_unit_need_one_keystroke() -> None:
    outcome, gate, _ = decide(SURE, [UNIT], POLICY)

    assert outcome == "confirm"
    assert (gate.threshold, gate.policy) == (0.5, "t")


@pytest.mark.parametrize(
    ("classes", "candidates", "reason"),
    [
        ([], [UNIT], "没有可用的分类结果"),
        (SURE, [], "没有对应的承办单位"),
        ([RankedClass("010101", (0.9, 0.7, 0.5))], [UNIT], "首选事项的概率 50% 低于 60%"),
        (SURE, [replace(UNIT, p=0.4)], "首选单位的概率 40% 低于 50%"),
        (SURE, [replace(UNIT, unit_id="", unit="")], "“街乡镇”需要地点或对象"),
    ],
)
def test_any_doubt_goes_to_a_person_and_says_why(
    classes: list[RankedClass], candidates: list[Candidate], reason: str
) -> None:
    outcome, _, reasons = decide(classes, candidates, POLICY)

    assert outcome == "human"
    assert any(reason in sentence for sentence in reasons)
