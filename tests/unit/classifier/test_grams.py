"""Hashed characters and pairs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiesu.classifier.grams import HashedGrams

SMALL = HashedGrams(bits=12)
TEXTS = st.lists(st.text(max_size=30), max_size=5)


def counts(text: str) -> np.ndarray:
    return np.asarray(SMALL.counts([text]).toarray())[0]


@given(TEXTS)
@settings(deadline=None)  # the first call loads scipy
def test_sums_are_counts_times_table(texts: list[str]) -> None:
    table = np.arange(2 * SMALL.n_columns, dtype=np.float32).reshape(-1, 2) % 7
    expected = np.asarray(SMALL.counts(texts) @ table).reshape(len(texts), 2)
    np.testing.assert_allclose(SMALL.sums(texts, table), expected, rtol=1e-4)


@given(TEXTS)
@settings(deadline=None)
def test_a_text_counts_the_same_in_any_batch(texts: list[str]) -> None:
    together = SMALL.counts(texts).toarray()
    for row, text in zip(together, texts, strict=True):
        np.testing.assert_array_equal(row, counts(text))


def test_pairs_never_reach_over_two_texts() -> None:
    assert SMALL.counts(["甲", "乙"]).sum() == 2


def test_every_character_and_pair_counts_once() -> None:
    assert counts("路灯不亮").sum() == 4 + 3


@pytest.mark.parametrize(
    ("one", "other"),
    [("ＡＢ？", "ab?"), ("３天", "7天"), ("停\t\n水", "停 水"), ("停　水", "停 水"), (" 停", "停")],
)
def test_forms_of_one_sign_are_one(one: str, other: str) -> None:
    np.testing.assert_array_equal(counts(one), counts(other))


def test_middle_of_a_huge_text_is_left_out() -> None:
    assert counts("灯" * 1_000_000).sum() < 10_000


def test_lone_surrogate_is_read_like_any_sign() -> None:
    assert counts("灯\ud800坏").sum() == 3 + 2
