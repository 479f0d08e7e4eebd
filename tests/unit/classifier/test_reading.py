"""What the encoder hears in a ticket."""

from pathlib import Path

import numpy as np
import pytest

from jiesu.classifier.calibrate import softmax
from jiesu.classifier.encoder import Encoder
from jiesu.classifier.reading import LEAST_P, passages_of, read_texts

pytest.importorskip("onnxruntime")
pytest.importorskip("tokenizers")

FOLDER = Path(__file__).parents[2] / "models" / "tiny-encoder"
SENTENCE = "路灯不亮，晚上什么也看不见。"


def test_a_short_text_has_no_passages() -> None:
    assert passages_of(SENTENCE * 3) == []
    assert passages_of("没有句号" * 60) == []


def test_passages_are_whole_sentences_and_together_the_text() -> None:
    text = SENTENCE * 20
    passages = passages_of(text)
    assert "".join(passages) == text
    assert all(passage.endswith("。") and len(passage) <= 110 for passage in passages)


def test_scraps_are_no_passages() -> None:
    assert passages_of(SENTENCE * 7 + "没有句号" * 30 + "。谢谢。") == [
        SENTENCE * 7,
        "没有句号" * 30 + "。",
    ]


def test_passages_give_the_logarithm_of_their_mean_probability() -> None:
    encoder = Encoder.load(FOLDER, threads=1)
    text = "路灯不亮路灯不亮路灯不亮。" * 8 + "退款不给退款不给退款不给。" * 4
    _, reading = read_texts(encoder, ["井盖丢了", text, "井盖丢了"])
    assert reading.passages is not None
    assert not reading.passages[[0, 2]].any()
    p = softmax(encoder.encode(passages_of(text)).logits)
    np.testing.assert_allclose(reading.passages[1], np.log(p.mean(axis=0) + LEAST_P), rtol=1e-4)


def test_parts_that_no_text_has_are_none() -> None:
    encoder = Encoder.load(FOLDER, threads=1)
    _, reading = read_texts(encoder, ["井盖丢了"], [""])
    assert (reading.title, reading.passages) == (None, None)
    _, short = read_texts(encoder, [SENTENCE * 20], with_passages=False)
    assert short.passages is None


def test_a_part_of_a_reading_holds_the_same_texts_everywhere() -> None:
    encoder = Encoder.load(FOLDER, threads=1)
    _, reading = read_texts(encoder, ["井盖丢了", SENTENCE * 20], ["", "路灯"])
    part = reading.part(np.array([False, True]))
    assert part.title is not None
    assert part.passages is not None
    assert part.title.any()
    assert part.passages.any()
    assert len(part.whole) == 1
