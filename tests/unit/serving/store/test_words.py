import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiesu.serving.store.words import is_searchable, pairs, phrases

CASES = [
    ("路灯", [(["路灯"], False)]),
    ("路灯不亮", [(["路灯", "灯不", "不亮"], False)]),
    ("灯", [(["灯"], True)]),
    ("楼3", [(["楼", "3"], True)]),
    ("路灯 漏水", [(["路灯"], False), (["漏水"], False)]),
    ("路灯，漏水", [(["路灯", "灯", "漏水"], False)]),
    ("ＡＢ12", [(["ab12"], False)]),
    ("！？", []),
]


@pytest.mark.parametrize(("query", "expected"), CASES)
def test_query_becomes_phrases(query: str, expected: list[tuple[list[str], bool]]) -> None:
    assert phrases(query) == expected
    assert is_searchable(query) is bool(expected)


CHARS = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF) | st.sampled_from("aB13，。 _")


@settings(deadline=None)
@given(st.text(CHARS, min_size=1, max_size=30), st.data())
def test_every_part_of_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    stored = pairs(text)

    for phrase, begins in phrases(part):
        if all(not pair.isascii() for pair in phrase):  # Latin words match as a whole only
            assert occurs(phrase, begins, stored)


def occurs(phrase: list[str], begins: bool, stored: list[str]) -> bool:
    for start in range(len(stored) - len(phrase) + 1):
        window = stored[start : start + len(phrase)]
        if window[:-1] == phrase[:-1] and (
            window[-1].startswith(phrase[-1]) if begins else window[-1] == phrase[-1]
        ):
            return True
    return False


def test_pairs_are_whole_tokens_for_sqlite() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE w USING fts5(words, content='', tokenize='unicode61 "
        "remove_diacritics 0')"
    )
    connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab(w, row)")
    found = pairs("3号楼AB-12的é电梯②㎡坏了_x")
    connection.execute("INSERT INTO w (rowid, words) VALUES (1, ?)", (" ".join(found),))

    known = {term for (term,) in connection.execute("SELECT term FROM v")}
    connection.close()
    assert known == set(found)
