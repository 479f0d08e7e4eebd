"""A tiny encoder that is really trained and exported, for tests where torch is installed.

`python tests/tiny_encoder.py FOLDER` makes the model that lies in tests/models/tiny-encoder, which
the tests of the serving side load where torch is not.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from tiny_model import EvenModel
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from jiesu.classifier.encoder import EncoderShape
from jiesu.taxonomy.ticket import KINDS
from jiesu.taxonomy.tree import Label, LabelTree, tree_of
from jiesu.training.augment import Augmenter
from jiesu.training.batches import EpochPlan
from jiesu.training.encoder_rows import EncoderRow
from jiesu.training.encoder_run import trained_net
from jiesu.training.encoder_task import EncoderSettings, EncoderTask
from jiesu.training.export import class_vectors, export_graph, save_encoder
from jiesu.training.fit_encoder import fit_encoder

TEXTS = {
    "0101": ("路灯不亮", "路灯坏了没人修", "小区路灯黑着"),
    "0102": ("井盖丢了", "马路上井盖响", "井盖坏了没人换"),
    "0201": ("网购退款不给", "网购的货不退", "网店不给退款"),
}
SPECIALS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def tiny_tree() -> LabelTree:
    leaves = [Label(code, texts[0], 2, code[:2]) for code, texts in TEXTS.items()]
    return tree_of("tiny-1", [Label("01", "市政", 1), Label("02", "市场", 1), *leaves])


def tiny_rows() -> list[EncoderRow]:
    return [
        EncoderRow(text, code, "letter", slot, "投诉" if slot else "求助")
        for code, texts in TEXTS.items()
        for slot, text in enumerate(texts)
    ]


def fit_even(_train: Sequence[EncoderRow], _held: Sequence[EncoderRow]) -> EvenModel:
    """Stand in for the fitting of a fast model."""
    return EvenModel(tiny_tree())


def write_backbone(folder: Path) -> None:
    torch.manual_seed(3)
    characters = sorted({char for texts in TEXTS.values() for text in texts for char in text})
    vocabulary = {piece: i for i, piece in enumerate([*SPECIALS, *characters])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    config = BertConfig(vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2,
                        num_attention_heads=2, intermediate_size=24, pad_token_id=1,
                        max_position_embeddings=48)  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))


def tiny_settings(folder: Path, minutes: float) -> EncoderSettings:
    plan = EpochPlan(max_tokens=24, title_share=0.0, other_share=0.0, pair_share=0.0)
    return EncoderSettings(
        backbone=str(folder), layers=(), minutes=minutes, processes=1, rate=3e-3, head_rate=1e-2,
        average=0.9, plan=plan,
    )  # fmt: skip


def make_tiny_encoder(folder: Path, minutes: float = 0.05) -> Path:
    """Train and export; return the model folder."""
    write_backbone(folder / "backbone")
    task = EncoderTask(tiny_tree(), tiny_rows(), tiny_rows(), Augmenter())
    settings = tiny_settings(folder / "backbone", minutes)
    net, backbone = trained_net(fit_encoder(task, settings, folder / "run"), settings, task.tree)
    export_graph(net, folder / "encoder.onnx")
    shape = EncoderShape(24, backbone.pad, tuple(KINDS), task.tree.leaves)
    model = folder / "model"
    save_encoder(folder / "encoder.onnx", class_vectors(net), backbone.tokenizer, shape, model)
    return model


if __name__ == "__main__":
    make_tiny_encoder(Path(sys.argv[1]))
