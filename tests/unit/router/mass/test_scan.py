"""The worked example is small enough to enumerate: the test does it another way.

Source of the formulas: Kulldorff et al. 2005, PLoS Med 2(3): e59, Methods.
"""

from itertools import permutations
from math import log

import numpy as np
import pytest

from jiesu.router.mass.scan import (
    ScanSettings,
    circular_zones,
    likelihood_ratio,
    scan,
    single_zones,
)

# Two places, three days, six cases: place 0 has days 0, 2, 2, 2; place 1 has days 0, 1.
PLACES = np.array([0, 0, 0, 0, 1, 1])
DAYS = np.array([0, 2, 2, 2, 0, 1])
# Place 1 on days 0 and 1: c = 2, mu = 2 * 3 / 6 = 1, C = 6.
BY_HAND = 2 * log(2 / 1) + 4 * log(4 / 5)


def brute_force(places: np.ndarray, days: np.ndarray) -> float:
    best, total = 0.0, len(places)
    for place in set(places.tolist()):
        for first in range(3):
            for last in range(first, 3):
                inside = (places == place) & (days >= first) & (days <= last)
                c = int(inside.sum())
                mu = (places == place).sum() * ((days >= first) & (days <= last)).sum() / total
                if c > mu:
                    rest = total - c
                    tail = rest * log(rest / (total - mu)) if rest else 0.0
                    best = max(best, c * log(c / mu) + tail)
    return best


def test_the_best_cylinder_is_the_one_found_by_hand() -> None:
    best = scan(PLACES, DAYS, single_zones(2), ScanSettings(lengths=(1, 2, 3), replicas=9))[0]

    assert (best.zone, best.first, best.last, best.observed) == (1, 0, 1, 2)
    assert best.expected == pytest.approx(1.0)
    assert best.ratio == pytest.approx(BY_HAND)
    assert best.ratio == pytest.approx(brute_force(PLACES, DAYS))


def test_the_p_value_is_that_of_all_permutations() -> None:
    observed = brute_force(PLACES, DAYS)
    every = [brute_force(PLACES, np.array(order)) for order in permutations(DAYS.tolist())]
    exact = np.mean([ratio >= observed - 1e-9 for ratio in every])

    found = scan(PLACES, DAYS, single_zones(2), ScanSettings(lengths=(1, 2, 3), replicas=4999))[0]

    assert found.p_value == pytest.approx(exact, abs=0.02)


def test_permuting_days_keeps_the_margins_so_nothing_usual_is_significant() -> None:
    random = np.random.default_rng(1)
    places = random.integers(0, 20, 800)
    days = np.minimum(random.poisson(6, 800), 29)  # all places share one epidemic curve

    best = scan(places, days, single_zones(20), ScanSettings(replicas=199))[0]

    assert best.p_value > 0.05


def test_a_planted_burst_is_found_where_and_when_it_is() -> None:
    random = np.random.default_rng(2)
    places = np.concatenate([random.integers(0, 30, 900), np.full(25, 7)])
    days = np.concatenate([random.integers(0, 60, 900), random.integers(40, 43, 25)])

    best = scan(places, days, single_zones(30), ScanSettings(replicas=199))[0]

    assert (best.zone, best.first, best.last) == (7, 40, 42)
    assert best.p_value == pytest.approx(1 / 200)


def test_a_prospective_scan_sees_only_what_lasts_to_today() -> None:
    over = scan(PLACES, np.array([0, 0, 0, 0, 1, 2]), single_zones(2), ScanSettings((1,), True, 9))

    assert all(burst.last == 2 for burst in over)
    assert over[0].zone == 1


def test_p_values_of_pure_chance_are_spread_evenly() -> None:
    low = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        days, places = random.integers(0, 12, 40), random.integers(0, 5, 40)
        settings = ScanSettings((1, 2, 3), replicas=39, seed=seed)
        low += scan(places, days, single_zones(5), settings)[0].p_value <= 0.2

    assert 4 <= low <= 21  # 12 expected


def test_circles_grow_around_each_place() -> None:
    zones = circular_zones(np.array([[0.0, 0], [1, 0], [5, 0]]), 2)

    assert {tuple(zone) for zone in zones.tolist()} == {
        (True, False, False),
        (False, True, False),
        (False, False, True),
        (True, True, False),
        (False, True, True),
    }


def test_no_more_than_expected_has_ratio_zero() -> None:
    ratio = likelihood_ratio(np.array([2.0, 0.0]), np.array([2.0, 1.0]), 10)

    assert ratio.tolist() == [0.0, 0.0]


def test_no_cases_give_no_bursts() -> None:
    none = np.zeros(0, np.int64)

    assert scan(none, none, single_zones(3), ScanSettings()) == []
