from datetime import date, timedelta

import numpy as np
import pytest

from jiesu.router.mass.surprise import LARGEST, fit_baseline, surprise

MONDAY = date(2025, 1, 6)


@pytest.mark.parametrize(
    ("observed", "expected", "least"), [(0, 3.0, 0.0), (3, 3.0, 0.1), (12, 3.0, 3.5), (40, 0.5, 50)]
)
def test_more_than_expected_surprises_more(observed: int, expected: float, least: float) -> None:
    assert least <= surprise(observed, expected) <= least + 12


def test_surprise_is_cut_where_it_says_nothing_more() -> None:
    assert surprise(5000, 0.1) == LARGEST


def test_baseline_knows_the_quiet_weekend() -> None:
    counts = [10, 10, 10, 10, 10, 2, 2] * 20

    baseline = fit_baseline(counts, MONDAY)

    assert baseline.expected(MONDAY + timedelta(days=140)) == pytest.approx(10, rel=0.1)
    assert baseline.expected(MONDAY + timedelta(days=145)) == pytest.approx(2, rel=0.4)


def test_baseline_learns_the_season_from_two_years() -> None:
    days = [MONDAY + timedelta(days=i) for i in range(730)]
    counts = [30 if day.month in (11, 12) else 3 for day in days]

    baseline = fit_baseline(counts, MONDAY)

    assert baseline.expected(date(2027, 12, 1)) > 5 * baseline.expected(date(2027, 6, 2))


def test_weekday_factors_of_an_empty_series_are_one() -> None:
    assert np.allclose(fit_baseline([0] * 28, MONDAY).weekday, 1)
