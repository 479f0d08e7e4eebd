"""Fields that requests to the store have in common."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, Field, StringConstraints

from jiesu.serving.api.paging import decode_cursor, encode_cursor
from jiesu.serving.api.problem import FieldProblem, ProblemError, invalid_fields
from jiesu.serving.store.tickets import Mark
from jiesu.serving.times import CHINA_TIME, parse_time
from jiesu.taxonomy.errors import InputError

ID_PATTERN = r"^\w[\w.:\-]*$"
_LARGEST = 2**63 - 1


def _no_nul(text: str) -> str:
    if "\0" in text:  # PostgreSQL keeps none
        raise ValueError("不能含有空字符（U+0000）")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("不能是空的")
    return _no_nul(text).strip()


Line = Annotated[str, StringConstraints(max_length=1000), AfterValidator(_no_nul)]
Given = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_not_blank)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_not_blank)]
Operator = Annotated[Name, Field(description="操作人的姓名或工号，记入历史")]
Reason = Annotated[Given, Field(description="原因，记入历史")]
Note = Annotated[Line, Field(description="说明，记入历史")]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, description="您看到的版本；已变则返回 409")]
ItemId = Annotated[str, Path(max_length=100, pattern=ID_PATTERN, description="编号")]


def time_of(field: str, text: str | None) -> datetime | None:
    """Read a time that a caller gave.

    Raises:
        ProblemError: it cannot be read; names the field.
    """
    if text is None:
        return None
    try:
        return parse_time(text)
    except InputError as error:
        raise invalid_fields([FieldProblem(field=field, message=str(error))]) from None


def cursor_of(mark: Mark | None) -> str | None:
    """Return where the next page begins, as callers see it; None after the last."""
    return None if mark is None else encode_cursor(f"{mark.at.isoformat()} {mark.seq}")


def mark_of(cursor: str | None) -> Mark | None:
    """Return where a page begins.

    Raises:
        ProblemError: the cursor is not one of ours.
    """
    if cursor is None:
        return None
    at, _, seq = decode_cursor(cursor).partition(" ")
    try:
        mark = Mark(datetime.fromisoformat(at).astimezone(CHINA_TIME), int(seq))
    except (ValueError, OverflowError):
        raise _foreign_cursor() from None
    if not 0 <= mark.seq <= _LARGEST:
        raise _foreign_cursor()
    return mark


def _foreign_cursor() -> ProblemError:
    message = "不是本服务给出的翻页标记；请用上一页的 next"
    return invalid_fields([FieldProblem(field="cursor", message=message)])
