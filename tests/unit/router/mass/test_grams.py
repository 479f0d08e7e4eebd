import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jiesu.router.mass.grams import BUCKETS, Rarity, clean, hash_grams


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(max_size=50))
def test_every_gram_has_a_bucket(text: str) -> None:
    ids = hash_grams(clean(text))

    assert ((ids >= 0) & (ids < BUCKETS)).all()


def test_grams_do_not_cross_a_break() -> None:
    whole, broken = hash_grams("甲乙丙丁", (2,)), hash_grams("甲乙\0丙丁", (2,))

    assert (len(whole), len(broken)) == (3, 2)
    assert set(broken) < set(whole)


def test_unigrams_and_bigrams_have_different_buckets() -> None:
    assert not set(hash_grams("甲乙", (1,))) & set(hash_grams("甲乙", (2,)))


def test_a_gram_gets_commoner_as_it_is_seen() -> None:
    rarity, ids = Rarity([("路灯不亮", ""), ("停水", "")]), np.unique(hash_grams("路灯", (2,)))
    before = rarity.of(ids)

    for _ in range(5):
        rarity.see(ids, {})

    assert (rarity.of(ids) < before).all()
    assert not rarity.is_odd(ids).any()
    assert rarity.is_odd(hash_grams("翡岚", (2,))).all()
