"""Profiles: weights, leaving one text out, gates."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from jiesu.training.profiles import ProfileSettings, fit_gates, make_profiles

SETTINGS = ProfileSettings()


def counts_of(rows: list[list[int]]) -> sp.csr_matrix:
    return sp.csr_matrix(np.array(rows, dtype=np.float32))


def test_a_feature_weighs_for_the_class_that_has_more_of_it() -> None:
    counts = counts_of([[3, 1, 0], [2, 0, 1], [0, 1, 3], [0, 0, 2]])
    profiles = make_profiles(counts, np.array([0, 0, 1, 1]), np.ones(4), 2, SETTINGS)
    weights = profiles.weights().toarray()
    assert weights[0, 0] > weights[1, 0] > 0
    assert weights[0, 1] == 0


def test_a_class_without_texts_has_no_weights() -> None:
    profiles = make_profiles(counts_of([[1, 2]]), np.array([0]), np.ones(1), 2, SETTINGS)
    assert profiles.weights().toarray()[:, 1].tolist() == [0, 0]


@given(
    st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=4, max_size=4),
    st.integers(0, 3),
)
def test_leaving_a_text_out_equals_profiles_without_it(rows: list[list[int]], out: int) -> None:
    # One text of plain features keeps every feature known and every class filled.
    rows = [[1, 1, 1], [1, 1, 1], *rows]
    labels, n = np.array([0, 1, 0, 1, 0, 1]), out + 2
    whole = make_profiles(counts_of(rows), labels, np.ones(6), 2, SETTINGS)
    say = np.ones(6)
    say[n] = 0
    rest = make_profiles(counts_of(rows), labels, say, 2, SETTINGS)
    # The background is not changed by one text, so it is compared with the same one.
    same = type(rest)(rest.shares, rest.totals, whole.background, labels, SETTINGS)
    fall = whole.left_out(np.array([n])).toarray()[0]
    own = (whole.weights() - same.weights()).toarray()[:, labels[n]]
    present = np.array(rows[n]) > 0
    assert fall[present] == pytest.approx(-own[present], abs=1e-9)


def test_gates_trust_words_of_the_class_more_than_words_of_one_text() -> None:
    chance = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 60)
    telling = np.eye(3, dtype=int)[labels] * chance.integers(0, 2, size=(180, 3))
    stray = chance.integers(0, 5, size=(180, 6)) // 3
    counts = counts_of(np.hstack([telling, stray]).tolist())
    profiles = make_profiles(counts, labels, np.ones(180), 3, SETTINGS)
    gates = fit_gates(profiles, counts.astype(np.float64), np.arange(180))
    assert gates[:3].min() > 1.05
    assert gates[3:].mean() < 1


def test_without_rounds_all_gates_are_one() -> None:
    settings = ProfileSettings(gate_rounds=0)
    counts = counts_of([[1, 0], [0, 1]])
    profiles = make_profiles(counts, np.array([0, 1]), np.ones(2), 2, settings)
    assert fit_gates(profiles, counts, np.arange(2)).tolist() == [1, 1]
