"""The routing cases hold, cover every field and article, and a broken one says what is wrong."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from jiesu.router.rule_cases import RuleCase, RulesAlone, failures, place_named, read_cases
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.errors import InputError

FOLDER = Path(__file__).parents[2] / "cases" / "routing"
CASES = read_cases(FOLDER)
TODAY = date(2026, 11, 28)


@cache
def rules() -> RulesAlone:
    return RulesAlone.of_city(load_city())


@pytest.mark.parametrize("case", [c for c in CASES if c.code], ids=lambda c: c.where)
def test_case_holds(case: RuleCase) -> None:
    assert failures(case.expect, rules().find(case, TODAY)) == []


def test_cases_cover_every_upper_class_and_article() -> None:
    assert len(CASES) >= 400
    assert {case.code[:2] for case in CASES} >= {f"{n:02}" for n in range(1, 46)}
    assert {case.article for case in CASES} >= {str(n) for n in range(11, 24)}


def test_most_rules_decide_a_case() -> None:
    deciding = {rules().find(case, TODAY).rule for case in CASES if case.code}
    every = {rule.id for rule in rules().jurisdiction.rules}

    assert len(deciding & every) / len(every) > 0.8, sorted(every - deciding)


def test_no_text_is_there_twice() -> None:
    texts = [(case.text, case.code, case.place, case.day) for case in CASES]

    assert len(texts) == len(set(texts))


def test_case_without_expectation_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("- {text: 路灯不亮}", encoding="utf-8")

    with pytest.raises(InputError, match=r"x.yaml 第 1 条: 用例要有 text 和 expect"):
        read_cases(tmp_path)


def test_unknown_key_is_named(tmp_path: Path) -> None:
    text = "- {text: 路灯不亮, expect: {lead: 区城管委, 单位: 甲}}"
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(InputError, match="不认识的键 单位"):
        read_cases(tmp_path)


def test_folder_without_cases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="不存在或没有"):
        read_cases(tmp_path / "无")


def test_place_of_two_districts_must_be_given_in_full() -> None:
    city = load_city()

    assert place_named("海淀区八里庄街道", city).district == "海淀区"
    with pytest.raises(InputError, match="地点 '八里庄街道' 有 2 处"):
        place_named("八里庄街道", city)
