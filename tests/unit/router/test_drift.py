"""The drift test fires soon after a change and hardly ever without one."""

import numpy as np
import pytest

from jiesu.router.drift import DriftTest, drift_test

TEST = drift_test(0.005, horizon=2_000)


def first_alarm(errors: np.ndarray) -> int | None:
    state = TEST
    for number, wrong in enumerate(errors, 1):
        state = state.seen(not wrong)
        if state.has_fired:
            return number
    return None


def test_a_change_fires_within_a_few_hundred_decisions() -> None:
    rng = np.random.default_rng(1)

    delays = [first_alarm(rng.random(1_000) < 0.055) for _ in range(50)]

    assert np.median([delay or 1_000 for delay in delays]) <= 200


def test_without_a_change_it_stays_quiet() -> None:
    rng = np.random.default_rng(2)

    alarms = [first_alarm(rng.random(2_000) < 0.005) for _ in range(100)]

    assert sum(alarm is not None for alarm in alarms) <= 4  # 1 expected


def test_once_fired_it_stays_fired() -> None:
    fired = DriftTest(0.01, 0.06, alarm=1.0, level=1.2)

    assert fired.seen(True) == fired


@pytest.mark.parametrize("rate", [0.0, 0.02])
def test_a_lower_rate_of_false_alarms_needs_a_higher_line(rate: float) -> None:
    strict = drift_test(rate, false_alarm=0.001, horizon=500)
    loose = drift_test(rate, false_alarm=0.1, horizon=500)

    assert strict.alarm > loose.alarm
