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
from jiesu.classifier.linear import (
    Floats,
    LinearClassifier,
    LinearModel,
    TextSpace,
    WeightTable,
)
from jiesu.classifier.text import segmenter_of
from jiesu.taxonomy.errors import ArtefactError
from jiesu.taxonomy.tree import LabelTree

LINEAR_FILE = "linear.npz"
_STEPS = 127
_TABLES = ("leaf", "upper")


def quantised(model: LinearModel) -> LinearModel:
    """Return the model as it will be read back from its file, without weights of 0."""
    leaf, *upper = map(_quantised_table, model.tables)
    return replace(model, leaf=leaf, upper=upper[0] if upper else None)


def save_linear(classifier: LinearClassifier, file: Path) -> None:
    """Write a fast model that is `quantised`."""
    space, model = classifier.space, classifier.model
    parts = [_packed(name, table) for name, table in zip(_TABLES, model.tables, strict=False)]
    np.savez(
        file,
        keys=space.vocabulary.keys,
        gain=space.gain if (space.gain != 1).any() else np.empty(0, dtype=np.float32),
        bias=model.bias,
        group=model.group,
        temperature=np.float64(classifier.temperature.factor),
        length_power=np.float64(space.length_power),
        scaling=np.str_(space.scaling),
        grams=np.array(space.kinds.grams, dtype=np.uint8),
        words=np.bool_(space.kinds.words),
        segmenter=np.str_(space.segmenter.name),
        extra_words=np.array(space.segmenter.extra_words, dtype=np.str_),
        **{name: array for part in parts for name, array in part.items()},
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
    for table in model.tables:
        table.prepare()
    return LinearClassifier(name, tree, space, model, temperature)


def _space_from(data: Any) -> TextSpace:  # Any: numpy's opened archive
    keys, gain = data["keys"], data["gain"]
    return TextSpace(
        FeatureKinds(tuple(data["grams"].tolist()), bool(data["words"])),
        segmenter_of(str(data["segmenter"]), data["extra_words"].tolist()),
        Vocabulary(keys),
        gain if len(gain) else np.ones(len(keys), dtype=np.float32),
        "unit" if str(data["scaling"]) == "unit" else "sum",
        float(data["length_power"]),
    )


def _model_from(data: Any) -> LinearModel:  # Any: numpy's opened archive
    bias, group = data["bias"], data["group"]
    leaf = _unpacked(data, "leaf", len(bias))
    upper = _unpacked(data, "upper", int(group.max()) + 1) if len(group) else None
    return LinearModel(leaf, bias, upper, group)


def _packed(name: str, table: WeightTable) -> dict[str, Any]:  # Any: arrays of many types
    """Return a table as arrays: which columns each row fills, and the steps that stand there.

    A row that fills many columns names them by one bit a column, any other by their numbers,
    whichever is shorter.
    """
    weights = table.weights
    steps, scale = _quantise(weights)
    whole = np.min_scalar_type(weights.shape[1])
    filled = np.diff(weights.indptr)
    is_masked = filled * whole.itemsize * 8 > weights.shape[1]
    by_number = ~np.repeat(is_masked, filled)
    masks = weights[np.flatnonzero(is_masked)].toarray() != 0
    return {
        f"{name}_filled": filled.astype(whole),
        f"{name}_columns": weights.indices[by_number].astype(whole),
        f"{name}_masks": np.packbits(masks, axis=1),
        f"{name}_steps": steps,
        f"{name}_scale": scale,
    }


def _unpacked(data: Any, name: str, width: int) -> WeightTable:  # Any: numpy's opened archive
    filled, numbers = data[f"{name}_filled"].astype(np.int32), data[f"{name}_columns"]
    is_masked = filled * numbers.dtype.itemsize * 8 > width
    by_number = ~np.repeat(is_masked, filled)
    columns = np.empty(len(by_number), dtype=np.int32)
    columns[by_number] = numbers
    columns[~by_number] = np.nonzero(np.unpackbits(data[f"{name}_masks"], axis=1, count=width))[1]
    starts = np.concatenate(([0], np.cumsum(filled, dtype=np.int32))).astype(np.int32)
    return _table(data[f"{name}_steps"], data[f"{name}_scale"], columns, starts, width)


def _quantised_table(table: WeightTable) -> WeightTable:
    weights = table.weights
    steps, scale = _quantise(weights)
    columns, starts = weights.indices.copy(), weights.indptr.copy()  # zeros are dropped in place
    found = _table(steps, scale, columns, starts, weights.shape[1])
    found.weights.eliminate_zeros()
    return found


def _table(
    steps: NDArray[np.int8],
    scale: Floats,
    columns: NDArray[np.int32],
    starts: NDArray[np.int32],
    width: int,
) -> WeightTable:
    values = steps.astype(np.float32) * np.repeat(scale, np.diff(starts))
    return WeightTable(sp.csr_matrix((values, columns, starts), shape=(len(scale), width)))


def _quantise(weights: Csr) -> tuple[NDArray[np.int8], Floats]:
    """Return whole steps of each weight, and the size of a step for each feature."""
    largest = abs(weights).max(axis=1).toarray().ravel()
    scale = np.where(largest > 0, largest / _STEPS, 1).astype(np.float32)
    steps = np.rint(weights.data / np.repeat(scale, np.diff(weights.indptr)))
    return steps.astype(np.int8), scale
