from datetime import date

import numpy as np
import pytest

from jiesu.router.mass.forecast import forecast, mase, seasonal_naive

FIRST = date(2023, 1, 2)  # a Monday
DAYS = 3 * 365


def season(days: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    t = np.arange(days)
    rate = 30 * np.exp(0.7 * np.cos(2 * np.pi * (t - 15) / 365.25)) * np.where(t % 7 >= 5, 0.6, 1.0)
    return np.random.default_rng(seed).poisson(rate), rate


def test_a_seasonal_series_is_forecast_better_than_by_the_baseline() -> None:
    counts, _ = season(DAYS)

    one = forecast({"供暖": counts[:-90].tolist()}, FIRST)["供暖"]

    history, actual = counts[:-90].astype(float), counts[-90:].astype(float)
    assert mase(actual, one.mean, history) < 1
    assert mase(actual, one.mean, history) < mase(actual, one.naive, history)
    assert 0.8 <= np.mean((actual >= one.low) & (actual <= one.high)) <= 0.99


def test_the_expectation_is_near_the_true_rate() -> None:
    counts, rate = season(DAYS)

    mean = forecast({"供暖": counts[:-90].tolist()}, FIRST)["供暖"].mean

    assert np.abs(mean / rate[-90:] - 1).mean() < 0.1


@pytest.mark.parametrize("counts", [[], [3], [0] * 60, [5] * 13])
def test_a_short_or_empty_series_gets_its_mean(counts: list[int]) -> None:
    one = forecast({"少": counts}, FIRST, horizon=7)["少"]

    assert np.allclose(one.mean, np.mean(counts) if counts else 0)
    assert (one.low <= one.mean).all()
    assert (one.mean <= one.high).all()


def test_a_sudden_level_is_carried_on_and_fades() -> None:
    counts = np.full(400, 20)
    counts[-28:] = 60

    one = forecast({"骤增": counts.tolist()}, FIRST, horizon=90)["骤增"]

    assert one.mean[0] > 35
    assert one.mean[-1] < one.mean[0]


def test_the_baseline_repeats_the_weekday_of_last_year() -> None:
    assert seasonal_naive(np.arange(364.0), 2).tolist() == [0.0, 1.0]


def test_totals_are_sums_of_the_first_days() -> None:
    one = forecast({"a": [2] * 30}, FIRST, horizon=30)["a"]

    assert one.total(7) == (pytest.approx(14, rel=0.15), 14)


def test_where_the_baseline_did_better_it_is_given_and_said() -> None:
    week = [9, 1, 30, 2, 17, 4, 11]
    steps = [7 * (n % 2 == 0) for n in range(104) for _ in range(7)]  # a jump every other week
    year = [week[i % 7] + 40 * ((i // 7) % 52 in (3, 17, 33, 47)) + steps[i] for i in range(728)]

    one = forecast({"跳": year}, FIRST)["跳"]

    assert one.check is not None
    assert one.is_naive
    assert one.mean.tolist() == one.naive.tolist()
    assert one.check.naive == 0.0


@pytest.mark.parametrize("counts", [[3, 4] * 20, [0] * 300 + [5] * 30])
def test_a_check_needs_enough_history(counts: list[int]) -> None:
    assert forecast({"短": counts}, FIRST)["短"].check is None


def test_bounds_of_a_sum_are_wider_than_chance_and_narrower_than_all_bounds() -> None:
    one = forecast({"a": [20] * 40}, FIRST)["a"]
    chance = float(np.sqrt(((one.high[:30] - one.mean[:30]) ** 2).sum()))

    low, high = one.bounds(30)

    assert one.low[:30].sum() < low < 600 < 600 + chance < high < one.high[:30].sum()
