"""What a caller wants: 咨询, 求助, 投诉, 举报, 建议 or 表扬, with a calibrated probability.

A small model of the wording, joined with what the classes say: a class lists the kinds that
occur in it, commonest first, and the likely classes of a text give the prior. Neither is enough
alone: 路灯不亮 may be asked, asked for, complained of or praised.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from jiesu.classifier.artefact import verify
from jiesu.classifier.calibrate import Temperature, softmax
from jiesu.classifier.gram_model import GramModel, load_gram_model, packaged_model
from jiesu.classifier.grams import Floats
from jiesu.classifier.scores import HeardKinds, Matrix
from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import ArtefactError
from jiesu.taxonomy.ticket import KINDS, Kind
from jiesu.taxonomy.tree import LabelTree

KIND_FILE = "kind.npz"
# A kind counts half as much as the one listed before it, and one that a class does not list is
# possible still. Source: docs/log.md, 2026-11-28, kind of request.
_DECAY = 0.5
_FLOOR = 0.02
_LEAST_P = 1e-6


@dataclass(frozen=True)
class KindModel:
    """Kinds of texts for one label tree.

    Attributes:
        wording: six heads, in the order of KINDS.
        prior_weights: how the log of the prior speaks for each kind, shape (6, 6).
        leaf_kinds: share of each kind in each leaf, shape (n_leaves, 6).
        temperature: makes the probabilities as sure as they are right.
    """

    wording: GramModel
    prior_weights: Floats
    leaf_kinds: Floats
    temperature: Temperature = field(default_factory=Temperature)

    def probabilities(
        self,
        texts: Sequence[str],
        leaf_probs: Matrix | None = None,
        heard: HeardKinds | None = None,
    ) -> Floats:
        """Return calibrated probabilities, shape (n_texts, 6), in the order of KINDS.

        Args:
            leaf_probs: shape (n_texts, n_leaves); None when no classifier is at hand.
            heard: what the classifier itself heard; None when it hears no kinds.
        """
        prior = kind_prior(self.leaf_kinds, leaf_probs, len(texts))
        logits = self.wording.logits(texts) + np.log(prior) @ self.prior_weights
        p = self.temperature.probabilities(np.asarray(logits, dtype=np.float32))
        return p if heard is None else heard_beside(p, heard)

    def predict(
        self,
        texts: Sequence[str],
        leaf_probs: Matrix | None = None,
        heard: HeardKinds | None = None,
    ) -> list[tuple[Kind, float]]:
        """Return the likeliest kind of each text and its probability."""
        p = self.probabilities(texts, leaf_probs, heard)
        best = p.argmax(axis=1)
        chosen = p[np.arange(len(best)), best]
        return [(KINDS[j], float(q)) for j, q in zip(best.tolist(), chosen.tolist(), strict=True)]


def heard_beside(p: Floats, heard: HeardKinds) -> Floats:
    """Join the wording model's probabilities (N, 6) with what was heard, where it was."""
    logits = heard.logits + np.float32(heard.wording) * np.log(np.maximum(p, _LEAST_P))
    is_heard = np.isfinite(heard.logits).all(axis=1, keepdims=True)
    return np.where(is_heard, softmax(np.nan_to_num(logits)), p)


def leaf_kinds(tree: LabelTree) -> Floats:
    """Return the share of each kind in each leaf, shape (n_leaves, 6); rows sum to 1.

    A leaf that lists no kinds (a label set of another city) has all of them alike.
    """
    shares = np.zeros((len(tree.leaves), len(KINDS)), dtype=np.float32)
    for row, code in zip(shares, tree.leaves, strict=True):
        for rank, kind in enumerate(tree.labels[code].kinds):
            row[KINDS.index(kind)] = _DECAY**rank
        if not row.any():
            row[:] = 1
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float32)


def kind_prior(shares: Floats, leaf_probs: Matrix | None, n_texts: int) -> Floats:
    """Return what the likely classes say of each kind, shape (n_texts, 6), all above 0."""
    if leaf_probs is None:
        prior = np.repeat(shares.mean(axis=0, keepdims=True), n_texts, axis=0)
    else:
        prior = leaf_probs @ shares
    return np.asarray(prior + _FLOOR, dtype=np.float32)


def load_kind_model(city: City, folder: Path | None = None) -> KindModel:
    """Read a kind model and join it with the classes of a city.

    Args:
        folder: None for the one that comes with the package; it serves any city.

    Raises:
        ArtefactError: a file is missing or broken, or the model has other kinds.
    """
    folder = folder or packaged_model("kind")
    verify(folder)
    wording, extra = load_gram_model(folder / KIND_FILE)
    if wording.table.shape[1] != len(KINDS) or "prior_weights" not in extra:
        raise ArtefactError(f"{folder / KIND_FILE}: 不是诉求类型模型；请重新训练")
    return KindModel(
        wording=wording,
        prior_weights=extra["prior_weights"].astype(np.float32),
        leaf_kinds=leaf_kinds(city.tree),
        temperature=Temperature(float(extra["temperature"])),
    )
