"""The file of a fast model: weights in 8 bit, features, calibration; equal models, equal bytes.

A plain npz without compression: the same on every machine, read in a moment, and nothing in it is
ever run as code. Each feature has one scale; its weights are whole steps of it.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from jiesu.classifier.calibrate import Temperature
from jiesu.classifier.features import Csr, FeatureKinds, Vocabulary
from jiesu.classifier.linear import Floats, LinearClassifier, LinearModel, TextSpace
from jiesu.classifier.text import segmenter_of
from jiesu.taxonomy.errors import ArtefactError
from jiesu.taxonomy.tree import LabelTree

LINEAR_FILE = "linear.npz"
_STEPS = 127


def quantised(model: LinearModel) -> LinearModel:
    """Return the model as it will be read back from its file, without weights of 0."""
    steps, scale = _quantise(model.weights)
    weights = _weights(steps, model.weights.indices, model.weights.indptr, scale, model.bias)
    weights.eliminate_zeros()
    return replace(model, weights=weights)


def save_linear(classifier: LinearClassifier, file: Path) -> None:
    """Write a fast model whose weights are `quantised`."""
    space, weights = classifier.space, classifier.model.weights
    steps, scale = _quantise(weights)
    whole = np.min_scalar_type(weights.shape[1])
    np.savez(
        file,
        keys=space.vocabulary.keys,
        gain=space.gain,
        filled=np.diff(weights.indptr).astype(whole),
        classes=weights.indices.astype(whole),
        steps=steps,
        scale=scale,
        bias=classifier.model.bias,
        temperature=np.float64(classifier.temperature.factor),
        length_power=np.float64(space.length_power),
        scaling=np.str_(space.scaling),
        grams=np.array(space.kinds.grams, dtype=np.uint8),
        words=np.bool_(space.kinds.words),
        segmenter=np.str_(space.segmenter.name),
        extra_words=np.array(space.segmenter.extra_words, dtype=np.str_),
    )


def load_linear(file: Path, name: str, tree: LabelTree) -> LinearClassifier:
    """Read what `save_linear` wrote.

    Raises:
        ArtefactError: the file is not such a file, or has another number of classes.
    """
    try:
        with np.load(file, allow_pickle=False) as data:
            space, model = _space_from(data), _model_from(data)
            temperature = Temperature(float(data["temperature"]))
    except (OSError, ValueError, KeyError) as error:
        raise ArtefactError(
            f"{file}: 不是快速模型的文件（{error}）；请重新训练或重新复制"
        ) from None
    if len(model.bias) != len(tree.leaves):
        raise ArtefactError(
            f"{file}: 模型有 {len(model.bias)} 个事项，分类体系 {tree.version} 有"
            f" {len(tree.leaves)} 个；请用该分类体系重新训练"
        )
    model.prepare()
    return LinearClassifier(name, tree, space, model, temperature)


def _space_from(data: Any) -> TextSpace:  # Any: numpy's opened archive
    return TextSpace(
        FeatureKinds(tuple(data["grams"].tolist()), bool(data["words"])),
        segmenter_of(str(data["segmenter"]), data["extra_words"].tolist()),
        Vocabulary(data["keys"]),
        data["gain"],
        "unit" if str(data["scaling"]) == "unit" else "sum",
        float(data["length_power"]),
    )


def _model_from(data: Any) -> LinearModel:  # Any: numpy's opened archive
    starts = np.concatenate(([0], np.cumsum(data["filled"], dtype=np.int32))).astype(np.int32)
    bias: Floats = data["bias"]
    classes = data["classes"].astype(np.int32)
    return LinearModel(_weights(data["steps"], classes, starts, data["scale"], bias), bias)


def _weights(
    steps: NDArray[np.int8],
    classes: NDArray[np.int32],
    starts: NDArray[np.int32],
    scale: Floats,
    bias: Floats,
) -> Csr:
    values = steps.astype(np.float32) * np.repeat(scale, np.diff(starts))
    return sp.csr_matrix((values, classes, starts), shape=(len(scale), len(bias)))


def _quantise(weights: Csr) -> tuple[NDArray[np.int8], Floats]:
    """Return whole steps of each weight, and the size of a step for each feature."""
    largest = abs(weights).max(axis=1).toarray().ravel()
    scale = np.where(largest > 0, largest / _STEPS, 1).astype(np.float32)
    steps = np.rint(weights.data / np.repeat(scale, np.diff(weights.indptr)))
    return steps.astype(np.int8), scale
