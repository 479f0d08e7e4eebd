"""A batch run that is really killed, really interrupted and really resumed."""

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
EXAMPLE = TESTS.parent / "examples" / "tickets.csv"
JIESU = Path(sys.executable).with_name("jiesu")
ROWS = 3000
PAUSE_SECONDS = "1.2"  # for a chunk of 512 rows; more than there is between checkpoints
WAIT_SECONDS = 60

pytestmark = pytest.mark.slow


def start(source: Path, out: Path, *flags: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tiny_relabel", str(source), str(out), *flags]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    return subprocess.Popen(
        command,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,  # a terminal's Ctrl-C reaches all processes of the group
    )


def finished(process: "subprocess.Popen[str]") -> tuple[int, str]:
    _, errors = process.communicate(timeout=WAIT_SECONDS)
    return process.returncode, errors


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def checkpoints(out: Path) -> int:
    journal = Path(f"{out}.journal")
    return journal.read_bytes().count(b"\n") - 1 if journal.exists() else 0


def first_cells(path: Path) -> list[str]:
    with path.open(encoding="gb18030" if "whole" in path.name else "utf-8-sig", newline="") as rows:
        return [row[0] for row in csv.reader(rows)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [f'{j},"路灯{j}{"，楼道灯" * (j % 3)}，\n河沿街道"' for j in range(ROWS)]
    rows[1000] = "1000,"
    rows[2000] = '2000,"缺一个引号'
    path = tmp_path_factory.mktemp("relabel") / "in.csv"
    path.write_bytes("".join(f"{row}\r\n" for row in ["编号,内容", *rows]).encode("gb18030"))
    return path


@pytest.fixture(scope="module")
def whole(source: Path) -> Path:
    """The result of a run that nobody stopped."""
    out = source.with_name("whole.csv")
    assert finished(start(source, out)) == (3, "")
    return out


def test_rows_come_out_in_order(whole: Path) -> None:
    cells = [str(j) for j in range(ROWS)]
    cells[2000] = '2000,"缺一个引号'
    assert first_cells(whole) == ["编号", *cells]


def test_killed_run_resumes_to_the_same_bytes(source: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    process = start(source, out, "--pause", PAUSE_SECONDS)
    wait_until(lambda: checkpoints(out) > 0)
    process.kill()  # the parent alone: the workers must notice
    process.communicate(timeout=WAIT_SECONDS)
    assert not out.exists()
    wait_until(lambda: not group_lives(process.pid))

    assert finished(start(source, out, "--resume"))[0] == 3
    assert out.read_bytes() == whole.read_bytes()
    problems, expected = (Path(f"{path}.errors.csv").read_bytes() for path in (out, whole))
    assert problems == expected


def test_interrupted_run_says_how_to_go_on(source: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    process = start(source, out, "--pause", PAUSE_SECONDS)
    wait_until(lambda: checkpoints(out) > 0)
    os.killpg(process.pid, signal.SIGINT)
    code, errors = finished(process)
    assert code == 130
    assert f"jiesu relabel {source} {out} --resume --workers 2" in errors
    assert "Traceback" not in errors

    code, errors = finished(start(source, out))
    assert (code, "上次没跑完请用 --resume 续跑" in errors) == (2, True)
    assert finished(start(source, out, "--resume"))[0] == 3
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("suffix", [".jsonl", ".xlsx", ".parquet"])
def test_other_formats_resume_as_well(
    source: Path, whole: Path, tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / f"out{suffix}"
    process = start(source, out, "--pause", PAUSE_SECONDS)
    wait_until(lambda: checkpoints(out) > 0)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=WAIT_SECONDS)
    assert finished(start(source, out, "--resume"))[0] == 3

    back = tmp_path / "back.csv"
    assert finished(start(out, back, "--workers", "1"))[0] == 3
    assert first_cells(back) == first_cells(whole)


def test_command_labels_the_examples(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    command = [JIESU, "relabel", str(EXAMPLE), str(out)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_SECONDS)
    assert (result.returncode, result.stderr) == (0, "")
    with EXAMPLE.open(encoding="utf-8-sig") as given, out.open(encoding="utf-8-sig") as labelled:
        tickets, rows = list(csv.DictReader(given)), list(csv.DictReader(labelled))
    assert [row | ticket for row, ticket in zip(rows, tickets, strict=True)] == rows
    assert all(row["code"] and row["outcome"] and row["reason"] for row in rows)
    assert f"已标注 {len(tickets)} 行" in result.stdout


def test_command_refuses_a_wrong_column(tmp_path: Path) -> None:
    command = [JIESU, "relabel", str(EXAMPLE), str(tmp_path / "out.csv"), "--text-column", "诉求"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_SECONDS)
    assert result.returncode == 2
    assert "没有找到正文列 '诉求'；现有列：工单编号、受理时间" in result.stderr
    assert "Traceback" not in result.stderr
