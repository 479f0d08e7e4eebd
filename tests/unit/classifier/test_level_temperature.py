import numpy as np
import pytest

from jiesu.classifier.calibrate import expected_error, softmax
from jiesu.classifier.level_temperature import LevelTemperature, fit_level_temperature
from jiesu.classifier.scores import Matrix, level_sums
from jiesu.taxonomy.tree import Label, LabelTree, tree_of


def three_levels() -> LabelTree:
    labels = [Label(f"{a}", f"{a}", 1) for a in "12"]
    labels += [Label(f"{a}{b}", "", 2, a) for a in "12" for b in "12"]
    labels += [Label(f"{a}{b}{c}", "", 3, a + b) for a in "12" for b in "12" for c in "123"]
    return tree_of("t", labels)


def random_p(seed: int, count: int = 5, width: int = 12) -> Matrix:
    return softmax(np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32) * 2)


def test_factors_of_one_change_nothing() -> None:
    p = random_p(1)
    np.testing.assert_allclose(LevelTemperature((1, 1, 1)).apply(three_levels(), p), p, rtol=1e-4)


@pytest.mark.parametrize("factors", [(0.5, 1, 2), (3, 0.2, 1), (1, 1, 0.3)])
def test_rows_still_sum_to_one(factors: tuple[float, ...]) -> None:
    p = LevelTemperature(factors).apply(three_levels(), random_p(2))
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-5)


def test_class_without_any_probability_stays_a_number() -> None:
    p = np.zeros((1, 12), dtype=np.float32)
    p[0, 0] = 1.0
    found = LevelTemperature((5, 5, 5)).apply(three_levels(), p)
    assert found[0, 0] == 1.0
    assert np.isfinite(found).all()


def test_lowest_factor_leaves_the_upper_levels_alone() -> None:
    tree, p = three_levels(), random_p(3)
    sharp = LevelTemperature((1, 1, 4)).apply(tree, p)
    np.testing.assert_allclose(level_sums(tree, sharp, 2)[1], level_sums(tree, p, 2)[1], rtol=1e-4)
    assert (sharp.max(axis=1) > p.max(axis=1)).all()


def test_fit_finds_the_factor_that_was_lost() -> None:
    tree, rng = three_levels(), np.random.default_rng(4)
    honest = random_p(5, 4000)
    leaves = np.array([rng.choice(12, p=row / row.sum()) for row in honest.astype(float)])
    distorted = LevelTemperature((2.0, 0.5, 1.0)).apply(tree, honest)
    fitted = fit_level_temperature(tree, distorted, leaves)
    assert fitted.factors == pytest.approx((0.5, 2.0, 1.0), rel=0.15)
    p = fitted.apply(tree, distorted)
    right = p.argmax(axis=1) == leaves
    assert expected_error(p.max(axis=1).astype(float), right) < 0.03


def test_flat_label_set_has_one_factor() -> None:
    tree = tree_of("flat", [Label(code, code, 1) for code in "abc"])
    p = random_p(6, width=3)
    fitted = fit_level_temperature(tree, p, p.argmax(axis=1))
    assert len(fitted.factors) == 1
    assert fitted.factors[0] > 3
