"""What both models hear in a ticket."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from jiesu.classifier.calibrate import softmax
from jiesu.classifier.encoder import Encoder
from jiesu.classifier.reading import (
    LEAST_P,
    SENTENCES,
    FastAnswers,
    Heard,
    fast_answers,
    passage_logs,
    passages_of,
    sentence_probabilities,
    title_probabilities,
)
from jiesu.classifier.scores import Matrix
from jiesu.taxonomy.tree import Label, tree_of

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
    logs = passage_logs(encoder, ["井盖丢了", text, "井盖丢了"])
    assert logs is not None
    assert not logs[[0, 2]].any()
    p = softmax(encoder.encode(passages_of(text)).logits)
    np.testing.assert_allclose(logs[1], np.log(p.mean(axis=0) + LEAST_P), rtol=1e-4)
    assert passage_logs(encoder, ["井盖丢了"]) is None


class Counting:
    """A fast model that says how long a text is."""

    name, tree = "counting", tree_of("t", [Label("1", "一", 1), Label("2", "二", 1)])

    def score(self, texts: Sequence[str]) -> Matrix:
        return np.array([[len(text), 1] for text in texts], dtype=np.float32)


def test_only_titles_that_are_there_are_read() -> None:
    p = title_probabilities(Counting(), ["", "路灯", ""])
    assert p is not None
    np.testing.assert_array_equal(p, [[1, 1], [2, 1], [1, 1]])
    assert title_probabilities(Counting(), ["", ""]) is None


def test_each_class_has_the_probability_of_its_surest_sentence() -> None:
    short, long = "井盖丢了。", "路灯不亮，晚上什么也看不见，走路害怕。"
    text = long + "井盖丢了，好几天没有人来管，也没有围挡。" + long * 2
    runs = passages_of(text, SENTENCES)
    assert [len(run) for run in runs] == [39, 38]
    p = sentence_probabilities(Counting(), [short, text, "无"])
    assert p is not None
    np.testing.assert_array_equal(p, [[1, 1], [39, 1], [1, 1]])
    assert sentence_probabilities(Counting(), [short]) is None
    many = sentence_probabilities(Counting(), [text, short] * 600)
    assert many is not None
    np.testing.assert_array_equal(many, [[39, 1], [1, 1]] * 600)


def test_fast_model_reads_texts_titles_and_sentences() -> None:
    found = fast_answers(Counting(), [SENTENCE * 4, "井盖"], ["路灯", ""])
    np.testing.assert_array_equal(found.whole[:, 0], [56, 2])
    assert found.title is not None
    assert found.sentence is not None
    np.testing.assert_array_equal(found.title[:, 0], [2, 1])
    np.testing.assert_array_equal(found.sentence[:, 0], [28, 1])


def test_prior_is_taken_out_of_all_answers_of_the_fast_model_and_of_nothing_else() -> None:
    share = np.array([2.0, 0.5], dtype=np.float32)
    said = np.array([[1, 1], [0.6, 0.4]], dtype=np.float32)
    fast = FastAnswers(np.full((2, 2), 0.5, "f4"), said, said[::-1])
    even = Heard(np.zeros((2, 2), "f4"), fast).without_prior(share)
    np.testing.assert_allclose(even.fast.whole, [[0.25, 1], [0.25, 1]])
    assert even.fast.title is not None
    assert even.fast.sentence is not None
    np.testing.assert_allclose(even.fast.title, [[1, 1], [0.3, 0.8]])
    np.testing.assert_allclose(even.fast.sentence, [[0.3, 0.8], [1, 1]])
    assert not even.whole.any()
    assert FastAnswers(fast.whole).without_prior(share).title is None


def test_a_part_holds_the_same_texts_everywhere() -> None:
    each = np.arange(4, dtype=np.float32).reshape(2, 2)
    part = Heard(each, FastAnswers(each, each, each), each).part(np.array([False, True]))
    fast = part.fast
    for found in (part.whole, fast.whole, fast.title, fast.sentence, part.passages):
        np.testing.assert_array_equal(found, [[2, 3]])
