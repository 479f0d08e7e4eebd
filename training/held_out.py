"""How good logits are on held-out texts, level by level."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jiesu.taxonomy.tree import LabelTree


def held_out_scores(
    tree: LabelTree, logits: NDArray[np.floating[Any]], codes: Sequence[str]
) -> dict[str, float]:
    """Return the share of texts whose class is right on each level, and among the first five.

    Args:
        tree: the classes.
        logits: over the leaves, (N, n_leaves).
        codes: the right leaf of each text.
    """
    ranked = np.argsort(-logits, axis=1)[:, :5]
    gold = np.array([tree.leaf_index[code] for code in codes])
    found = [tree.path(tree.leaves[j]) for j in ranked[:, 0].tolist()]
    right = [tree.path(code) for code in codes]
    pairs = list(zip(found, right, strict=True))
    levels = {
        f"l{level + 1}": float(np.mean([a[level] == b[level] for a, b in pairs]))
        for level in range(tree.depth)
    }
    return levels | {"top5": float((ranked == gold[:, None]).any(1).mean())}
