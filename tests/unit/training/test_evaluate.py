"""`jiesu evaluate`: the numbers and the report, of the city's model and of a labelled file's."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jiesu.serving import cli
from jiesu.taxonomy.errors import InputError
from jiesu.training.corpus import LabelColumns
from jiesu.training.evaluate import evaluate_file
from jiesu.training.linear_run import labelled_task, train_linear

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
TEXTS = {
    "水": ["家里停水了", "水管漏水没人修", "水压太低", "自来水发黄", "停水一天了", "水表不准"],
    "灯": ["路灯不亮", "楼道灯坏了", "路灯白天亮着", "灯杆倒了", "路灯灭了三天", "换个灯泡"],
}


def labelled(file: Path, rows: list[tuple[str, str]]) -> Path:
    file.write_text("text,label\n" + "\n".join(f"{t},{c}" for t, c in rows), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labelled")
    rows = [(text, label) for label, texts in TEXTS.items() for text in texts]
    task = labelled_task(labelled(folder / "train.csv", rows), LabelColumns(("label",)))
    train_linear(task, folder / "model")
    return folder / "model"


def test_model_of_a_labelled_file_is_measured_on_its_classes(model: Path, tmp_path: Path) -> None:
    gold = labelled(tmp_path / "gold.csv", [("小区停水了", "水"), ("路灯又不亮", "灯")])
    numbers = evaluate_file(gold, NOW, model).numbers
    assert (numbers["n"], numbers["level1"]["top1"], numbers["accept"]["top1"]) == (2, 1.0, 1.0)
    assert numbers["unit"] is None
    assert numbers["danger"] is None


def test_unknown_label_says_where_it_stands(model: Path, tmp_path: Path) -> None:
    gold = labelled(tmp_path / "gold.csv", [("小区停水了", "气")])
    with pytest.raises(InputError, match="标签 '气' 在训练数据里没有出现过"):
        evaluate_file(gold, NOW, model)


def test_columns_named_for_a_city_s_model_are_refused(tmp_path: Path) -> None:
    gold = labelled(tmp_path / "gold.csv", [("小区停水了", "水")])
    with pytest.raises(InputError, match="--labels 大,小 只用于自带类别的模型，而 默认模型"):
        evaluate_file(gold, NOW, labels=LabelColumns(("大", "小")))


def test_report_shows_numbers_and_charts(model: Path, tmp_path: Path) -> None:
    rows = [(text, label) for label, texts in TEXTS.items() for text in texts]
    gold, report = labelled(tmp_path / "gold.csv", rows), tmp_path / "report.html"
    done = CliRunner().invoke(
        cli.app, ["evaluate", str(gold), "--model", str(model), "--report", str(report)]
    )
    assert done.exit_code == 0, done.output
    page = report.read_text(encoding="utf-8")
    numbers = json.loads(done.stdout)
    assert f"{numbers['accept']['top1']:.1%}" in page
    assert page.count("<svg") == 2
    assert "没有标注这些部分" in page


def test_marks_of_the_axes_stay_inside_the_picture(model: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    gold = labelled(tmp_path / "gold.csv", [("小区停水了", "水")])
    CliRunner().invoke(
        cli.app, ["evaluate", str(gold), "--model", str(model), "--report", str(report)]
    )
    page = report.read_text(encoding="utf-8")
    width = float(re.findall(r'viewBox="0 0 (\d+)', page)[0])
    middles = re.findall(r'<text x="([\d.]+)" y="[\d.]+" text-anchor="middle">100%', page)
    assert len(middles) == 2
    assert all(float(x) + 15 <= width for x in middles)  # "100%" is 30 wide


@pytest.mark.slow
def test_city_model_is_measured_by_whole_decisions(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    row = {"text": "东城区和平里小区门口的路灯坏了，一到晚上漆黑一片", "codes": ["030105"]}
    judged = {"kind": "投诉", "danger": False, "district": "东城区"}
    gold.write_text(json.dumps({**row, **judged}, ensure_ascii=False), encoding="utf-8")
    done = CliRunner().invoke(cli.app, ["evaluate", str(gold)])
    assert done.exit_code == 0, done.output
    numbers = json.loads(done.stdout)
    assert numbers["n"] == 1
    assert numbers["place"]["district"] == 1.0
    assert numbers["danger"] == {"recall": None, "false_alarm": 0.0}
    assert numbers["kind"]["top1"] in {0.0, 1.0}
    assert numbers["unit"] is None
