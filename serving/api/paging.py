"""Keyset pages: a cursor names the last item seen, so pages stay right while a list changes."""

import base64
import binascii
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Annotated, TypeVar

from fastapi import Query

from jiesu.serving.api.problem import FieldProblem, invalid_fields

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=1000, description="每页最多几项")]
Cursor = Annotated[
    str | None,
    Query(
        max_length=200,
        description="上一页给出的 next；第一页不填",
        json_schema_extra={"format": "cursor"},
    ),
]


def page(
    items: Iterable[T], key: Callable[[T], str], cursor: str | None, limit: int
) -> tuple[list[T], str | None]:
    """Return the items after the cursor, at most `limit`, and the cursor of the next page.

    Args:
        items: sorted by `key`, which is unique.
        key: what a cursor holds.
        cursor: as returned by the call before; None for the first page.
        limit: most items that the page may hold.

    Returns:
        The items, and None as the cursor where nothing follows.
    """
    after = decode_cursor(cursor) if cursor else ""
    found = list(islice((item for item in items if key(item) > after), limit + 1))
    if len(found) <= limit:
        return found, None
    return found[:limit], encode_cursor(key(found[limit - 1]))


def encode_cursor(key: str) -> str:
    """Wrap a key so that callers treat it as opaque.

    >>> decode_cursor(encode_cursor("0101"))
    '0101'
    """
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> str:
    """Return the key in a cursor.

    Raises:
        ProblemError: the cursor is not one of ours.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError):
        message = "不是本服务给出的翻页标记；请用上一页的 next"
        raise invalid_fields([FieldProblem(field="cursor", message=message)]) from None
