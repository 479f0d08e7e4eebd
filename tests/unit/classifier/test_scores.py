"""Scores: the three levels are sums of one distribution, so they never disagree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jiesu.classifier.scores import level_sums, top_classes
from jiesu.taxonomy.tree import Label, LabelTree, tree_of

TREE = tree_of(
    "t1",
    [
        Label("01", "市容", 1),
        Label("0101", "垃圾", 2, "01"),
        Label("010101", "垃圾未清", 3, "0101"),
        Label("010102", "垃圾桶满", 3, "0101"),
        Label("02", "交通", 1),
        Label("0201", "道路", 2, "02"),
        Label("020101", "路面坑洼", 3, "0201"),
    ],
)
FLAT = tree_of("flat", [Label("城建", "城建", 1), Label("交通", "交通", 1)])


def test_upper_levels_are_sums_of_the_leaves() -> None:
    p = np.array([[0.5, 0.2, 0.3]], dtype=np.float32)

    codes, sums = level_sums(TREE, p, 1)

    assert codes == ("01", "02")
    assert sums[0] == pytest.approx([0.7, 0.3])


def test_top_gives_the_whole_path_best_first() -> None:
    ((best, second),) = top_classes(TREE, np.array([[0.2, 0.5, 0.3]], dtype=np.float32), 2)

    assert (best.code, second.code) == ("010102", "020101")
    assert best.p == pytest.approx((0.7, 0.7, 0.5))


def test_flat_tree_has_one_probability_a_class() -> None:
    ((best, _),) = top_classes(FLAT, np.array([[0.1, 0.9]], dtype=np.float32), 5)

    assert best.code == FLAT.leaves[1]
    assert best.p == pytest.approx((0.9,))


@pytest.mark.parametrize("tree", [TREE, FLAT])
def test_asking_for_more_than_all_gives_all(tree: LabelTree) -> None:
    p = np.full((1, len(tree.leaves)), 1 / len(tree.leaves), dtype=np.float32)

    assert len(top_classes(tree, p, 99)[0]) == len(tree.leaves)


@given(arrays(np.float32, (4, 3), elements=st.floats(0.015625, 1, width=32)))
def test_probabilities_never_rise_on_the_way_down(raw: np.ndarray) -> None:
    p = raw / raw.sum(axis=1, keepdims=True)

    for row in top_classes(TREE, p, 3):
        for ranked in row:
            assert all(a >= b - 1e-6 for a, b in zip(ranked.p, ranked.p[1:], strict=False))
