import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiesu.serving.api.paging import decode_cursor, encode_cursor, page
from jiesu.serving.api.problem import ProblemError

keys = st.sets(st.text(min_size=1, max_size=4)).map(sorted)


@given(keys, st.integers(1, 5))
def test_pages_join_to_the_whole(items: list[str], limit: int) -> None:
    found: list[str] = []
    cursor: str | None = None
    while True:
        part, cursor = page(items, str, cursor, limit)
        found += part
        assert len(part) <= limit
        if cursor is None:
            break
    assert found == items


def test_removed_item_does_not_shift_the_next_page() -> None:
    _, cursor = page(["a", "b", "c", "d"], str, None, 2)
    assert page(["a", "c", "d"], str, cursor, 2) == (["c", "d"], None)


@given(st.text(min_size=1))
def test_cursor_holds_any_key(key: str) -> None:
    if not any("\ud800" <= char <= "\udfff" for char in key):
        assert decode_cursor(encode_cursor(key)) == key


@pytest.mark.parametrize("cursor", ["!!", "é", "a", "_w"])
def test_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ProblemError, match="cursor：不是本服务给出的翻页标记"):
        decode_cursor(cursor)
