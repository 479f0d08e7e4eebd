"""A model folder of the tiny encoder and a tiny fast model that serves the small city."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from jiesu.classifier.artefact import Card, write_card
from jiesu.classifier.calibrate import Temperature
from jiesu.classifier.cascade import Blend, Blends, MixWeights
from jiesu.classifier.combined_file import Mix, write_mix
from jiesu.classifier.encoder import (
    CLASSES_FILE,
    SETTINGS_FILE,
    ClassVectors,
    EncoderShape,
    read_shape,
    write_shape,
)
from jiesu.classifier.features import FeatureKinds, Vocabulary
from jiesu.classifier.level_temperature import LevelTemperature
from jiesu.classifier.linear import LinearClassifier, LinearModel, TextSpace, WeightTable
from jiesu.classifier.linear_file import save_linear
from jiesu.classifier.scores import Matrix
from jiesu.classifier.text import segmenter_of
from jiesu.taxonomy.tree import LabelTree

_TINY = Path(__file__).parent / "models" / "tiny-encoder"


@dataclass(frozen=True)
class EvenModel:
    """Gives every class the same probability."""

    tree: LabelTree
    name: str = "even"

    def score(self, texts: Sequence[str]) -> Matrix:
        n = len(self.tree.leaves)
        return np.full((len(texts), n), 1 / n, dtype=np.float32)


def make_fast(folder: Path, tree: LabelTree) -> Path:
    """Write a fast model that prefers the first class a little, whatever the text."""
    folder.mkdir(parents=True)
    count = len(tree.leaves)
    space = TextSpace(
        FeatureKinds(),
        segmenter_of("rjieba"),
        Vocabulary(np.array([7], dtype=np.uint64)),
        np.ones(1, dtype=np.float32),
    )
    weights = WeightTable(sp.csr_matrix(np.ones((1, count), dtype=np.float32)))
    model = LinearModel(weights, -np.arange(count, dtype="f4"))
    save_linear(LinearClassifier("", tree, space, model, Temperature(1.0)), folder / "linear.npz")
    write_card(folder, Card("tiny-fast", "linear", tree.version))
    return folder


def make_combined(folder: Path, tree: LabelTree, kind: str = "encoder", seed: int = 1) -> Path:
    """Write encoder and fast model; another seed gives another space of vectors."""
    shutil.copytree(_TINY, folder)
    shape = read_shape(folder / SETTINGS_FILE)
    leaves = EncoderShape(shape.max_tokens, shape.pad, shape.kinds, tree.leaves)
    write_shape(leaves, folder / SETTINGS_FILE)
    vectors = np.random.default_rng(seed).normal(size=(len(tree.leaves), 16)).astype(np.float32)
    ClassVectors(vectors, np.zeros(len(vectors), dtype=np.float32)).save(folder / CLASSES_FILE)
    make_fast(folder / "tiny-fast", tree)
    blend = Blend(MixWeights(0.1, 1.0), LevelTemperature((1.0,) * tree.depth))
    write_mix(folder, Mix("tiny-fast", Blends(blend, blend), sure=0.99))
    write_card(folder, Card("tiny-both", kind, tree.version))
    return folder
