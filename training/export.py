"""A trained encoder → ONNX: exported, fused, quantised, and let through only if it stays as good.

The fp32 graph is the reference; the shipped graph is 8-bit. The gate compares what
counts, the classes found on held-out texts, because the cosine of vectors says little about them.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model

from jiesu.classifier.encoder import (
    CLASSES_FILE,
    MODEL_FILE,
    SETTINGS_FILE,
    TOKENIZER_FILE,
    ClassVectors,
    Encoder,
    EncoderShape,
    write_shape,
)
from jiesu.taxonomy.errors import ArtefactError
from jiesu.training.encoder_net import EncoderNet

Tensor = Any
OPSET = 17
# Part of the names of the nodes inside the backbone's layers.
LAYERS = "/encoder/layer."
# Values that share one scale.
BLOCK = 128


@dataclass(frozen=True, slots=True)
class Parity:
    """How far one graph is from another on the same texts.

    Attributes:
        same_first: share of texts with the same first class.
        accuracy: share of texts with the right first class, of the reference and of the graph.
    """

    same_first: float
    accuracy: tuple[float, float]


class RowQuantised(torch.nn.Module):  # type: ignore[misc] # torch has no hints that mypy follows
    """Word vectors in 8 bit with one scale a word: a quarter of the size at no visible loss."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        scale = table.abs().amax(dim=1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("table", torch.round(table / scale).to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, ids: Tensor) -> Tensor:
        """Return word vectors, (B, T, H)."""
        return self.table[ids].float() * self.scale[ids]


class ServedNet(torch.nn.Module):  # type: ignore[misc] # torch has no hints that mypy follows here
    """The network as it is served, up to the unit vector that meets the class vectors."""

    def __init__(self, net: EncoderNet, *, small_words: bool = False) -> None:
        super().__init__()
        self.backbone = copy.deepcopy(net.backbone)
        if small_words:
            words = self.backbone.get_input_embeddings().weight.detach()
            self.backbone.set_input_embeddings(RowQuantised(words))
        self.project, self.kind = net.project, net.kind
        self.register_buffer("center", net.center.detach().clone())

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return unit vectors, kind logits, and projected token states."""
        states = self.backbone(ids, attention_mask=mask).last_hidden_state  # (B, T, H)
        weight = mask.unsqueeze(-1).to(states.dtype)
        pooled = (states * weight).sum(1) / weight.sum(1) - self.center
        vector = self.project(pooled)
        vector = vector / vector.norm(dim=1, keepdim=True).clamp(min=1e-6)
        return vector, self.kind(pooled), self.project(states - self.center)


def class_vectors(net: EncoderNet) -> ClassVectors:
    """Return the class layer with the scale of the logits in it."""
    with torch.no_grad():
        vectors = net.log_scale.exp() * net.class_vectors()
        return ClassVectors(vectors.numpy(), net.bias.numpy().copy())


def export_graph(net: EncoderNet, file: Path, *, small_words: bool = False) -> None:
    """Write the fp32 graph of a network, its word vectors in 8 bit on wish."""
    served = ServedNet(net, small_words=small_words).eval()
    served.backbone.set_attn_implementation("eager")
    ids = torch.tensor([[0, 5, 6, 2], [0, 7, 2, 1]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    rows, tokens = {0: "rows"}, {0: "rows", 1: "tokens"}
    with torch.no_grad():
        torch.onnx.export(
            served,
            (ids, mask),
            str(file),
            input_names=["ids", "mask"],
            output_names=["vectors", "kinds", "states"],
            dynamic_axes={
                "ids": tokens, "mask": tokens, "vectors": rows, "kinds": rows, "states": tokens,
            },
            opset_version=OPSET,
            dynamo=False,
        )  # fmt: skip


def fuse(source: Path, target: Path, heads: int, hidden: int) -> None:
    """Fuse attention, layer norm and activation of a graph.

    The matrices of query, key and value stay outside of the fused attention: there they are
    quantised like the others, and OpenVINO can read the node.
    """
    options = FusionOptions("bert")
    options.enable_embed_layer_norm = False  # the word vectors are quantised on their own
    options.use_multi_head_attention = True
    model = optimize_model(
        str(source),
        "bert",
        num_heads=heads,
        hidden_size=hidden,
        optimization_options=options,
        opt_level=0,
    )
    model.save_model_to_file(str(target))


def quantise(source: Path, target: Path) -> None:
    """Quantise the layers' matrices to 8 bit; the small last ones stay as they are.

    The activations have outliers, which one scale a tensor cannot hold: both sides of a product
    get a scale for each 128 values. Source: docs/log.md, 2026-11-29, "Encoder, eleventh round".
    """
    model = onnx.load(str(source))
    others = [
        node.name
        for node in model.graph.node
        if node.op_type != "MatMul" or LAYERS not in node.name
    ]
    quantiser = MatMulNBitsQuantizer(
        model,
        bits=8,
        block_size=BLOCK,
        is_symmetric=True,
        accuracy_level=4,
        nodes_to_exclude=others,
    )
    quantiser.process()
    quantiser.model.save_model_to_file(str(target))


def save_encoder(
    graph: Path, classes: ClassVectors, tokenizer: Any, shape: EncoderShape, folder: Path
) -> None:
    """Lay a graph, its class layer, tokenizer and settings out as a model folder."""
    folder.mkdir(parents=True, exist_ok=True)
    classes.save(folder / CLASSES_FILE)
    (folder / MODEL_FILE).write_bytes(graph.read_bytes())
    tokenizer.save(str(folder / TOKENIZER_FILE), pretty=False)
    write_shape(shape, folder / SETTINGS_FILE)


def compare(
    reference: Encoder, graph: Encoder, texts: Sequence[str], leaves: Sequence[int]
) -> Parity:
    """Compare two graphs on texts with their leaf numbers."""
    first = [encoder.encode(texts).logits.argmax(axis=1) for encoder in (reference, graph)]
    gold = np.asarray(leaves)
    right = [float((found == gold).mean()) for found in first]
    return Parity(float((first[0] == first[1]).mean()), (right[0], right[1]))


def require_parity(parity: Parity, *, most_lost: float = 0.005) -> None:
    """Let a quantised graph through only if it finds about as many classes as the reference.

    Raises:
        ArtefactError: it loses more than `most_lost`.
    """
    before, after = parity.accuracy
    if before - after > most_lost:
        raise ArtefactError(
            f"量化后留出文本的末级首选正确率从 {before:.4f} 降到 {after:.4f}，"
            f"超过允许的 {most_lost:.4f}；未导出，模型文件夹没有改动；"
            "留出的文本太少时这个数不稳，请增加文本，或加大 --minutes 接着训练"
        )
