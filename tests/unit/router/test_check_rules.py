"""Checks of rules name file and rule, the value, and what to do."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from jiesu.router.check_rules import rule_problems, rule_warnings
from jiesu.taxonomy.city import City, default_city_folder, load_city

DAY = date(2026, 11, 28)
RULE = "- {{id: 试, classes: ['0101'], lead: 区城管委, source: 甲法第一条, {}}}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The packaged city with no rules but the one a test writes."""
    made = tmp_path / "city"
    (made / "rules").mkdir(parents=True)
    for path in default_city_folder().iterdir():
        if path.name != "rules":
            (made / path.name).symlink_to(path)
    (made / "units.tsv").unlink()
    shutil.copy(default_city_folder() / "units.tsv", made)
    return made


def city_with(folder: Path, rule: str) -> City:
    (folder / "rules" / "试.yaml").write_text(rule, encoding="utf-8")
    return load_city(folder)


def test_the_packaged_city_has_no_problems() -> None:
    assert rule_problems(load_city(), DAY) == []


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (RULE.format("assist: [区灯管所]"), "rules/试.yaml: 试: 承办角色 '区灯管所' 不在"),
        (RULE.format("facts: {颜色: [红]}"), "没有事实 '颜色'；请在 facts.yaml 补上"),
        (RULE.format("facts: {位置: [天上]}"), "位置 没有取值 '天上'，可用：小区内"),
        (RULE.format("facts: {人数: [很多]}"), "人数 是数，'很多' 应写成"),
        (RULE.format("where: ['999999']"), "区划代码 '999999' 不在 regions.tsv 中"),
        (RULE.format("since: 2025-01-02, until: 2025-01-01"), "2025-01-01 早于 since 2025-01-02"),
        (RULE.format("note: x").replace("0101", "9901"), "事项代码 '9901' 不在分类体系"),
        (RULE.format("note: x").replace("甲法第一条", "听说"), "'听说' 没有写明条款"),
    ],
)
def test_a_fault_names_file_and_rule(folder: Path, rule: str, message: str) -> None:
    problems = rule_problems(city_with(folder, rule), DAY)

    assert any(message in problem for problem in problems), problems


def test_a_conflict_is_a_problem_not_a_crash(folder: Path) -> None:
    rules = RULE.format("note: x") + "\n" + RULE.format("note: y").replace("试", "二")
    problems = rule_problems(city_with(folder, rules.replace("区城管委", "区水务局", 1)), DAY)

    assert len(problems) == 1
    assert "试 与 rules/试.yaml: 二 同样具体" in problems[0]


def test_a_role_without_a_unit_in_one_district_is_a_gap(folder: Path) -> None:
    units = (folder / "units.tsv").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in units if "\t区残联\t" not in line or "\t110105\t" not in line]
    (folder / "units.tsv").write_text("".join(kept), encoding="utf-8")

    problems = rule_problems(city_with(folder, RULE.format("note: x")), DAY)

    assert any("承办角色 区残联 在 朝阳区 等 1 处没有在用的单位" in text for text in problems)


def test_a_community_is_never_an_assignee(folder: Path) -> None:
    columns = (folder / "units.tsv").read_text(encoding="utf-8").split("\n", 1)[0].split("\t")
    cells = {"id": "C1", "name": "多福巷社区居委会", "level": "subdistrict", "source": "虚构",
             "region": "110101001001"}  # fmt: skip
    with (folder / "units.tsv").open("a", encoding="utf-8") as table:
        table.write("\t".join(cells.get(column, "") for column in columns) + "\n")

    problems = rule_problems(city_with(folder, RULE.format("note: x")), DAY)

    assert any("C1: 多福巷社区居委会 是社区（村）一级" in text for text in problems)


def test_warnings_tell_of_expired_and_hidden_rules(folder: Path) -> None:
    old = RULE.format("until: 2020-01-01")
    upper = RULE.format("note: x").replace("试", "上")
    leaves = [code for code in load_city().tree.leaves if code.startswith("0101")]
    lower = RULE.format("note: x").replace("试", "下").replace("['0101']", str(leaves))

    warnings = rule_warnings(city_with(folder, "\n".join((old, upper, lower))), DAY)

    assert any("试: 已于 2020-01-01 失效" in text for text in warnings)
    assert any("上: 总有更具体的规则，永远轮不到" in text for text in warnings)
    assert not any("下: 总有" in text for text in warnings)
