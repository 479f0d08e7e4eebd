"""The journal beside the output (OUT.journal): what makes a run resumable after any kind of end.

JSON lines: the first says what was asked for, each further one that all rows up to a point are
in the files, with the length of the files then and the counts since the line before. The data
reach the disk before the line that vouches for them. On resume the files are cut back to the
last line, so that the result is the same, byte for byte, as of a run that nobody stopped.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from jiesu.serving.relabel.tally import Tally
from jiesu.taxonomy.errors import InputError

_VERSION = 1


@dataclass(slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        chunks: chunks that are in the files.
        lengths: file → its length with exactly these chunks.
        finished: the output is complete and has its final name.
    """

    chunks: int = 0
    lengths: dict[str, int] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    finished: bool = False


@dataclass(slots=True)
class Journal:
    """An open journal."""

    stream: BinaryIO
    started_at: datetime
    progress: Progress

    @classmethod
    def start(cls, path: Path, task: Mapping[str, Any], started_at: datetime) -> "Journal":
        """Begin a new journal, in place of one that may be there."""
        journal = cls(path.open("wb"), started_at, Progress())
        head = {"version": _VERSION, "started_at": started_at.isoformat(), "task": dict(task)}
        journal._write(head)
        return journal

    @classmethod
    def resume(cls, path: Path, task: Mapping[str, Any]) -> "Journal":
        """Open the journal of an earlier run.

        Raises:
            InputError: it belongs to another input or to other settings, or cannot be read.
        """
        head, progress, length = _read(path)
        _refuse_other_task(path, head["task"], task)
        stream = path.open("r+b")
        stream.truncate(length)  # a line that was cut off in the middle
        stream.seek(length)
        return cls(stream, datetime.fromisoformat(head["started_at"]), progress)

    def record(self, chunks: int, lengths: Mapping[str, int], since: Tally) -> None:
        """Vouch for the chunks that are on disk; `since` are the counts since the last call."""
        self.progress.chunks = chunks
        self.progress.lengths = dict(lengths)
        self.progress.tally.merge(since)
        self._write({"chunks": chunks, "lengths": dict(lengths), "tally": since.to_json()})

    def finish(self) -> None:
        """Say that the output is complete."""
        self.progress.finished = True
        self._write({"finished": True})

    def close(self) -> None:
        """Close the file."""
        self.stream.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        self.stream.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        flush_to_disk(self.stream)


def flush_to_disk(stream: BinaryIO) -> None:
    """Make sure that what was written survives the end of this process and of the machine."""
    stream.flush()
    os.fsync(stream.fileno())


def _read(path: Path) -> tuple[dict[str, Any], Progress, int]:
    """Return the head, how far the run came, and the length of the whole lines."""
    head: dict[str, Any] = {}
    progress, length = Progress(), 0
    with path.open("rb") as stream:
        for line in stream:
            if not line.endswith(b"\n"):
                break
            length += len(line)
            entry = _entry(path, line)
            if not head:
                head = entry
            elif "tally" in entry:
                progress.chunks, progress.lengths = entry["chunks"], entry["lengths"]
                progress.tally.merge(Tally.from_json(entry["tally"]))
            else:
                progress.finished = True
    if head.get("version") != _VERSION:
        raise InputError(f"{path}：不是本版本的续跑日志；请用 --overwrite 从头开始")
    return head, progress, length


def _entry(path: Path, line: bytes) -> dict[str, Any]:
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        entry = None
    if not isinstance(entry, dict):
        raise InputError(f"{path}：续跑日志已损坏；请用 --overwrite 从头开始")
    return entry


def _refuse_other_task(path: Path, before: Mapping[str, Any], task: Mapping[str, Any]) -> None:
    changed = [name for name in task if before.get(name) != task[name]]
    if changed:
        said = [f"{name} 原为 {before.get(name)!r}，现为 {task[name]!r}" for name in changed]
        raise InputError(
            f"{path.name}：不能续跑，这次的任务与上次不同（{'；'.join(said)}）；"
            "请恢复原来的输入和参数，或用 --overwrite 从头开始"
        )
