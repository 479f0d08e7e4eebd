"""The gate: confirm only when class and unit are both likely and the unit is known."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tiny_policy import VERSIONS, tiny_policy

from jiesu.classifier.scores import RankedClass
from jiesu.router.decision import Candidate, Competence, Gate, Outcome, Reason
from jiesu.router.dispatch_policy import DispatchPolicy, licence_of
from jiesu.router.gate import Decided, decide, doubted, release, settle
from jiesu.router.jurisdiction import Ruling
from jiesu.router.policy import Policy, load_policy
from jiesu.router.rules import Rule
from jiesu.taxonomy.city import City, load_city

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


@pytest.fixture(scope="module")
def city() -> City:
    return load_city()


def ruling(role: str, outcome: str = "") -> Ruling:
    rule = Rule("r1", "x.yaml", ("0101",), role, "甲法第一条", outcome=outcome, note="职责不清")
    reason = Reason("rule", "职责不清", "甲法第一条")
    lead, helper = Competence(role, "lead", reason), Competence("区城管委", "assist", reason)
    return Ruling((lead, helper), rule)


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        (ruling("街乡镇"), "confirm", "把握较大"),
        (ruling("街乡镇", "consult"), "consult", "请召集：街乡镇、区城管委"),
        (ruling("人工会商"), "consult", "请召集：区城管委"),
        (ruling("热线直答"), "answer", "按“热线直答”办理"),
        (ruling("转119"), "emergency", "转 119"),
        (ruling("法定渠道告知"), "statutory", "职责不清（甲法第一条）"),
        (ruling("转外埠"), "elsewhere", "职责不清（甲法第一条）"),
    ],
)
def test_the_rule_of_a_sure_class_settles_the_outcome(
    city: City, said: Ruling, outcome: str, reason: str
) -> None:
    decided = decide(SURE, [UNIT], POLICY)

    settled = settle(decided, SURE, [UNIT], ruling=said, kind="投诉", city=city, policy=POLICY)

    assert settled[0] == outcome
    assert reason in "；".join(settled[2])


def test_an_unsure_class_settles_nothing(city: City) -> None:
    unsure = [RankedClass("010101", (0.9, 0.7, 0.5))]
    decided = decide(unsure, [UNIT], POLICY)

    said = ruling("转119")
    assert (
        settle(decided, unsure, [UNIT], ruling=said, kind="投诉", city=city, policy=POLICY)
        == decided
    )


def test_a_government_in_place_of_a_subdistrict_is_said_to_be_so(city: City) -> None:
    policy = load_policy(city.folder)
    stand_in = Candidate("G110105", "朝阳区人民政府", "街乡镇", "lead", 0.8)
    decided = decide(SURE, [stand_in], policy)

    outcome, _, reasons = settle(
        decided, SURE, [stand_in], ruling=ruling("街乡镇"), kind="投诉", city=city, policy=policy
    )

    assert outcome == "district"
    assert "第十二条第一款第二项" in reasons[0]


@pytest.mark.parametrize(("kind", "outcome"), [("咨询", "confirm"), ("投诉", "human")])
def test_without_a_place_only_a_question_goes_to_the_city_at_once(
    city: City, kind: str, outcome: str
) -> None:
    policy = load_policy(city.folder)
    stand_in = Candidate("M013", "北京市人力资源和社会保障局", "区人社局", "lead", 0.8)
    decided = decide(SURE, [stand_in], policy)

    settled = settle(
        decided, SURE, [stand_in], ruling=ruling("区人社局"), kind=kind, city=city, policy=policy
    )

    assert settled[0] == outcome
    assert ("请先问清" in settled[2][0]) is (kind == "投诉")


SURE_UNIT = replace(UNIT, p=0.95)
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def released(
    dispatch: DispatchPolicy | None,
    lead: Candidate = SURE_UNIT,
    policy: Policy = POLICY,
    broken: tuple[str, ...] = (),
) -> Decided:
    licence = licence_of(dispatch, VERSIONS, NOW)
    return release(
        decide(SURE, [lead], policy, licence, "01"),
        SURE,
        [lead],
        licence=licence,
        group="01",
        policy=policy,
        broken=broken,
    )


def test_without_a_certified_policy_nothing_is_auto() -> None:
    outcome, gate, _ = released(None, replace(UNIT, p=1.0))

    assert (outcome, gate.would_be, gate.guarantee) == ("confirm", "", "")


def test_a_policy_in_force_dispatches_with_its_guarantee() -> None:
    outcome, gate, reasons = released(tiny_policy())

    assert (outcome, gate.threshold, gate.would_be) == ("auto", 0.9, "auto")
    assert gate.policy.startswith("certified-")
    assert "不低于 98.0%" in gate.guarantee
    assert "95.0% 达到自动派单门槛 90.0%" in reasons[0]


@pytest.mark.parametrize("stage", ["shadow", "confirm"])
def test_an_earlier_stage_only_records_what_would_be_auto(stage: str) -> None:
    outcome, gate, reasons = released(tiny_policy(stage=stage))

    assert (outcome, gate.would_be) == ("confirm", "auto")
    assert "只作记录" in reasons[-1]


@pytest.mark.parametrize(
    ("dispatch", "reason"),
    [
        (tiny_policy(expires_at=NOW), "到期"),
        (tiny_policy(made_for=replace(VERSIONS, model="old")), "是为模型 old 认证的"),
        (tiny_policy(made_for=replace(VERSIONS, rules="0")), "是为规则 0 认证的"),
        (tiny_policy().withdraw(NOW, "漂移检验报警"), "撤回：漂移检验报警"),
    ],
)
def test_a_policy_that_does_not_count_says_why(dispatch: DispatchPolicy, reason: str) -> None:
    outcome, gate, reasons = released(dispatch)

    assert (outcome, gate.would_be, gate.policy) == ("confirm", "", "t")
    assert reason in reasons[-1]


def test_some_classes_are_never_auto() -> None:
    outcome, gate, reasons = released(tiny_policy(), policy=replace(POLICY, never_auto=("0101",)))

    assert (outcome, gate.would_be) == ("confirm", "")
    assert "一律由人确认" in reasons[-1]


def test_a_broken_part_holds_everything_back() -> None:
    outcome, _, reasons = released(tiny_policy(), broken=("kind",))

    assert outcome == "confirm"
    assert "kind" in reasons[-1]


def test_below_the_proved_threshold_a_person_confirms() -> None:
    assert released(tiny_policy(), replace(UNIT, p=0.89))[0] == "confirm"


@pytest.mark.parametrize(("stage", "outcome"), [("shadow", "human"), ("confirm", "confirm")])
def test_beyond_shadow_the_proved_threshold_decides_what_is_confirmed(
    stage: str, outcome: str
) -> None:
    assert released(tiny_policy(stage=stage), replace(UNIT, p=0.45))[0] == outcome


def test_a_class_that_history_proves_nothing_of_goes_to_a_person() -> None:
    licence = licence_of(tiny_policy(), VERSIONS, NOW)

    outcome, gate, reasons = decide(SURE, [SURE_UNIT], POLICY, licence, "02")

    assert (outcome, gate.threshold) == ("human", None)
    assert "历史工单不足以证明" in reasons[0]


@pytest.mark.parametrize(
    ("outcome", "expected"), [("confirm", "human"), ("human", "human"), ("consult", "consult")]
)
def test_a_doubt_is_said_first_and_takes_the_keystroke_away(
    outcome: Outcome, expected: Outcome
) -> None:
    decided = (outcome, Gate(), ("把握较大",))

    assert doubted(decided, "请核实")[::2] == (expected, ("请核实", "把握较大"))
    assert doubted(decided, "") == decided
