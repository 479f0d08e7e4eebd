"""The drift test fires soon after a change and hardly ever without one."""

import numpy as np
import pytest

from jiesu.router.drift import Band, DriftTest, drift_test

BANDS = (Band(0.93, 0.05, 0.2), Band(0.97, 0.02, 0.3), Band(0.99, 0.003, 0.5))
TEST = drift_test(BANDS)
UNITS = 40


def first_alarm(rng: np.random.Generator, n: int, swapped: frozenset[str]) -> int | None:
    state = TEST
    for number in range(1, n + 1):
        band = BANDS[rng.choice(3, p=[b.share for b in BANDS])]
        unit = f"U{rng.integers(UNITS)}"
        right = unit not in swapped and rng.random() >= band.error
        state = state.seen(unit, band.floor, bool(right))
        if state.has_fired:
            return number
    return None


def test_swapped_units_are_noticed_within_200_decisions() -> None:
    rng = np.random.default_rng(1)

    delays = [first_alarm(rng, 600, frozenset({"U3", "U7"})) or 600 for _ in range(40)]

    assert np.median(delays) <= 120
    assert np.mean(np.array(delays) <= 200) >= 0.85


def test_without_a_change_it_stays_quiet() -> None:
    rng = np.random.default_rng(2)

    alarms = [first_alarm(rng, 2_000, frozenset()) for _ in range(10)]

    assert alarms == [None] * 10  # at most 0.1 expected


def test_a_second_mistake_of_one_unit_weighs_more_than_one_of_another() -> None:
    once = TEST.seen("U1", 0.99, False)

    assert once.seen("U1", 0.99, False).level > 1.5 * once.seen("U2", 0.99, False).level


def test_a_right_answer_clears_its_unit() -> None:
    once = TEST.seen("U1", 0.99, False)

    assert once.seen("U1", 0.99, True).level < once.seen("U2", 0.99, True).level


def test_once_fired_it_stays_fired() -> None:
    fired = DriftTest(BANDS, alarm=1.0, level=1.2)

    assert fired.seen("U1", 0.99, True) == fired


@pytest.mark.parametrize(("false_alarm", "horizon"), [(0.001, 10_000), (0.01, 100_000)])
def test_fewer_false_alarms_or_a_longer_run_need_a_higher_line(
    false_alarm: float, horizon: int
) -> None:
    strict = drift_test(BANDS, false_alarm=false_alarm, horizon=horizon)
    loose = drift_test(BANDS, false_alarm=0.01, horizon=10_000)

    assert strict.alarm == pytest.approx(loose.alarm + np.log(10))
