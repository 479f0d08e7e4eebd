"""What flows through a batch run: rows in, and the problems found on the way.

A reader cuts the file into chunks. A chunk holds, for each row, the fields that the router needs
(or the problem that keeps the row from being labelled) and the row as the format gave it, so
that the writer can pass it through untouched.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple, Protocol

import orjson

Value = Any
"""A cell: text, number, truth value, date or time, None, or (from JSON) a list or object."""


class Fields(NamedTuple):
    """The columns that the router reads, as text; empty where the file has none."""

    id: str = ""
    text: str = ""
    title: str = ""
    address: str = ""
    time: str = ""
    caller: str = ""
    channel: str = ""


EXCERPT_CHARS = 2000
"""Of a row with a problem, no more than this travels on."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one row.

    Attributes:
        row: number of the row in the input as an operator counts it: the header is row 1.
        column: the column it is about; empty for the whole row.
        text: what is wrong, in Chinese.
        excerpt: the beginning of the value; masked on the way out.
        labelled: the row has labels all the same.
    """

    row: int
    column: str
    text: str
    excerpt: str = ""
    labelled: bool = False


Entry = Fields | Problem
"""One row on its way to the router; a Problem goes around it."""


LabelRow = tuple[str | float | None, ...]
"""The added cells of one row, in the order of `LABEL_COLUMNS`; None where nothing is known."""


class Body(Protocol):
    """The rows of a chunk in the form of their format."""

    def values(self) -> Sequence[Sequence[Value]]:
        """Return the cells, one list a row, in the order of the reader's header."""
        ...


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive rows of the input.

    Attributes:
        numbers: row number of each row, as an operator counts.
        entries: what the router gets for each row.
        body: the rows themselves.
    """

    numbers: tuple[int, ...]
    entries: tuple[Entry, ...]
    body: Body


def cell_text(value: Value) -> str:
    """Write a cell as text.

    A whole number that a spreadsheet holds as 12.0 is written 12.

    >>> [cell_text(v) for v in (None, "路灯", 12.0, 0.5, True, datetime(2026, 1, 2, 3, 4))]
    ['', '路灯', '12', '0.5', 'TRUE', '2026-01-02 03:04:00']
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list | dict):
        return json_text(value)
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def json_text(value: Value) -> str:
    """Write a value as JSON, whatever is in it.

    >>> json_text({"时间": date(2026, 1, 2), "数": 10**20})
    '{"时间": "2026-01-02", "数": 100000000000000000000}'
    """
    try:
        return orjson.dumps(value, default=str).decode()
    except TypeError:  # lone surrogates, or whole numbers over 64 bits
        return json.dumps(value, ensure_ascii=False, default=str)
