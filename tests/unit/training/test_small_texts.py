"""The texts of the small models."""

from pathlib import Path

import numpy as np
import pytest

import jiesu.data
from jiesu.router.danger import DangerReader
from jiesu.router.danger_rules import load_danger_rules
from jiesu.taxonomy.ticket import KINDS
from jiesu.taxonomy.tree import Label, tree_of
from jiesu.training.encoder_rows import EncoderRow
from jiesu.training.small_texts import (
    Frames,
    KindText,
    danger_texts,
    kind_texts,
    read_frames,
)

CORPORA = Path(next(iter(jiesu.data.__path__))) / "corpora" / "beijing"
TINY = Path(__file__).parents[2] / "cities" / "tiny"


def test_written_texts_are_many_of_every_kind_and_none_stands_twice() -> None:
    texts = kind_texts(CORPORA, [])
    assert len(texts) >= 900
    assert len({text.text for text in texts}) == len(texts)
    assert all(sum(text.kind == kind for text in texts) >= 70 for kind in KINDS)
    assert {kind for text in texts for kind in (text.kind, *text.also)} <= set(KINDS)


def test_letters_bring_their_kind_and_stay_with_their_siblings() -> None:
    row = EncoderRow("路灯不亮", "020101", "letter", 0, "投诉")
    letter = kind_texts(CORPORA, [row])[0]
    assert (letter.kind, letter.group, letter.source) == ("投诉", "0201", "letter")


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
