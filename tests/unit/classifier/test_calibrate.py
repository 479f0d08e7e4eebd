"""Temperature and calibration error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiesu.classifier.calibrate import Temperature, expected_error, fit_temperature, log_loss


@given(st.lists(st.floats(-80, 80, width=32), min_size=2, max_size=9), st.floats(0.01, 10))
def test_probabilities_sum_to_one_and_keep_the_order(row: list[float], factor: float) -> None:
    logits = np.array([row], dtype=np.float32)
    p = Temperature(factor).probabilities(logits)
    assert p.sum() == pytest.approx(1, abs=1e-5)
    assert p[0, int(logits.argmax())] == p.max()


def test_calibrating_leaves_its_argument_alone() -> None:
    logits = np.array([[1.0, 2.0]], dtype=np.float32)
    Temperature(1.0).probabilities(logits)
    assert logits.tolist() == [[1.0, 2.0]]


def test_fitted_temperature_finds_the_one_that_made_the_labels() -> None:
    chance = np.random.default_rng(5)
    logits = chance.normal(size=(4000, 6)).astype(np.float32)
    p = Temperature(2.5).probabilities(logits)
    labels = np.array([chance.choice(6, p=row / row.sum()) for row in p.astype(float)])
    fitted = fit_temperature(logits, labels)
    assert fitted.factor == pytest.approx(2.5, rel=0.06)
    assert log_loss(fitted.probabilities(logits), labels) <= log_loss(p, labels) + 1e-4


def test_honest_answers_have_no_calibration_error() -> None:
    right = np.tile([True, True, True, False], 300)
    assert expected_error(np.full(1200, 0.75), right) < 1e-9


def test_overconfident_answers_show_as_error() -> None:
    right = np.tile([True, False], 300)
    assert expected_error(np.full(600, 0.9), right) == pytest.approx(0.4)


def test_no_answers_have_no_error() -> None:
    assert expected_error(np.array([]), np.array([], dtype=bool)) == 0.0
