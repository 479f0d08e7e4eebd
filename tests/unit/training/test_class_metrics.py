"""Scores of classes on a small tree, counted by hand."""

import numpy as np
import pytest

from jiesu.taxonomy.tree import Label, LabelTree, tree_of
from jiesu.training.class_metrics import LevelAnswers, class_metrics, level_answers, selective

# Leaves 010101, 010102, 010201, 020101.
GOLD = [("010101",), ("010102", "010101"), ("010201",), ("020101",)]
P = np.array(
    [
        [0.9, 0.05, 0.03, 0.02],  # right
        [0.5, 0.3, 0.1, 0.1],  # the other acceptable class
        [0.4, 0.1, 0.3, 0.2],  # right on level 1 only
        [0.3, 0.25, 0.25, 0.2],  # wrong on every level, right fourth
    ],
    dtype=np.float32,
)


@pytest.fixture(scope="module")
def tree() -> LabelTree:
    upper = [Label("01", "甲", 1), Label("02", "乙", 1)]
    groups = [Label(code, code, 2, code[:2]) for code in ("0101", "0102", "0201")]
    leaves = [Label(c, c, 3, c[:4]) for c in ("010101", "010102", "010201", "020101")]
    return tree_of("t", [*upper, *groups, *leaves])


@pytest.fixture(scope="module")
def answers(tree: LabelTree) -> list[LevelAnswers]:
    return level_answers(tree, P, GOLD)


def test_strict_scores_compare_with_the_best_class(answers: list[LevelAnswers]) -> None:
    found = class_metrics(answers)
    assert found["level1"]["top1"] == 0.75
    assert found["level2"]["top1"] == 0.5
    assert [found["level3"][f"top{k}"] for k in (1, 3, 5)] == [0.25, 0.75, 1.0]


def test_accepted_scores_count_every_class_that_is_right(answers: list[LevelAnswers]) -> None:
    found = class_metrics(answers)["accept"]
    assert found == {"l1": 0.75, "l2": 0.5, "top1": 0.5, "top3": 0.75, "top5": 1.0}


def test_calibration_error_is_the_gap_between_chance_and_share_right(tree: LabelTree) -> None:
    p = np.tile(np.array([0.8, 0.2, 0, 0], dtype=np.float32), (30, 1))
    gold = [("010101",), ("010201",)] * 15  # each of 15 bins holds a right one and a wrong one
    assert level_answers(tree, p, gold)[2].calibration_error() == pytest.approx(0.3, abs=1e-6)


def test_macro_f1_gives_every_class_the_same_weight(answers: list[LevelAnswers]) -> None:
    # The first answer is always 甲: F1 of 甲 2·¾·1/(¾+1), of 乙 nought.
    assert answers[0].macro_f1() == pytest.approx((6 / 7 + 0) / 2, abs=1e-4)


def test_precision_among_the_surest_falls_as_more_are_answered(
    answers: list[LevelAnswers],
) -> None:
    curve = selective(answers[2])
    assert curve[0] == {"precision": 1.0, "coverage": 0.25}
    assert curve[-1] == {"precision": 0.5, "coverage": 1.0}
    assert [point["coverage"] for point in curve] == sorted({p["coverage"] for p in curve})


def test_flat_label_set_repeats_its_only_level() -> None:
    flat = tree_of("flat", [Label(code, code, 1) for code in ("a", "b")])
    p = np.array([[0.7, 0.3], [0.6, 0.4]], dtype=np.float32)
    found = class_metrics(level_answers(flat, p, [("a",), ("b",)]))
    assert found["level1"]["top1"] == found["level3"]["top1"] == 0.5
