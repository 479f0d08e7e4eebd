"""Rules: readable files, faults named with file and rule, contradictions refused."""

from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from jiesu.router.decision import NO_PLACE, Place
from jiesu.router.facts import Fact, FactReader
from jiesu.router.jurisdiction import Jurisdiction
from jiesu.router.rules import Rule, conflicts, load_rules
from jiesu.taxonomy.errors import CityError
from jiesu.taxonomy.tree import Label, tree_of

DAY = date(2026, 11, 24)
LEAF = Label("010101", "楼道堆物", 3, "0101", unit_role="街乡镇", co_roles=("消防",))
TREE = tree_of("t", [Label("01", "市容", 1), Label("0101", "环境", 2, "01"), LEAF])
WIDE = Rule("r1", "a.yaml", ("01",), "城管", "甲法第一条")
NARROW = Rule("r2", "a.yaml", ("0101",), "物业科", "乙法第二条", assist=("社区科",))
INDOORS = Rule("r3", "b.yaml", ("0101",), "房管", "丙法第三条", facts={"where": ("compound",)})
PAST = Rule("r4", "b.yaml", ("010101",), "旧局", "旧法第四条", until=date(2020, 1, 1))
SAID = {"where": Fact("where", "compound", (0, 2))}


def lead_of(rules: tuple[Rule, ...], facts: dict[str, Fact], place: Place = NO_PLACE) -> str:
    found = Jurisdiction(TREE, FactReader({}, {}), rules).competences(LEAF, place, facts, DAY)
    return next(c.role for c in found if c.part == "lead")


def test_the_deeper_class_wins() -> None:
    assert lead_of((WIDE, NARROW), {}) == "物业科"


def test_of_one_class_the_rule_with_more_conditions_wins() -> None:
    assert lead_of((NARROW, INDOORS), SAID) == "房管"
    assert lead_of((NARROW, INDOORS), {}) == "物业科"


def test_expired_rule_gives_no_unit() -> None:
    assert lead_of((PAST, WIDE), {}) == "城管"


def test_without_a_rule_the_taxonomy_decides() -> None:
    assert lead_of((), {}) == "街乡镇"


@pytest.mark.parametrize("order", list(permutations((WIDE, NARROW, INDOORS, PAST))))
def test_order_of_rules_does_not_matter(order: tuple[Rule, ...]) -> None:
    assert lead_of(order, SAID) == "房管"


def test_who_leads_by_default_does_not_assist_itself() -> None:
    rule = Rule("r9", "c.yaml", ("0101",), "", "甲法", assist=("街乡镇", "房管"), outcome="consult")

    found = Jurisdiction(TREE, FactReader({}, {}), (rule,)).competences(LEAF, NO_PLACE, {}, DAY)

    assert [(c.role, c.part) for c in found] == [("街乡镇", "lead"), ("房管", "assist")]


def test_rule_of_one_region_holds_there_and_below() -> None:
    here = Rule("r5", "c.yaml", ("0101",), "开发区局", "丁法", where=("110115",))

    assert lead_of((WIDE, here), {}, Place(code="110115101")) == "开发区局"
    assert lead_of((WIDE, here), {}, Place(code="110105001")) == "城管"


def test_chain_tells_why_each_rule_fell_out() -> None:
    jurisdiction = Jurisdiction(TREE, FactReader({}, {}), (PAST, INDOORS, WIDE))

    failed = [tried.failed for tried in jurisdiction.chain(LEAF, NO_PLACE, {}, DAY)]

    assert failed == ["2026-11-24 不在有效期内", "事实“where”为“未提及”，应为“compound”", ""]


@pytest.mark.parametrize(
    ("other", "clash"),
    [
        (Rule("x", "d.yaml", ("0101",), "另一局", "戊法"), True),
        (Rule("x", "d.yaml", ("0101",), "物业科", "戊法", assist=("社区科",)), False),
        (Rule("x", "d.yaml", ("0101",), "另一局", "戊法", until=date(2019, 1, 1)), True),
        (Rule("x", "d.yaml", ("0101",), "另一局", "戊法", facts={"where": ("road",)}), False),
    ],
)
def test_equal_specificity_and_another_lead_is_a_conflict(other: Rule, clash: bool) -> None:
    assert bool(conflicts([NARROW, other])) is clash


def test_dated_rules_that_follow_each_other_do_not_conflict() -> None:
    old = Rule("a", "e.yaml", ("01",), "旧局", "法", until=date(2024, 12, 31))
    new = Rule("b", "e.yaml", ("01",), "新局", "法", since=date(2025, 1, 1))

    assert conflicts([old, new]) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {id: a, classes: ['01'], lead: 甲}", r"rules/x.yaml: 第 1 条规则 a: 缺少 source"),
        (
            "- {id: a, classes: ['01'], source: 法}",
            "lead、outcome、assist、copy、note 至少要有一个",
        ),
        ("- {id: a, classes: ['01'], lead: 甲, source: 法, unit: 乙}", "未知的键 'unit'"),
        ("- {id: a, classes: ['01'], lead: 甲, source: 法, until: 明年}", "'明年' 不是日期"),
        ("- 城管", "应是键值表"),
        ("- {id: a", "不是可读的 YAML"),
    ],
)
def test_faults_name_file_and_rule(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "x.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(CityError, match=message):
        load_rules(tmp_path)


def test_repeated_id_and_conflict_are_refused_at_load(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    rule = "- {{id: a, classes: ['01'], lead: {}, source: 法}}\n"
    for lead in ("甲", "乙"):
        (tmp_path / "rules" / f"{lead}.yaml").write_text(rule.format(lead), encoding="utf-8")

    with pytest.raises(CityError, match="编号已在"):
        load_rules(tmp_path)
