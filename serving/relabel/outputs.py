"""Files that grow row by row and can be cut back to where the journal last vouched for them."""

import codecs
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from jiesu.serving.relabel.encodings import show_unread
from jiesu.serving.relabel.journal import flush_to_disk
from jiesu.serving.relabel.rows import Problem
from jiesu.serving.relabel.textrows import render
from jiesu.taxonomy.errors import InputError

_PROBLEM_HEADER = ("行号", "列", "问题", "处理", "原文摘录（已脱敏）")


class GrowingFile:
    """A file that is appended to.

    Args:
        prologue: what a new file starts with.
        length: of an earlier run, to which the file is cut back; None begins a new file.
    """

    def __init__(self, path: Path, prologue: bytes, length: int | None) -> None:
        self.path = path
        if length is None:
            self._stream: BinaryIO = path.open("wb")
            self.write(prologue)
        else:
            self._stream = _cut_back(path, length)

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._stream.write(data)

    def flush(self) -> int:
        """Bring everything to disk and return the length of the file."""
        flush_to_disk(self._stream)
        return self._stream.tell()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def _cut_back(path: Path, length: int) -> BinaryIO:
    found = path.stat().st_size if path.is_file() else 0
    if found < length:
        raise InputError(
            f"{path}：续跑需要的 {length} 字节只剩 {found} 字节；请用 --overwrite 从头开始"
        )
    stream = path.open("r+b")
    stream.truncate(length)
    stream.seek(length)
    return stream


PROBLEM_PROLOGUE = codecs.BOM_UTF8 + (render([_PROBLEM_HEADER], ",")[0] + "\r\n").encode()


def problem_lines(problems: Iterable[Problem]) -> bytes:
    """Print problems as lines of OUT.errors.csv; excerpts are masked already."""
    rows = [
        (p.row, p.column, p.text, "已标注" if p.labelled else "未标注", p.excerpt) for p in problems
    ]
    return "".join(f"{show_unread(line)}\r\n" for line in render(rows, ",")).encode()
