"""The loss of the encoder: leaves, their sums on the upper levels, and the kind of request."""

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from jiesu.taxonomy.tree import LabelTree
from jiesu.training.encoder_net import TreeMatrices

Tensor = Any
IGNORE = -1


@dataclass(frozen=True)
class LossWeights:
    """How much each part counts.

    Attributes:
        upper: weight of each level above the leaves.
        kind: weight of the kind of request.
        smooth: share of the target that goes to neighbouring classes.
    """

    upper: float = 0.3
    kind: float = 1.0
    smooth: float = 0.08


def soft_targets(tree: LabelTree, smooth: float) -> Tensor:
    """Return the target of each leaf, (n_leaves, n_leaves): its neighbours get a small share.

    Half of the share goes to the classes that its boundary notes name, half to its siblings; a
    class without one kind of neighbour gives all to the other.
    """
    target = torch.zeros(len(tree.leaves), len(tree.leaves))
    siblings: dict[str | None, list[int]] = {}
    for row, code in enumerate(tree.leaves):
        siblings.setdefault(tree.labels[code].parent, []).append(row)
    for row, code in enumerate(tree.leaves):
        label = tree.labels[code]
        named = {tree.leaf_index[to] for note in label.boundary for to in note.to
                 if to in tree.leaf_index}  # fmt: skip
        groups = [sorted(group - {row}) for group in (named, set(siblings[label.parent]))]
        groups = [group for group in groups if group]
        target[row, row] = 1.0 - (smooth if groups else 0.0)
        for group in groups:
            target[row, group] += smooth / len(groups) / len(group)
    return target


def text_loss(
    logits: Tensor, leaf: Tensor, upper: Tensor, parts: "LossParts", weight: Tensor
) -> Tensor:
    """Return the weighted loss of a batch.

    Args:
        logits: leaf logits, (B, n_leaves).
        leaf: leaf number or IGNORE for a text whose class lies above the leaves, (B,).
        upper: columns of the classes above, one a level, or IGNORE, (B, n_levels - 1).
        parts: the tables of this tree.
        weight: weight of each text, (B,).
    """
    log_p = functional.log_softmax(logits, dim=1)
    known = (leaf != IGNORE).float()
    loss = -(parts.targets[leaf.clamp(min=0)] * log_p).sum(1) * known
    log_sums = torch.log((log_p.exp() @ parts.matrices.member).clamp(min=1e-9))  # (B, n_upper)
    for level in range(upper.shape[1]):
        column = upper[:, level]
        chosen = log_sums.gather(1, column.clamp(min=0).unsqueeze(1)).squeeze(1)
        loss = loss - parts.weights.upper * chosen * (column != IGNORE).float()
    return (loss * weight).sum() / weight.sum()


@dataclass(frozen=True)
class LossParts:
    """What the loss needs to know of a tree."""

    targets: Tensor
    matrices: TreeMatrices
    weights: LossWeights


def kind_loss(logits: Tensor, kind: Tensor) -> Tensor:
    """Return the mean cross entropy of the texts whose kind is known, 0 without any."""
    if not bool((kind != IGNORE).any()):
        return logits.sum() * 0.0
    return functional.cross_entropy(logits, kind, ignore_index=IGNORE, label_smoothing=0.05)
