import numpy as np

from jiesu.taxonomy.tree import Label, tree_of
from jiesu.training.held_out import held_out_scores


def test_wrong_leaf_may_be_right_above() -> None:
    leaves = [Label(code, code, 2, code[:2]) for code in ("0101", "0102", "0201")]
    tree = tree_of("t", [Label("01", "a", 1), Label("02", "b", 1), *leaves])
    logits = np.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [0.0, 1.0, 2.0]])
    scores = held_out_scores(tree, logits, ["0101", "0102", "0201", "0201"])
    assert scores == {"l1": 0.75, "l2": 0.5, "top5": 1.0}
