import json
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

from tiny_encoder import (
    TEXTS,
    fit_even,
    make_tiny_encoder,
    tiny_rows,
    tiny_settings,
    tiny_tree,
    write_backbone,
)
from tiny_model import EvenModel

from jiesu.classifier.artefact import Card, load_classifier, read_labels, verify, write_card
from jiesu.classifier.combined_file import load_combined, read_mix
from jiesu.classifier.encoder import Encoder
from jiesu.classifier.reading import FastAnswers
from jiesu.classifier.scores import Matrix
from jiesu.taxonomy.errors import ArtefactError, InputError
from jiesu.taxonomy.ticket import KINDS
from jiesu.taxonomy.tree import Label, tree_of
from jiesu.training.augment import Asides, Augmenter
from jiesu.training.certify_run import trained_on
from jiesu.training.corpus import LabelColumns
from jiesu.training.distil import Teacher, layer_places
from jiesu.training.encoder_command import later_settings, told, train_encoder
from jiesu.training.encoder_model import HeldOut, combine
from jiesu.training.encoder_rows import EncoderRow
from jiesu.training.encoder_run import trained_net
from jiesu.training.encoder_task import EncoderSettings, EncoderTask
from jiesu.training.export import Parity, export_graph, fuse, quantise, require_parity
from jiesu.training.fit_encoder import fit_encoder
from jiesu.training.from_served import start_from_served
from jiesu.training.linear_run import labelled_task
from jiesu.training.make_encoder import EncoderOrder, as_letters_are, make_encoder
from jiesu.training.run_log import RunLog
from jiesu.training.start_model import Origin

# The exporter warns of its own deprecation and of traced Python branches.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

ALL_TEXTS = [text for texts in TEXTS.values() for text in texts]


def test_trained_encoder_knows_its_texts(folder: Path) -> None:
    found = Encoder.load(folder / "model", threads=1, exact=True).encode(ALL_TEXTS)
    assert found.logits.argmax(axis=1).tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_exported_graph_gives_what_torch_gives(folder: Path) -> None:
    import torch

    settings = tiny_settings(folder / "backbone", 1.0)
    net, backbone = trained_net(folder / "run" / "checkpoint.pt", settings, tiny_tree())
    encoder = Encoder.load(folder / "model", threads=1, exact=True)
    for text in ALL_TEXTS:
        ids = torch.tensor([backbone.tokenizer.encode(text).ids])
        with torch.no_grad():
            logits, kinds = net(ids, torch.ones_like(ids))
        found = encoder.encode([text])
        np.testing.assert_allclose(found.logits, logits.numpy(), atol=0.02)
        np.testing.assert_allclose(found.kinds, kinds.numpy(), atol=1e-3)


def test_fused_and_quantised_graph_finds_the_same_classes(folder: Path) -> None:
    fuse(folder / "encoder.onnx", folder / "fused.onnx", 2, 16)
    quantise(folder / "fused.onnx", folder / "model" / "encoder.onnx")
    found = Encoder.load(folder / "model", threads=1, exact=True).encode(ALL_TEXTS)
    assert found.logits.argmax(axis=1).tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_killed_run_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    write_backbone(tmp_path / "backbone")
    task = EncoderTask(tiny_tree(), tiny_rows(), tiny_rows(), Augmenter())
    for minutes in (0.01, 0.02):
        fit_encoder(task, tiny_settings(tmp_path / "backbone", minutes), tmp_path / "run")
    events = RunLog(tmp_path / "run" / "curve.jsonl").read()
    checks = [int(str(event["step"])) for event in events if event["event"] == "check"]
    assert [event["event"] for event in events].count("start") == 1
    assert checks == sorted(checks)
    assert checks[0] < checks[-1]


