"""The curve of the first unit's chance: rising, and told from texts of known classes."""

from datetime import date

import numpy as np
import pytest

from jiesu.router.policy import load_policy
from jiesu.taxonomy.city import load_city
from jiesu.training.unit_chance import Asked, curve_of, first_roles


def test_bins_that_fall_are_pooled_so_the_curve_rises() -> None:
    share = np.array([0.1] * 40 + [0.5] * 40 + [0.9] * 40)
    right = np.array([1.0] * 20 + [0.0] * 20 + [1.0] * 10 + [0.0] * 30 + [1.0] * 38 + [0.0] * 2)

    curve = curve_of(Asked(share, right), bins=3)

    assert [x for x, _ in curve] == pytest.approx([0.3, 0.9])
    assert curve[0][1] < 0.45 < curve[1][1] < 0.95


def test_a_role_is_right_where_the_rules_give_it_the_text_s_own_class() -> None:
    city = load_city()
    codes = city.tree.leaves[:2]
    p = np.full((2, len(city.tree.leaves)), 1e-6, dtype=np.float32)
    p[:, 0] = 0.9  # both texts are taken for the first class

    other = next(c for c in city.tree.leaves if city.tree.get(c).unit_role == "市教委")
    asked = first_roles(
        city, load_policy(city.folder), ["", ""], [codes[0], other], p, date(2026, 11, 28)
    )

    assert asked.share == pytest.approx([0.9, 0.9])
    assert asked.right.tolist() == [1.0, 0.0]
