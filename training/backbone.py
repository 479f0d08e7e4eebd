"""Pretrained encoder to start from: a hub name, a local folder, or the registry package.

Whatever the source, the result is a BERT-like torch model with a fast tokenizer, some of its
layers left out on wish, its vocabulary cut to what Chinese tickets use.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel

from jiesu.taxonomy.errors import ArtefactError
from jiesu.training.backbone_file import PackedBackbone, open_packed, registry_file
from jiesu.training.linear_run import digest
from jiesu.training.tokenizer_build import build_tokenizer, kept_ids

REGISTRY = "registry"
# Nine of twelve layers keep 0.93 of the zero-shot accuracy; the first six alone would keep 0.60.
# Source: docs/log.md, 2026-11-27, choice of layers.
NINE_LAYERS = (0, 1, 2, 4, 5, 7, 8, 10, 11)

# torch and transformers carry no type hints that mypy follows here.
Module = Any


@dataclass(frozen=True)
class Backbone:
    """An encoder with its tokenizer; `pad` is the id that fills short rows."""

    model: Module
    tokenizer: Tokenizer
    pad: int
    hidden: int
    source: str


def load_backbone(
    source: str = REGISTRY, layers: Sequence[int] = NINE_LAYERS, cache: Path | None = None
) -> Backbone:
    """Load an encoder and keep the given layers.

    Args:
        source: "registry", a folder, a packed file, or the name of a model on a hub.
        layers: indices of the layers to keep, in order; empty keeps all.
        cache: folder in which a converted registry model is kept; None converts each time.

    Raises:
        ArtefactError: the source cannot be found, or it lacks a layer asked for.
    """
    path = Path(source)
    if source == REGISTRY or path.suffix == ".bin":
        file = registry_file() if source == REGISTRY else path
        return _from_packed(file, layers, cache)
    return _from_transformers(source, layers)


def _from_packed(file: Path, layers: Sequence[int], cache: Path | None) -> Backbone:
    folder = cache / cache_name(file, layers) if cache else None
    if folder and (folder / "tokenizer.json").is_file():
        return _from_transformers(str(folder), ())
    packed = open_packed(file)
    kept = kept_ids(packed.tokenizer.pieces)
    tokenizer = build_tokenizer(packed.tokenizer, kept)
    model = bert_from_packed(packed, kept, layers)
    if folder:
        model.save_pretrained(folder)
        tokenizer.save(str(folder / "tokenizer.json"))
    return Backbone(model, tokenizer, packed.tokenizer.pad, packed.config.hidden, str(file.name))


def cache_name(file: Path, layers: Sequence[int]) -> str:
    """Name a converted file by its content and layers: another file must not be taken for it."""
    return f"backbone-{digest(file)[:8]}-{'-'.join(map(str, layers)) or 'all'}"


def source_digest(source: str) -> str:
    """Return the digest of the files that a source stands for; a hub's name stands for itself."""
    path = registry_file() if source == REGISTRY else Path(source)
    return digest(path) if path.exists() else source


def _from_transformers(source: str, layers: Sequence[int]) -> Backbone:
    try:
        model = AutoModel.from_pretrained(source, attn_implementation="sdpa")
        tokenizer = _fast_tokenizer(source)
    except OSError as error:
        raise ArtefactError(
            f"骨干模型 {source!r} 无法加载：既不是本地文件夹，也无法从模型库下载"
            f"（{error}）；可改用 --backbone {REGISTRY}"
        ) from error
    model.pooler = None
    keep_layers(model, layers)
    pad = model.config.pad_token_id or 0
    return Backbone(model, tokenizer, pad, model.config.hidden_size, source)


def _fast_tokenizer(source: str) -> Tokenizer:
    file = Path(source, "tokenizer.json")
    if file.is_file():
        return Tokenizer.from_file(str(file))
    fast: Tokenizer = AutoTokenizer.from_pretrained(source, use_fast=True).backend_tokenizer
    return fast


def keep_layers(model: Module, layers: Sequence[int]) -> None:
    """Drop all layers but the given ones, in place.

    Raises:
        ArtefactError: a layer is asked for that the model does not have.
    """
    if not layers:
        return
    have = len(model.encoder.layer)
    if max(layers) >= have:
        raise ArtefactError(f"骨干模型只有 {have} 层，没有第 {max(layers)} 层；请改 layers 设置")
    model.encoder.layer = torch.nn.ModuleList([model.encoder.layer[i] for i in layers])
    model.config.num_hidden_layers = len(layers)


def bert_from_packed(
    packed: PackedBackbone, kept: Sequence[int], layers: Sequence[int] = ()
) -> Module:
    """Build a BertModel from a packed file with the embedding rows of the kept pieces."""
    config = packed.config
    chosen = tuple(layers) or tuple(range(config.layers))
    model = BertModel(
        BertConfig(
            vocab_size=len(kept),
            hidden_size=config.hidden,
            num_hidden_layers=len(chosen),
            num_attention_heads=config.heads,
            intermediate_size=config.ffn,
            max_position_embeddings=config.max_positions,
            type_vocab_size=config.type_vocab,
            layer_norm_eps=config.layer_norm_eps,
            pad_token_id=packed.tokenizer.pad,
            # Drawing it takes a sixth of a step on processors.
            # Source: docs/log.md, 2026-11-29, "Encoder, tenth round".
            attention_probs_dropout_prob=0.0,
            attn_implementation="sdpa",
        ),
        add_pooling_layer=False,
    )
    state = _embeddings(packed, kept)
    for place, layer in enumerate(chosen):
        state |= _layer(packed, layer, f"encoder.layer.{place}.")
    model.load_state_dict(state, strict=True)
    return model.eval()


def _embeddings(packed: PackedBackbone, kept: Sequence[int]) -> dict[str, Any]:
    hidden = packed.config.hidden

    def table(name: str) -> Any:
        return torch.from_numpy(packed.tensor(name).reshape(-1, hidden))

    return {
        "embeddings.word_embeddings.weight": table("emb.word")[list(kept)],
        "embeddings.position_embeddings.weight": table("emb.pos"),
        "embeddings.token_type_embeddings.weight": table("emb.type"),
        "embeddings.LayerNorm.weight": torch.from_numpy(packed.tensor("emb.ln.w")),
        "embeddings.LayerNorm.bias": torch.from_numpy(packed.tensor("emb.ln.b")),
    }


# Our name of a part → its name in the packed file.
_PARTS = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "attention.output.LayerNorm": "aln",
    "output.LayerNorm": "oln",
}


def _layer(packed: PackedBackbone, layer: int, prefix: str) -> dict[str, Any]:
    state = {}
    for ours, theirs in _PARTS.items():
        bias = torch.from_numpy(packed.tensor(f"l{layer}.{theirs}.b"))
        weight = torch.from_numpy(packed.tensor(f"l{layer}.{theirs}.w"))
        is_norm = theirs.endswith("ln")
        state[f"{prefix}{ours}.weight"] = weight if is_norm else weight.reshape(len(bias), -1)
        state[f"{prefix}{ours}.bias"] = bias
    return state
