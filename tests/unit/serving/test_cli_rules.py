"""`jiesu rules`: red cases are named, a chain is shown, a change is counted by unit."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from jiesu.serving import cli
from jiesu.taxonomy.city import default_city_folder

GREEN = "- {text: 楼道堆满纸箱, class: '020701', place: 朝阳区, expect: {outcome: district}}\n"
RED = "- {text: 楼道堆满纸箱, class: '020701', expect: {lead: 区城管委}}\n"
FREE = "- {text: 楼道堆满纸箱, expect: {lead: 街乡镇}}\n"


def jiesu(*args: str) -> Result:
    return CliRunner().invoke(cli.app, ["rules", *args])


def test_green_cases_end_well_and_say_how_many(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GREEN, encoding="utf-8")

    result = jiesu("test", str(tmp_path))

    assert (result.exit_code, result.stdout) == (0, "1 条用例，0 条不符，全部运行\n")


def test_red_case_is_named_with_what_differs(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GREEN + RED, encoding="utf-8")

    result = jiesu("test", str(tmp_path))

    assert result.exit_code == 3
    assert "✗ a.yaml 第 2 条：楼道堆满纸箱" in result.stdout
    assert "主办应为区城管委，实为街乡镇" in result.stdout


def test_without_a_model_a_case_without_class_is_told_to_be_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GREEN + FREE, encoding="utf-8")

    result = jiesu("test", str(tmp_path), "--model", str(tmp_path / "none"), "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"ran": 1, "skipped": 1, "failed": []}


def test_explain_shows_what_was_read_and_which_rule_decided() -> None:
    result = jiesu("explain", "我们院里的路全是坑", "--class", "140101", "--json")

    told = json.loads(result.stdout)
    assert told["facts"]["位置"] == {"value": "小区内", "span": [2, 4]}
    assert (told["decided_by"], told["lead"]) == ("道路-小区内", "街乡镇")
    failed = {step["rule"]: step["failed"] for step in told["chain"]}
    assert failed["道路-高速"] == "事实“道路类别”为“未提及”，应为“高速”"
    assert failed["道路-小区内"] is None


def test_explain_reads_rules_of_the_day_asked_for() -> None:
    args = ("explain", "楼顶盖了间房", "--class", "040101", "--address", "望京街道")

    before, after = jiesu(*args, "--day", "2019-05-01"), jiesu(*args, "--day", "2026-11-01")

    assert "2019-05-01 不在有效期内" in before.stdout
    assert "✓ 默认" in before.stdout
    assert "✓ 违建-城乡" in after.stdout
    assert "朝阳区望京街道办事处" in after.stdout


def test_explain_without_class_and_model_says_what_to_give(tmp_path: Path) -> None:
    result = jiesu("explain", "路灯不亮", "--model", str(tmp_path / "none"))

    assert result.exit_code == 2
    assert "请给出事项代码" in result.stderr


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The packaged city, whose dogs now belong to the subdistricts."""
    folder = tmp_path / "new"
    shutil.copytree(default_city_folder(), folder)
    path = folder / "rules" / "养犬.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("lead: 公安分局", "lead: 街乡镇", 1), encoding="utf-8")
    return folder


def test_diff_counts_what_would_move_by_unit(tmp_path: Path, changed: Path) -> None:
    rows = "内容,地址,code\n遛狗不拴绳,朝阳区望京街道,060601\n路灯不亮,朝阳区望京街道,140301\n"
    (tmp_path / "t.csv").write_text(rows, encoding="utf-8")

    result = jiesu("diff", str(default_city_folder()), str(changed), str(tmp_path / "t.csv"))

    assert result.exit_code == 0
    assert "2 件工单，1 件改派" in result.stdout
    assert "1  北京市公安局朝阳分局 → 朝阳区望京街道办事处" in result.stdout
    assert "第 2 行：遛狗不拴绳" in result.stdout


def test_diff_names_a_row_whose_class_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("内容,code\n遛狗不拴绳,999999\n", encoding="utf-8")
    city = str(default_city_folder())

    result = jiesu("diff", city, city, str(tmp_path / "t.csv"))

    assert result.exit_code == 2
    assert "第 2 行：事项代码 '999999' 不是分类体系" in result.stderr
