"""Words and n-grams of a batch, against a plain count text by text."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiesu.classifier.features import FeatureKinds, Vocabulary, occurrences_of
from jiesu.classifier.text import segmenter_of

RJIEBA = segmenter_of("rjieba")
TEXTS = st.lists(st.text(alphabet="路灯不亮三天了，。aA1９ \n𠮷", max_size=30), max_size=6)


def grams_of(text: str, length: int) -> Counter[str]:
    return Counter(text[i : i + length] for i in range(len(text) - length + 1))


def keys_of(text: str, kinds: FeatureKinds) -> np.ndarray:  # type: ignore[type-arg] # keys
    return occurrences_of([text], kinds, RJIEBA).key


@given(st.text(alphabet="路灯不亮三天了", max_size=20), st.integers(1, 4))
def test_equal_grams_and_only_these_have_equal_keys(text: str, length: int) -> None:
    counted = Counter(keys_of(text, FeatureKinds((length,), words=False)).tolist())
    assert sorted(counted.values()) == sorted(grams_of(text, length).values())


@given(TEXTS)
def test_a_text_has_the_same_features_alone_and_in_a_batch(texts: list[str]) -> None:
    together = occurrences_of(texts, FeatureKinds((1, 2, 3)), RJIEBA)
    for row, text in enumerate(texts):
        alone = keys_of(text, FeatureKinds((1, 2, 3)))
        assert sorted(together.key[together.row == row]) == sorted(alone)


@pytest.mark.parametrize(
    ("one", "other"), [("Ａ座", "a座"), ("3号楼", "９号楼"), ("路灯，不亮", "路灯。不亮")]
)
def test_case_width_digits_and_punctuation_make_no_difference(one: str, other: str) -> None:
    kinds = FeatureKinds((1, 2, 3), words=False)
    assert keys_of(one, kinds).tolist() == keys_of(other, kinds).tolist()


def test_grams_do_not_reach_across_punctuation() -> None:
    assert len(keys_of("路，灯", FeatureKinds((2,), words=False))) == 0


def test_a_word_is_another_feature_than_the_same_characters() -> None:
    gram, word = keys_of("路灯", FeatureKinds((2,), words=True))
    assert gram != word


def test_unknown_features_are_not_counted() -> None:
    kinds = FeatureKinds((1,), words=False)
    vocabulary = Vocabulary(np.unique(keys_of("路灯", kinds)))
    counts = vocabulary.counts(occurrences_of(["路路灯亮", "", "亮"], kinds, RJIEBA), 3)
    assert counts.shape == (3, 2)
    assert sorted(counts[0].toarray().ravel().tolist()) == [1.0, 2.0]
    assert counts[1:].nnz == 0


@given(st.lists(st.integers(0, 2**64 - 1), unique=True), st.lists(st.integers(0, 2**64 - 1)))
def test_a_vocabulary_finds_its_keys_and_no_others(known: list[int], asked: list[int]) -> None:
    vocabulary = Vocabulary(np.sort(np.array(known, dtype=np.uint64)))
    found = vocabulary.find(np.array(known + asked, dtype=np.uint64)).tolist()
    place = {key: j for j, key in enumerate(sorted(known))}
    assert found == [place.get(key, -1) for key in known + asked]
