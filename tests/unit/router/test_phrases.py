"""Phrases found in one pass."""

from hypothesis import given, settings
from hypothesis import strategies as st

from jiesu.router.phrases import PhraseFinder

LETTERS = st.text(alphabet="甲乙丙", max_size=12)
WORDS = st.lists(st.text(alphabet="甲乙丙", min_size=1, max_size=3), max_size=6)


def test_one_phrase_may_have_several_owners() -> None:
    finder = PhraseFinder.of([("停水", 1), ("停水", 2), ("停水", 1)])
    assert [mention.owner for mention in finder.find("停水了")] == [1, 2]


def test_no_phrases_find_nothing() -> None:
    assert PhraseFinder.of([]).find("停水") == []


@given(LETTERS, WORDS)
@settings(deadline=None)
def test_every_occurrence_is_found(text: str, words: list[str]) -> None:
    found = {(m.owner, m.start) for m in PhraseFinder.of((w, w) for w in words).find(text)}
    expected = {(w, i) for w in words for i in range(len(text)) if text.startswith(w, i)}
    assert found == expected