def test_one_call_makes_a_model_folder_that_loads(tmp_path: Path) -> None:
    write_backbone(tmp_path / "backbone")
    order = EncoderOrder(
        "tiny", "encoder", "tiny-fast", fit_even, tmp_path / "tiny-encoder",
        tmp_path / "run", tiny_settings(tmp_path / "backbone", 0.05), lambda row, _: row.slot == 0,
    )  # fmt: skip
    card = make_encoder(tiny_tree(), tiny_rows(), Augmenter(), order)
    assert card.facts["held_out"]["texts"] == 3
    assert card.facts["data"]["texts"] == 6
    verify(order.out)
    model = load_combined(order.out, "tiny", tiny_tree(), lambda _, tree: EvenModel(tree))
    assert model.score(["井盖坏了"]).argmax() == 1


def test_student_with_half_the_layers_learns_from_the_teacher(folder: Path, tmp_path: Path) -> None:
    settings = replace(tiny_settings(folder / "backbone", 0.05), layers=(1,))
    teacher = Teacher(folder / "run" / "checkpoint.pt", (0, 1))
    task = EncoderTask(tiny_tree(), tiny_rows(), tiny_rows(), Augmenter(), teacher)
    net, _ = trained_net(fit_encoder(task, settings, tmp_path), settings, tiny_tree())
    assert len(net.backbone.encoder.layer) == 1
    last = RunLog(tmp_path / "curve.jsonl").read()[-1]
    assert last["l2"] == 1.0


def test_served_8_bit_graph_is_read_back_as_the_start_of_a_run(
    folder: Path, tmp_path: Path
) -> None:
    import torch

    shutil.copytree(folder / "model", tmp_path / "served")
    small = tmp_path / "small.onnx"
    settings = tiny_settings(folder / "backbone", 1.0)
    net, _ = trained_net(folder / "run" / "checkpoint.pt", settings, tiny_tree())
    export_graph(net, small, small_words=True)
    fuse(small, tmp_path / "fused.onnx", 2, 16)
    quantise(tmp_path / "fused.onnx", tmp_path / "served" / "encoder.onnx")
    start = start_from_served(tmp_path / "served", tiny_tree(), tmp_path / "run" / "start.pt")
    again, backbone = trained_net(start, settings, tiny_tree())
    for text in ALL_TEXTS:
        ids = torch.tensor([backbone.tokenizer.encode(text).ids])
        with torch.no_grad():
            was, now = (one(ids, torch.ones_like(ids)) for one in (net, again))
        assert int(was[0].argmax()) == int(now[0].argmax())
        np.testing.assert_allclose(now[1].numpy(), was[1].numpy(), atol=0.1)
    for name, value in net.state_dict().items():
        if name.endswith("weight") and "LayerNorm" not in name:
            difference = (again.state_dict()[name] - value).abs().max()
            assert float(difference) <= float(value.abs().max()) / 100


def test_other_classes_begin_with_the_encoder_alone(folder: Path, tmp_path: Path) -> None:
    import torch

    settings = tiny_settings(folder / "backbone", 0.02)
    net, _ = trained_net(folder / "run" / "checkpoint.pt", settings, tiny_tree())
    body = {name: value for name, value in net.state_dict().items() if "backbone" in name}
    torch.save({"net": body, "averaged": {}}, tmp_path / "start.pt")
    tree = tree_of("flat", [Label(code, code, 1) for code in ("a", "b")])
    rows = [EncoderRow(text, code, "letter", slot)
            for code, known in (("a", "0101"), ("b", "0201"))
            for slot, text in enumerate(TEXTS[known])]  # fmt: skip
    task = EncoderTask(tree, rows, rows, Augmenter(), start=tmp_path / "start.pt")
    fit_encoder(task, settings, tmp_path / "run")
    events = RunLog(tmp_path / "run" / "curve.jsonl").read()
    assert events[0]["l1"] == 1.0  # the class layer starts from the texts, not from zeros


def test_a_trained_model_goes_on_more_slowly_with_its_own_classes(folder: Path) -> None:
    full = EncoderSettings()
    other = tree_of("flat", [Label(code, code, 1) for code in ("a", "b")])
    assert later_settings(full, folder / "model", tiny_tree()).rate < full.rate / 2
    assert later_settings(full, folder / "model", other) == full


