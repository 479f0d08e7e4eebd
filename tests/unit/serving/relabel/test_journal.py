from datetime import datetime
from pathlib import Path

import pytest

from jiesu.serving.relabel.journal import Journal, Progress
from jiesu.serving.relabel.tally import Tally
from jiesu.serving.times import CHINA_TIME
from jiesu.taxonomy.errors import InputError

NOW = datetime(2026, 11, 28, 9, tzinfo=CHINA_TIME)
TASK = {"输入": "a.csv sha256:1", "每批行数": 512}


def written(path: Path) -> None:
    journal = Journal.start(path, TASK, NOW)
    journal.record(2, {"part": 100}, Tally(rows=1024, bad=1))
    journal.record(3, {"part": 150}, Tally(rows=512, bad=2))
    journal.close()


def progress_in(path: Path) -> Progress:
    journal = Journal.resume(path, TASK)
    journal.close()
    return journal.progress


def test_resumed_journal_knows_where_the_run_was(tmp_path: Path) -> None:
    written(tmp_path / "j")
    journal = Journal.resume(tmp_path / "j", TASK)
    assert (journal.progress.chunks, journal.progress.lengths) == (3, {"part": 150})
    assert (journal.progress.tally.rows, journal.progress.tally.bad) == (1536, 3)
    assert journal.started_at == NOW
    journal.close()


def test_line_cut_off_in_the_middle_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "j"
    written(path)
    path.write_bytes(path.read_bytes()[:-10])
    journal = Journal.resume(path, TASK)
    assert journal.progress.chunks == 2
    journal.record(4, {"part": 200}, Tally())
    journal.close()
    assert progress_in(path).chunks == 4


def test_finished_run_is_known(tmp_path: Path) -> None:
    written(tmp_path / "j")
    assert not progress_in(tmp_path / "j").finished
    journal = Journal.resume(tmp_path / "j", TASK)
    journal.finish()
    journal.close()
    assert progress_in(tmp_path / "j").finished


def test_other_input_is_refused(tmp_path: Path) -> None:
    written(tmp_path / "j")
    with pytest.raises(InputError, match=r"不能续跑.*输入 原为 .*1'，现为 .*2'.*--overwrite"):
        Journal.resume(tmp_path / "j", {**TASK, "输入": "a.csv sha256:2"})


@pytest.mark.parametrize("content", [b"", b"{}\n", b'{"version": 99}\n'])
def test_other_file_is_no_journal(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "j").write_bytes(content)
    with pytest.raises(InputError, match="不是本版本的续跑日志；请用 --overwrite"):
        Journal.resume(tmp_path / "j", TASK)


@pytest.mark.parametrize("content", [b"no json\n", b"[1]\n"])
def test_damaged_journal_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "j").write_bytes(content)
    with pytest.raises(InputError, match="续跑日志已损坏；请用 --overwrite"):
        Journal.resume(tmp_path / "j", TASK)
