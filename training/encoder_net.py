"""The network that is trained: encoder, mean pooling, cosine class layer, kind layer.

A class vector is the sum of its leaf's, its group's and its top class's own vectors, so that
neighbours in the tree share what they learn; all start from the mean vector of the class's texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from jiesu.taxonomy.tree import LabelTree

Tensor = Any


@dataclass(frozen=True)
class TreeMatrices:
    """Which leaf lies under which upper class.

    Attributes:
        codes: codes of all classes on the levels above the leaves, level by level.
        member: 1 where the leaf (row) lies under the class (column), (n_leaves, n_upper).
        widths: number of classes on each of these levels.
    """

    codes: tuple[str, ...]
    member: Tensor
    widths: tuple[int, ...]


def tree_matrices(tree: LabelTree) -> TreeMatrices:
    """Lay the tree out for sums over leaves."""
    levels = [tree.on_level(level) for level in range(1, tree.depth)]
    upper = tuple(label.code for level in levels for label in level)
    column = {code: j for j, code in enumerate(upper)}
    member = torch.zeros(len(tree.leaves), len(upper))
    for row, leaf in enumerate(tree.leaves):
        for label in tree.path(leaf)[:-1]:
            member[row, column[label.code]] = 1.0
    return TreeMatrices(upper, member, tuple(len(level) for level in levels))


class EncoderNet(torch.nn.Module):  # type: ignore[misc] # torch has no hints that mypy follows here
    """Token ids → pooled vectors → logits over the leaves and over the kinds of request."""

    def __init__(self, backbone: Any, hidden: int, member: Tensor, kinds: int) -> None:
        super().__init__()
        leaves, upper = member.shape
        self.backbone = backbone
        self.register_buffer("member", member)
        self.register_buffer("center", torch.zeros(hidden))
        self.project = torch.nn.Linear(hidden, hidden)
        self.leaf = torch.nn.Parameter(torch.zeros(leaves, hidden))
        self.upper = torch.nn.Parameter(torch.zeros(upper, hidden))
        self.bias = torch.nn.Parameter(torch.zeros(leaves))
        self.log_scale = torch.nn.Parameter(torch.tensor(3.0))
        self.kind = torch.nn.Linear(hidden, kinds)
        torch.nn.init.eye_(self.project.weight)
        torch.nn.init.zeros_(self.project.bias)

    def pooled(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return mean-pooled token vectors less the corpus mean, (B, H)."""
        states = self.backbone(ids, attention_mask=mask).last_hidden_state.float()  # (B, T, H)
        weight = mask.unsqueeze(-1).to(states.dtype)
        return (states * weight).sum(1) / weight.sum(1) - self.center

    def class_vectors(self) -> Tensor:
        """Return unit class vectors, (n_leaves, H)."""
        return functional.normalize(self.leaf + self.member @ self.upper, dim=1)

    def head(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """Return leaf logits (B, n_leaves) and kind logits (B, n_kinds)."""
        vector = functional.normalize(self.project(pooled), dim=1)
        logits = self.log_scale.exp() * vector @ self.class_vectors().T + self.bias
        return logits, self.kind(pooled)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return leaf and kind logits of a batch of token ids (B, T)."""
        return self.head(functional.dropout(self.pooled(ids, mask).float(), 0.1, self.training))


def start_from_texts(net: EncoderNet, vectors: Tensor, leaves: Sequence[int]) -> None:
    """Set centre and class vectors from pooled vectors (N, H) of texts and their leaf numbers.

    The upper vectors are the means of the leaves' below, the leaf vectors what is left.
    """
    index = torch.as_tensor(leaves)
    count, hidden = net.leaf.shape
    center = vectors.mean(0)
    unit = functional.normalize(vectors - center, dim=1)
    sums = torch.zeros(count, hidden).index_add_(0, index, unit)
    means = functional.normalize(sums, dim=1)
    leaf, upper = own_and_shared(means, net.member.cpu())
    with torch.no_grad():
        net.center.copy_(center)
        net.upper.copy_(upper)
        net.leaf.copy_(leaf)


def own_and_shared(vectors: Tensor, member: Tensor) -> tuple[Tensor, Tensor]:
    """Take vectors of the leaves apart, (n_leaves, H).

    Returns:
        What is the leaves' own, (n_leaves, H), and what those below each upper class share,
        (n_upper, H); with `member` they sum up to the vectors.
    """
    rest = vectors.clone()
    upper = torch.zeros(member.shape[1], vectors.shape[1])
    for column in range(member.shape[1]):
        rows = member[:, column] > 0
        upper[column] = rest[rows].mean(0)
        rest[rows] -= upper[column]
    return rest, upper