def test_mail_is_held_out_as_it_was_written() -> None:
    asides = Asides(("我住在附近。",), ())
    texts = [f"路灯坏了{n}天。" + "夜里看不见路。" * 10 for n in range(30)]
    mail, letters = (
        as_letters_are([EncoderRow(text, "0101", source, 0) for text in texts], asides)
        for source in ("mail", "letter")
    )
    assert [row.text for row in mail] == texts
    assert [row.text for row in letters] != texts


def test_a_graph_of_another_layout_is_no_start(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="不是 jiesu 导出的 8 位模型"):
        start_from_served(folder / "model", tiny_tree(), tmp_path / "start.pt")


def test_a_student_without_a_teacher_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "few.jsonl"
    data.write_text('{"text": "路灯", "label": "a"}\n{"text": "井盖", "label": "b"}\n')
    task = labelled_task(data, LabelColumns(("label",)))
    with pytest.raises(InputError, match="--from"):
        train_encoder(task, None, tmp_path / "m", "student", "rjieba", EncoderSettings())


def test_student_cannot_keep_a_layer_that_the_teacher_lacks() -> None:
    with pytest.raises(InputError, match=r"第 \[3\] 层不在教师模型"):
        layer_places((0, 3), (0, 1))


def test_graph_that_loses_a_point_is_not_exported() -> None:
    require_parity(Parity(0.98, (0.70, 0.697)))
    with pytest.raises(ArtefactError, match=r"从 0\.7000 降到 0\.6900"):
        require_parity(Parity(0.95, (0.70, 0.69)))


def test_labelled_file_becomes_an_encoder_with_its_classes(tmp_path: Path) -> None:
    write_backbone(tmp_path / "backbone")
    data = tmp_path / "history.jsonl"
    # Copies of a text are held out together or not at all.
    texts = [(f"{text}，{n}", code) for code, known in TEXTS.items() for text in known
             for n in range(8)]  # fmt: skip
    lines = [json.dumps({"text": text, "label": code}) for text, code in texts]
    data.write_text("\n".join(lines), encoding="utf-8")
    task, out = labelled_task(data, LabelColumns(("label",))), tmp_path / "own-encoder"
    settings = tiny_settings(tmp_path / "backbone", 0.05)
    card = train_encoder(task, None, out, "cascade", "rjieba", settings)
    tree = read_labels(out)
    assert tree is not None
    assert card.label_columns == ("label",)
    model = load_classifier(out, tree)
    assert tree.leaves[int(model.score(["井盖丢了"]).argmax())] == "0102"
    assert "own-fast" in told(card, out)
    assert "类型仍只由随附的模型判断" in told(card, out)
    assert sha256(data.read_bytes()).hexdigest() in trained_on(card)
    again = train_encoder(
        task, None, out, "cascade", "rjieba", replace(settings, minutes=0), Origin(out)
    )
    assert again.facts["data"]["before"] == sorted(trained_on(card))
    assert read_labels(out) is not None
    verify(out)


