"""Certified thresholds keep their promise as often as they say."""

from functools import cache

import numpy as np
import pytest

from jiesu.training.certify import Promise, certify, certify_groups, fewest_needed, lower_bound

PROMISE = Promise(precision=0.95, confidence=0.9)


def history(seed: int, n: int = 2_000) -> tuple[np.ndarray, np.ndarray]:
    """A history whose true precision at p is p², so a threshold that keeps 0.95 exists."""
    rng = np.random.default_rng(seed)
    p = rng.beta(4, 0.5, n)
    return p, rng.random(n) < p**2


@cache
def truth() -> np.ndarray:
    return np.random.default_rng(99).beta(4, 0.5, 200_000)


def true_precision(threshold: float) -> float:
    p = truth()
    return float((p[p >= threshold] ** 2).mean())


def test_the_promise_is_broken_no_more_often_than_allowed() -> None:
    found = [certify(*history(seed), PROMISE).threshold for seed in range(300)]

    kept = [threshold for threshold in found if threshold is not None]
    broken = sum(true_precision(threshold) < PROMISE.precision for threshold in kept)

    assert len(kept) > 250
    assert broken / len(found) <= 1 - PROMISE.confidence + 0.03  # two standard errors of 300 runs


def test_a_history_that_is_too_short_proves_nothing() -> None:
    n = fewest_needed(PROMISE) - 1

    assert certify(np.full(n, 0.99), np.full(n, True), PROMISE).threshold is None


def test_a_wrong_history_proves_nothing() -> None:
    p, _ = history(1)

    assert certify(p, np.full(len(p), False), PROMISE).threshold is None


def test_tickets_of_equal_probability_pass_together() -> None:
    p = np.array([0.9] * 200 + [0.5] * 200)
    right = np.array([True] * 200 + [False] * 200)

    found = certify(p, right, PROMISE)

    assert (found.threshold, found.n) == (0.9, 200)
    assert found.bound >= PROMISE.precision


def test_groups_share_the_risk_and_small_ones_share_a_threshold() -> None:
    p, right = history(3, 6_000)
    groups = np.array((["01"] * 2_900) + (["02"] * 3_080) + (["03"] * 20))

    found = certify_groups(p, right, groups, PROMISE)

    assert set(found) == {"01", "02", ""}
    assert found[""].threshold is None  # twenty tickets prove nothing


@pytest.mark.parametrize(("right", "n", "bound"), [(0, 10, 0.0), (10, 10, 0.741), (95, 100, 0.897)])
def test_lower_bound_is_the_clopper_pearson_one(right: int, n: int, bound: float) -> None:
    # Source: the exact one-sided bound solves P(X >= right | p) = 0.05.
    assert lower_bound(right, n, 0.95) == pytest.approx(bound, abs=2e-3)


def test_one_wrong_entry_among_the_surest_does_not_end_the_search() -> None:
    p = np.linspace(1.0, 0.5, 4_000)
    right = np.ones(4_000, dtype=bool)
    right[[3, 40]] = False

    assert certify(p, right, PROMISE).n == 4_000


def test_promises_hold_with_several_starts_and_wrong_entries() -> None:
    broken, proved = 0, 0
    for seed in range(100):
        p, right = history(seed, 4_000)
        right &= np.random.default_rng([7, seed]).random(4_000) > 0.005
        found = certify(p, right, PROMISE).threshold
        proved += found is not None
        broken += found is not None and true_precision(found) * 0.995 < PROMISE.precision

    assert proved > 75
    assert broken <= 100 * (1 - PROMISE.confidence) + 6  # two standard errors
