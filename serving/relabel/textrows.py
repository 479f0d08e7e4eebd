"""Text files as lines, delimited text as rows, and rows as delimited text."""

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from types import SimpleNamespace
from typing import BinaryIO

from jiesu.serving.relabel.encodings import TextEncoding
from jiesu.serving.relabel.rows import Value
from jiesu.taxonomy.errors import InputError

MAX_RECORD_CHARS = 4 << 20
"""A longer row is no row: a quote was not closed, or the file is no table."""


class Lines:
    """Hand lines to csv.reader, remember which ones a row took, and take lines back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self.at_end = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines, None)
        self.at_end = line is None
        if line is None:
            raise StopIteration
        self._taken.append(line)
        return line

    def take(self) -> list[str]:
        """Return the lines handed out since the last call."""
        taken, self._taken = self._taken, []
        return taken

    def give_back(self, lines: list[str]) -> None:
        """Hand these lines out again, before all others."""
        self._again.extendleft(reversed(lines))


def parsed_rows(lines: Lines, delimiter: str) -> Iterator[tuple[str, list[str] | None]]:
    """Yield the text and the cells of each row; None for cells when a quote is never closed.

    Such a row is one line: the lines that the open quote swallowed are read again.
    """
    # The limit is the module's, not a reader's; its default refuses a text of 131,073 characters.
    csv.field_size_limit(MAX_RECORD_CHARS)
    parser = csv.reader(lines, delimiter=delimiter)
    while True:
        values: list[str] | None
        try:
            values = next(parser)
        except StopIteration:
            return
        except csv.Error:
            values = None
        taken = lines.take()
        # A row that the end of the file ended was inside quotes.
        if values is None or lines.at_end or (len(taken) > 1 and not _is_well_quoted(taken)):
            lines.give_back(taken[1:])
            taken, values = taken[:1], None
        yield "".join(taken), values


def _is_well_quoted(lines: list[str]) -> bool:
    """Say whether a row over several lines closes its quotes where a cell ends.

    A quote left open in one row closes at the opening quote of a later row, in mid-cell.
    """
    try:
        return len(list(csv.reader(lines, strict=True))) == 1
    except csv.Error:
        return False


def text_lines(stream: BinaryIO, encoding: TextEncoding, place: str) -> Iterator[str]:
    """Yield the lines of a text file with their endings; never more than a bounded line.

    Raises:
        InputError: a line is too long, or the file breaks off within a character.
    """
    stream.seek(len(encoding.bom))
    text = io.TextIOWrapper(stream, encoding.codec, encoding.errors, newline="")
    try:
        for line in iter(partial(text.readline, MAX_RECORD_CHARS), ""):
            if len(line) == MAX_RECORD_CHARS:
                raise InputError(f"{place}：有一行超过 {MAX_RECORD_CHARS} 字，不像是表格文件")
            yield line
    except UnicodeDecodeError:
        raise InputError(
            f"{place}：不能按 {encoding.name} 解码；文件可能不完整，或请用 --encoding 指定编码"
        ) from None
    finally:
        if not stream.closed:
            text.detach()  # the stream belongs to the caller


def render(rows: Sequence[Sequence[Value]], delimiter: str) -> list[str]:
    """Print rows as delimited text without line endings."""
    lines: list[str] = []
    # The writer quotes a cell with a line break only if its own ending has that character.
    sink = SimpleNamespace(write=lambda line: lines.append(line[:-2]))
    csv.writer(sink, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return lines