def test_no_time_to_train_takes_the_encoder_and_sums_anew(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "tiny-encoder"
    order = EncoderOrder(
        "tiny", "encoder", "tiny-fast", fit_even, out, tmp_path / "run",
        EncoderSettings(minutes=0), lambda row, _: row.slot == 0, taken=folder / "model",
    )  # fmt: skip
    write_card(folder / "model", Card("before", "encoder", "tiny-1", facts={"made_at": "2026"}))
    card = make_encoder(tiny_tree(), tiny_rows(), Augmenter(), order)
    assert (out / "encoder.onnx").read_bytes() == (folder / "model/encoder.onnx").read_bytes()
    assert (card.facts["encoder"], card.facts["made_at"]) == ("before", "2026")
    again = replace(order, taken=out, name="later")  # in the folder itself
    assert make_encoder(tiny_tree(), tiny_rows(), Augmenter(), again).facts["encoder"] == "before"
    verify(out)


@pytest.mark.parametrize("minutes", [0, -5])
def test_no_time_to_train_needs_an_encoder_of_the_same_classes(
    folder: Path, tmp_path: Path, minutes: float
) -> None:
    data = tmp_path / "few.jsonl"
    data.write_text('{"text": "路灯", "label": "a"}\n{"text": "井盖", "label": "b"}\n')
    task, settings = labelled_task(data, LabelColumns(("label",))), EncoderSettings(minutes=minutes)
    for kind, origin, message in (
        ("encoder", Origin(), "要用 --from"),
        ("student", Origin(folder / "model"), "不配 --unlabelled 和 --kind student"),
        ("encoder", Origin(folder / "model"), "的事项与 .* 的不同"),
    ):
        with pytest.raises(InputError, match=message):
            train_encoder(task, None, tmp_path / "m", kind, "rjieba", settings, origin)


def test_long_texts_are_blended_apart_where_there_are_enough(folder: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(folder / "model", model)
    rng = np.random.default_rng(0)
    n = 240
    texts = rng.choice(ALL_TEXTS, n).tolist()  # say nothing of the classes
    rows = tuple(
        EncoderRow(text, code, "letter", at)
        for at, (text, code) in enumerate(zip(texts, list(TEXTS) * (n // 3), strict=True))
    )
    whole = rng.dirichlet(np.ones(3), n).astype(np.float32)
    sentence = np.ones((n, 3), dtype=np.float32)
    sentence[::2] = np.eye(3, dtype=np.float32)[[at % 3 for at in range(0, n, 2)]] * 0.9 + 0.05
    held = HeldOut(rows, FastAnswers(whole, None, sentence))
    combine(model, tiny_tree(), held, "even")
    blends = read_mix(model).blends
    assert blends.tells_lengths
    assert blends.short.weights.sentence == 0
    few = replace(held, rows=rows[:150], fast=held.fast.part(np.arange(n) < 150))
    combine(model, tiny_tree(), few, "even")
    assert not read_mix(model).blends.tells_lengths


def test_few_texts_hold_none_out(tmp_path: Path) -> None:
    data = tmp_path / "few.jsonl"
    data.write_text('{"text": "路灯", "label": "a"}\n{"text": "井盖", "label": "b"}\n')
    task = labelled_task(data, LabelColumns(("label",)))
    with pytest.raises(InputError, match="只有 2 条不重复的文本"):
        train_encoder(task, None, tmp_path / "m", "encoder", "rjieba", EncoderSettings())


class NoWording:
    """Has heard nothing of the kinds."""

    def probabilities(self, texts: Sequence[str], _leaf_probs: Matrix) -> Matrix:
        return np.full((len(texts), len(KINDS)), 1 / len(KINDS), dtype=np.float32)


def test_kinds_are_joined_only_where_the_encoder_adds_to_the_wording(tmp_path: Path) -> None:
    model = make_tiny_encoder(tmp_path)
    texts = tuple(ALL_TEXTS * 4)
    codes = tuple(code for code, said in TEXTS.items() for _ in said) * 4
    heard = Encoder.load(model).encode(texts).kinds.argmax(axis=1)
    kinds = tuple(KINDS[kind] for kind in heard.tolist())
    p = np.full((len(texts), 3), 1 / 3, dtype=np.float32)
    rows = tuple(
        EncoderRow(text, code, "letter", at, kind)
        for at, (text, code, kind) in enumerate(zip(texts, codes, kinds, strict=True))
    )
    held = HeldOut(rows, FastAnswers(p), NoWording())  # type: ignore[arg-type]
    figures = combine(model, tiny_tree(), held, "even")
    assert figures["kind"]["texts"] == len(texts)
    assert figures["kind"]["both"] > figures["kind"]["wording"]
    assert read_mix(model).kinds is not None
    assert "kind" not in combine(model, tiny_tree(), replace(held, wording=None), "even")
    assert read_mix(model).kinds is None
