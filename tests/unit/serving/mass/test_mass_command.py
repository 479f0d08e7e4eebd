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


def test_top_keeps_the_hottest(source: Path) -> None:
    assert len(run(str(source), "--no-route", "--top", "1")[1].splitlines()) == 1


def test_help_is_chinese() -> None:
    code, out = run("--help")

    assert code == 0
    assert "群体诉求" in out


def test_a_missing_file_is_one_clear_message(tmp_path: Path) -> None:
    code, _ = run(str(tmp_path / "nothing.csv"))

    assert code == 2
