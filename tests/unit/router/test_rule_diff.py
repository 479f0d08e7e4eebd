"""A change of rules is shown by the tickets that would move."""

from dataclasses import replace
from datetime import date

from jiesu.router.jurisdiction import Jurisdiction
from jiesu.router.rule_cases import Expectation, RuleCase, RulesAlone
from jiesu.router.rule_diff import Move, by_unit, moves
from jiesu.taxonomy.city import load_city

DAY = date(2026, 11, 28)
DOG = RuleCase("1", "遛狗不拴绳", Expectation(), "060601", "海淀区清河街道")
LAMP = RuleCase("2", "路灯不亮", Expectation(), "140301", "海淀区清河街道")


def test_only_what_moves_is_listed() -> None:
    old = RulesAlone.of_city(load_city())
    known = old.jurisdiction
    rules = tuple(
        replace(rule, lead="街乡镇", assist=()) if rule.id == "养犬-管理" else rule
        for rule in known.rules
    )
    changed = Jurisdiction(known.tree, known.facts, rules, known.areas)

    found = list(moves([DOG, LAMP], old, replace(old, jurisdiction=changed), DAY))

    assert found == [
        Move(
            "1", "遛狗不拴绳", "060601", "北京市公安局海淀分局", "海淀区清河街道办事处", "养犬-管理"
        )
    ]
    assert list(moves([DOG, LAMP], old, old, DAY)) == []


def test_moves_are_counted_most_first() -> None:
    found = [Move(str(n), "", "", "甲", "乙" if n else "丙", "r") for n in range(3)]

    assert by_unit(found) == [("甲", "乙", 2), ("甲", "丙", 1)]
