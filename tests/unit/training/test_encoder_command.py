"""What is refused before an encoder is trained, and what a finished one leaves in its folder."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")

import onnx
import torch
from tiny import TINY_FOLDER
from tiny_encoder import fit_even, tiny_rows, tiny_settings, tiny_tree

from jiesu.classifier.artefact import Card, verify, write_card
from jiesu.classifier.encoder import ENCODER_FILES, EncoderShape, write_shape
from jiesu.classifier.kind import KindModel
from jiesu.classifier.reading import FastAnswers
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.errors import ArtefactError, InputError
from jiesu.training.augment import Augmenter
from jiesu.training.certify_run import trained_on
from jiesu.training.corpus import LabelColumns
from jiesu.training.encoder_command import train_encoder
from jiesu.training.encoder_model import HeldOut, export_encoder
from jiesu.training.encoder_rows import EncoderRow
from jiesu.training.encoder_task import EncoderSettings
from jiesu.training.linear_run import LinearTask, labelled_task
from jiesu.training.make_encoder import EncoderOrder, city_kinds, make_encoder, without_held_out
from jiesu.training.start_model import Origin, sources
from jiesu.training.unlabelled import Unlabelled

# The exporter warns of its own deprecation and of traced Python branches.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def task(tmp_path: Path) -> LinearTask:
    """A labelled file of two texts: too few to train on."""
    data = tmp_path / "few.jsonl"
    data.write_text('{"text": "路灯", "label": "a"}\n{"text": "井盖", "label": "b"}\n')
    return labelled_task(data, LabelColumns(("label",)))


def served(folder: Path, layers: int, leaves: tuple[str, ...]) -> Path:
    """Write what an encoder of some layers and classes looks like from outside."""
    folder.mkdir()
    for name in ENCODER_FILES:
        (folder / name).touch()
    nodes = [
        onnx.helper.make_node("MultiHeadAttention", [f"{n}"], [f"{n + 1}"]) for n in range(layers)
    ]
    model = onnx.helper.make_model(onnx.helper.make_graph(nodes, "encoder", [], []))
    (folder / "encoder.onnx").write_bytes(model.SerializeToString())
    write_shape(EncoderShape(256, 1, ("咨询",), leaves), folder / "encoder.json")
    return folder


@pytest.mark.parametrize(
    ("kind", "layers", "leaves", "said"),
    [
        ("encoder", 5, ("a", "b"), "编码器有 5 层，这里要 9 层的"),
        ("student", 5, ("a", "b"), "也不能再教小模型"),
        ("student", 9, ("a", "c"), "教师模型的事项与 .* 的不同"),
    ],
)
def test_a_model_that_does_not_fit_is_refused_before_anything_is_written(
    task: LinearTask, tmp_path: Path, kind: str, layers: int, leaves: tuple[str, ...], said: str
) -> None:
    origin = Origin(served(tmp_path / "served", layers, leaves))
    with pytest.raises(InputError, match=said):
        train_encoder(task, None, tmp_path / "m", kind, "rjieba", EncoderSettings(), origin)
    assert {path.name for path in tmp_path.iterdir()} == {"few.jsonl", "served"}


def test_a_folder_without_an_encoder_is_refused(task: LinearTask, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"缺少 encoder\.onnx.*不是编码器的文件夹"):
        train_encoder(
            task, None, tmp_path / "m", "encoder", "rjieba", EncoderSettings(), Origin(tmp_path)
        )


def test_an_encoder_taken_as_it_is_needs_its_card(task: LinearTask, tmp_path: Path) -> None:
    origin = Origin(served(tmp_path / "served", 9, task.corpus.tree.leaves))
    with pytest.raises(InputError, match=r"缺少 card\.json"):
        train_encoder(
            task, None, tmp_path / "m", "encoder", "rjieba", EncoderSettings(minutes=0), origin
        )


def test_a_folder_of_other_things_is_not_written_over(task: LinearTask, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "notes.txt").touch()
    with pytest.raises(InputError, match="不只有编码器的文件"):
        train_encoder(task, None, tmp_path / "m", "encoder", "rjieba", EncoderSettings())


def test_what_the_model_before_left_is_removed(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "tiny-encoder"
    shutil.copytree(folder / "model", out)
    write_card(out, Card("before", "encoder", "tiny-1", facts={"data": {"old.csv": "ab"}}))
    np.save(out / "prior.npy", np.ones(3))
    (out / "labels.json").write_text("{}")
    order = EncoderOrder(
        "tiny", "encoder", "tiny-fast", fit_even, out, tmp_path / "run",
        EncoderSettings(minutes=0), lambda row, _: row.slot == 0, taken=out,
        data={"new.csv": "cd", "before": ["ab"]},
    )  # fmt: skip
    card = make_encoder(tiny_tree(), tiny_rows(), Augmenter(), order)
    assert not {"prior.npy", "labels.json"} & {path.name for path in out.iterdir()}
    assert trained_on(card) == {"ab", "cd"}
    verify(out)


def test_a_lack_of_texts_of_a_kind_is_told_before_training(folder: Path, tmp_path: Path) -> None:
    def lacking(_train: Sequence[EncoderRow]) -> KindModel:
        raise InputError("没有诉求类型")

    order = EncoderOrder(
        "tiny", "encoder", "tiny-fast", fit_even, tmp_path / "m", tmp_path / "run",
        tiny_settings(folder / "backbone", 0.05), lambda row, _: row.slot == 0, kind_model=lacking,
    )  # fmt: skip
    with pytest.raises(InputError, match="没有诉求类型"):
        make_encoder(tiny_tree(), tiny_rows(), Augmenter(), order)
    assert not (tmp_path / "run").exists()


def test_corpora_without_kinds_leave_them_to_the_served_model(tmp_path: Path) -> None:
    city = load_city(TINY_FOLDER)
    assert city_kinds(city, tmp_path, []) is None
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "frames.yaml").write_text("openings: []\nclosings: []\nquestions: {}\n")
    assert city_kinds(city, tmp_path, []) is None


def test_a_refused_export_leaves_the_model_that_was_there(folder: Path, tmp_path: Path) -> None:
    state = torch.load(folder / "run" / "checkpoint.pt", weights_only=True)
    for part in (state["net"], state["averaged"]):  # fine in fp32, lost in 8 bit
        part["backbone.embeddings.word_embeddings.weight"][:, 0] += 1000
        part["backbone.embeddings.token_type_embeddings.weight"][:, 0] -= 1000
    (tmp_path / "run").mkdir()
    torch.save(state, tmp_path / "run" / "checkpoint.pt")
    out = tmp_path / "model"
    shutil.copytree(folder / "model", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    rows = tuple(tiny_rows())
    held = HeldOut(rows, FastAnswers(np.full((len(rows), 3), 1 / 3, dtype=np.float32)))
    settings = tiny_settings(folder / "backbone", 1.0)
    with pytest.raises(ArtefactError, match="模型文件夹没有改动"):
        export_encoder(tmp_path / "run" / "checkpoint.pt", settings, tiny_tree(), held, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_texts_without_labels_that_are_held_out_are_not_learned() -> None:
    held = [EncoderRow("路灯。夜里不亮", "0101", "mail", 3, title="路灯")]
    texts = ("路灯。夜里不亮", "夜里不亮 ", "井盖丢了")
    rows = tuple(EncoderRow(text, "0101", "unlabelled", n) for n, text in enumerate(texts))
    found = without_held_out(Unlabelled(rows, 3, 3, 1.0, 1.0), held)
    assert [row.text for row in found.rows] == ["井盖丢了"]


def test_all_that_a_model_has_read_is_on_its_card(tmp_path: Path) -> None:
    table, model = tmp_path / "history.csv", tmp_path / "model"
    table.write_text("内容\n路灯不亮\n", encoding="utf-8")
    model.mkdir()
    write_card(model, Card("before", "encoder", "t", facts={"data": {"old.csv": "ab"}}))
    data = sources({"new.csv": "cd"}, Origin(model, table))
    card = replace(Card("own", "encoder", "t"), facts={"data": data})
    assert trained_on(card) == {"ab", "cd", sha256(table.read_bytes()).hexdigest()}
