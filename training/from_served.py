"""A served encoder → the start of a new run, where its checkpoint is not at hand.

The 8-bit graph holds every weight of the network within half a step of its scale. Read back, they
give the same first class for nearly all texts, so a city (or we) can train on from what ships.
Where the classes are others, the encoder alone is taken: it has read tickets already.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from jiesu.classifier.encoder import (
    CLASSES_FILE,
    MODEL_FILE,
    SETTINGS_FILE,
    ClassVectors,
    read_shape,
)
from jiesu.taxonomy.errors import ArtefactError
from jiesu.taxonomy.tree import LabelTree
from jiesu.training.encoder_net import own_and_shared, tree_matrices

Floats = NDArray[np.float32]
Named = Iterator[tuple[str, Floats]]
WORDS = "backbone.embeddings.word_embeddings"
# The node of a layer's attention; its fourth input are the biases of query, key and value.
ATTENTION = "MultiHeadAttention"
# The node of a matrix quantised blockwise, which counts from the middle of a byte.
QUANTISED = "MatMulNBits"
MIDDLE = 128


def start_from_served(model: Path, tree: LabelTree, file: Path) -> Path:
    """Write a file that `EncoderTask.start` reads, from a model folder with a quantised graph.

    Args:
        model: folder with encoder.onnx and classes.npy.
        tree: the classes to learn; where they are the model's own, its class layer goes along.
        file: where to write.

    Raises:
        ArtefactError: the graph is not laid out as `export.quantise` lays it out.
    """
    graph = onnx.load(str(model / MODEL_FILE)).graph
    held = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    try:
        net = dict(_read_back(graph, held))
    except KeyError as error:
        raise ArtefactError(
            f"{model / MODEL_FILE} 里没有 {error.args[0]}，不是 jiesu 导出的 8 位模型；"
            "请指定随附或自己训练的编码器文件夹"
        ) from None
    if has_classes(model, tree):
        net |= _class_layer(ClassVectors.load(model / CLASSES_FILE), tree)
    else:
        net = {name: value for name, value in net.items() if name.startswith("backbone.")}
    state = {name: torch.from_numpy(np.array(value)) for name, value in net.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"net": state, "averaged": {}}, file)
    return file


def has_classes(model: Path, tree: LabelTree) -> bool:
    """Say whether a served encoder's classes are those of a tree."""
    return read_shape(model / SETTINGS_FILE).leaves == tree.leaves


def _read_back(graph: Any, held: dict[str, Any]) -> Named:
    yield from ((name, held[name]) for name in held if name.startswith("backbone.embeddings.")
                and not name.startswith(WORDS))  # fmt: skip
    yield f"{WORDS}.weight", held[f"{WORDS}.table"].astype(np.float32) * held[f"{WORDS}.scale"]
    yield from ((name, held[name]) for name in held if name.startswith("backbone.encoder."))
    layer = 0
    for node in graph.node:
        if node.op_type == ATTENTION:
            place = f"backbone.encoder.layer.{layer}.attention.self"
            biases = np.split(held[node.input[3]], 3)
            for name, bias in zip(("query", "key", "value"), biases, strict=True):
                yield f"{place}.{name}.bias", bias
            layer += 1
        elif node.op_type == QUANTISED:
            # /backbone/encoder/layer.0/output/dense/MatMul_Q8 → backbone.encoder.layer.0.output…
            name = ".".join(node.name.strip("/").split("/")[:-1])
            yield f"{name}.weight", _blockwise(node, held)
    yield "center", held["center"]
    for name in ("project", "kind"):
        yield f"{name}.weight", held[f"{name}.weight"]
        yield f"{name}.bias", held[f"{name}.bias"]


def layers_of(model: Path) -> int:
    """Return how many layers the encoder of a model folder has; 0 for a graph of another layout."""
    nodes = onnx.load(str(model / MODEL_FILE)).graph.node
    return sum(node.op_type == ATTENTION for node in nodes)


def _blockwise(node: Any, held: dict[str, Any]) -> Floats:
    """Return a matrix as (out, in)."""
    width = next(one.i for one in node.attribute if one.name == "K")
    blocks, scales = held[node.input[1]], held[node.input[2]]  # (out, blocks, 128), (out, blocks)
    values = (blocks.astype(np.float32) - MIDDLE) * scales.reshape(*blocks.shape[:2], 1)
    return np.ascontiguousarray(values.reshape(len(blocks), -1)[:, :width], dtype=np.float32)


def _class_layer(classes: ClassVectors, tree: LabelTree) -> dict[str, Floats]:
    """Take class vectors apart into the leaves' own part and what their upper classes share."""
    member = tree_matrices(tree).member
    scale = float(np.linalg.norm(classes.vectors, axis=1).mean())
    leaf, upper = own_and_shared(torch.from_numpy(classes.vectors / np.float32(scale)), member)
    return {
        "leaf": leaf.numpy(),
        "upper": upper.numpy(),
        "member": member.numpy(),
        "bias": classes.bias.astype(np.float32),
        "log_scale": np.float32(np.log(scale)),
    }
