"""The texts of the small models."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import jiesu.data
from jiesu.classifier.gram_model import packaged_model
from jiesu.router.danger import DangerReader
from jiesu.router.danger_rules import load_danger_rules
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.ticket import KINDS
from jiesu.taxonomy.tree import Label, tree_of
from jiesu.training.encoder_rows import EncoderRow
from jiesu.training.small_texts import (
    Frames,
    KindText,
    danger_texts,
    kind_texts,
    model_and_corpora,
    read_frames,
)

CORPORA = Path(next(iter(jiesu.data.__path__))) / "corpora" / "beijing"
TINY = Path(__file__).parents[2] / "cities" / "tiny"
FLAT = tree_of("f", [Label("灯", "灯", 1), Label("井盖", "井盖", 1)])


def test_written_texts_are_many_of_every_kind_and_none_stands_twice() -> None:
    texts = kind_texts(CORPORA, FLAT, [])
    assert len(texts) >= 900
    assert len({text.text for text in texts}) == len(texts)
    assert all(sum(text.kind == kind for text in texts) >= 70 for kind in KINDS)
    assert {kind for text in texts for kind in (text.kind, *text.also)} <= set(KINDS)


# Codes of another shape than Beijing's: they do not tell which classes are siblings.
NESTED = tree_of(
    "n",
    [
        Label("市政", "市政", 1),
        Label("市政/灯", "灯", 2, "市政"),
        Label("市政/灯/坏", "坏", 3, "市政/灯"),
        Label("市政/灯/白天亮", "白天亮", 3, "市政/灯"),
        Label("市政/井盖", "井盖", 2, "市政"),
        Label("市政/井盖/响", "响", 3, "市政/井盖"),
    ],
)


def test_letters_bring_their_kind_and_stay_with_their_siblings() -> None:
    rows = [EncoderRow("路灯不亮", code, "letter", 0, "投诉") for code in NESTED.leaves]
    letters = kind_texts(CORPORA, NESTED, rows)[: len(rows)]
    assert {(letter.kind, letter.source) for letter in letters} == {("投诉", "letter")}
    groups = {letter.code: letter.group for letter in letters}
    assert groups["市政/灯/坏"] == groups["市政/灯/白天亮"] != groups["市政/井盖/响"]


def test_a_class_of_a_flat_tree_has_no_siblings() -> None:
    rows = [EncoderRow("路灯不亮", code, "letter", 0, "投诉") for code in FLAT.leaves]
    letters = kind_texts(CORPORA, FLAT, rows)[: len(rows)]
    assert [letter.group for letter in letters] == list(FLAT.leaves)


def test_folders_that_are_not_given_are_the_packaged_ones(tmp_path: Path) -> None:
    city = load_city()
    assert model_and_corpora("kind", Path(), Path(), city) == (packaged_model("kind"), CORPORA)
    elsewhere = replace(city, folder=tmp_path / "data" / "cities" / city.id)
    assert model_and_corpora("kind", tmp_path, Path(), elsewhere) == (
        tmp_path,
        tmp_path / "data" / "corpora" / city.id,
    )


@pytest.fixture(scope="module")
def frames() -> Frames:
    return read_frames(CORPORA, [EncoderRow("灯坏了", "020101", "title", 0)])


def test_frame_leaves_the_text_whole(frames: Frames) -> None:
    text = KindText("路灯不亮三天", "投诉", (), "g", "letter", "020101")
    variants = {frames.put_around(text, np.random.default_rng(seed)) for seed in range(40)}
    assert len(variants) > 20
    assert all("路灯不亮三天" in variant for variant in variants)
    assert any(variant.startswith("灯坏了。") for variant in variants)


def test_a_letter_with_a_title_gets_no_other(frames: Frames) -> None:
    text = KindText("题。路灯不亮", "投诉", (), "g", "board", "020101", is_titled=True)
    variants = {frames.put_around(text, np.random.default_rng(seed)) for seed in range(40)}
    assert not any(variant.startswith("灯坏了。") for variant in variants)


def test_only_what_is_no_inquiry_gets_a_question(frames: Frames) -> None:
    assert "咨询" not in frames.questions
    assert all(question.endswith("？") for list_ in frames.questions.values() for question in list_)


def test_danger_comes_from_urgent_classes_and_rules() -> None:
    tree = tree_of("t", [Label("1", "火", 1, limit="2h"), Label("2", "灯", 1, limit="7d")])
    rows = [
        EncoderRow("窗户里有火苗", "1", "example", 0),
        EncoderRow("想问防火知识", "1", "example", 1),
        EncoderRow("路灯不亮", "2", "example", 0),
        EncoderRow("路灯下有火苗", "2", "example", 1),
    ]
    reader = DangerReader(load_danger_rules(TINY))
    found = {text.text: text.is_danger for text in danger_texts(CORPORA, tree, rows, reader)}
    assert found["窗户里有火苗"]
    assert not found["路灯不亮"]
    assert not {"想问防火知识", "路灯下有火苗"} & found.keys()
