"""The command as a user runs it, on a file of made-up stories."""

import json
from pathlib import Path

import openpyxl
import pytest
from stories import stream
from typer.testing import CliRunner

from jiesu.serving.cli import app


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mass") / "messages.jsonl"
    rows = [
        {"id": m.id, "user": m.caller, "title": m.title, "time": m.at.isoformat(),
         "text": f"{m.text}联系电话13800138000。", "likes": 2}
        for m in stream()
    ]  # fmt: skip
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


def run(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["mass", *args])
    return result.exit_code, result.stdout


def test_alerts_come_as_json_lines_best_first(source: Path) -> None:
    code, out = run(str(source), "--no-route")

    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [row["rank"] for row in rows] == [1, 2]
    assert [len(row["members"]) for row in rows] == [6, 5]
    assert {"title", "summary", "heat", "party", "unusual", "units", "measure"} <= rows[0].keys()


def test_the_page_stands_alone_and_hides_personal_data(source: Path, tmp_path: Path) -> None:
    run(str(source), "--no-route", "--report", str(tmp_path / "r.html"))

    page = (tmp_path / "r.html").read_text("utf-8")
    assert "沥青厂" in page
    assert "<svg" in page
    assert "13800138000" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_workbook_has_issues_and_messages(source: Path, tmp_path: Path) -> None:
    run(str(source), "--no-route", "--xlsx", str(tmp_path / "r.xlsx"))

    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert book.sheetnames[:2] == ["热点问题表", "热点问题留言明细表"]
    assert book["热点问题表"].max_row == 3
    assert book["热点问题留言明细表"].max_row == 12
    assert book.sheetnames[4:] == ["每月一题", "治理类街乡镇", "诉求量预测", "敏感词"]


@pytest.mark.parametrize(
    ("show", "key"),
    [("themes", "evidence"), ("forecast", "verdict"), ("parties", "trend")],
)
def test_what_comes_next_is_shown_on_demand(source: Path, show: str, key: str) -> None:
    code, out = run(str(source), "--no-route", "--show", show)

    assert code == 0
    assert key in json.loads(out.splitlines()[0])


def test_columns_of_the_file_tell_place_class_and_outcome(tmp_path: Path) -> None:
    rows = [
        {"内容": f"停水{i}", "时间": f"2026-10-{i + 1:02}", "区": "东区", "街乡镇": "一街",
         "事项编码": "010101", "是否解决": "否" if i % 2 else "是"}
        for i in range(20)
    ]  # fmt: skip
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")

    care = json.loads(run(str(path), "--no-route", "--show", "subdistricts")[1])
    theme = json.loads(run(str(path), "--no-route", "--show", "themes")[1])

    assert (care["region"], care["count"], care["change"]) == ("东区一街", 20, "new")
    assert (theme["code"], theme["districts"], theme["unsolved"]) == ("010101", 1, 0.5)


def test_a_month_that_is_none_is_named(source: Path) -> None:
    assert run(str(source), "--no-route", "--month", "2026年")[0] == 2


def test_top_keeps_the_hottest(source: Path) -> None:
    assert len(run(str(source), "--no-route", "--top", "1")[1].splitlines()) == 1


@pytest.mark.parametrize(
    ("option", "name", "said"),
    [("--report", "无此夹/r.html", "不存在；请先建立"), ("--xlsx", "r.csv", "应以 .xlsx 结尾")],
)
def test_an_output_that_cannot_be_written_is_refused_first(
    source: Path, tmp_path: Path, option: str, name: str, said: str
) -> None:
    result = CliRunner().invoke(app, ["mass", str(source), option, str(tmp_path / name)])

    assert result.exit_code == 2
    assert said in result.stderr.replace("\n", "")


def test_a_file_without_stories_says_so(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("来电时间,内容\n2026-03-02,停水\n", "utf-8")

    result = CliRunner().invoke(app, ["mass", str(path), "--no-route"])

    assert (result.exit_code, result.stdout) == (0, "")
    assert "没有达到预警条件" in result.stderr


def test_subdistricts_without_inhabitants_are_said_to_be_so(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    rows = "".join(f"2026-10-{day:02},停水,东区,一街\n" for day in range(1, 29))
    path.write_text(f"时间,内容,区,街乡镇\n{rows}", "utf-8")

    result = CliRunner().invoke(app, ["mass", str(path), "--no-route", "--show", "subdistricts"])

    assert "没有人口数据（population.tsv）" in result.stderr


def test_help_is_chinese() -> None:
    code, out = run("--help")

    assert code == 0
    assert "群体诉求" in out


def test_a_missing_file_is_one_clear_message(tmp_path: Path) -> None:
    code, _ = run(str(tmp_path / "nothing.csv"))

    assert code == 2
