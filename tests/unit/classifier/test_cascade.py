from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from jiesu.classifier.calibrate import softmax
from jiesu.classifier.cascade import (
    Blend,
    Blends,
    CascadeClassifier,
    CombinedClassifier,
    MixWeights,
    mix,
)
from jiesu.classifier.encoder import Encoder
from jiesu.classifier.level_temperature import LevelTemperature
from jiesu.classifier.neighbour_index import NeighbourIndex
from jiesu.classifier.reading import FastAnswers, Heard
from jiesu.classifier.scores import Matrix
from jiesu.taxonomy.errors import ArtefactError
from jiesu.taxonomy.tree import Label, LabelTree, tree_of

pytest.importorskip("onnxruntime")
pytest.importorskip("tokenizers")

FOLDER = Path(__file__).parents[2] / "models" / "tiny-encoder"
WORDS = {"0101": "灯", "0102": "井", "0201": "网"}


def small_tree(codes: Sequence[str] = tuple(WORDS)) -> LabelTree:
    labels = [Label(code, code, 2, code[:2]) for code in codes]
    return tree_of("tiny-1", [Label("01", "市政", 1), Label("02", "市场", 1), *labels])


@dataclass
class WordModel:
    """Knows one word a class, and counts the texts that it is asked about."""

    tree: LabelTree
    name: str = "words"
    asked: list[str] = field(default_factory=list)

    def score(self, texts: Sequence[str]) -> Matrix:
        self.asked += texts
        hits = [[9.0 * (word in text) for word in WORDS.values()] for text in texts]
        return softmax(np.array(hits, dtype=np.float32).reshape(-1, 3))


def blends(weights: MixWeights, short: MixWeights | None = None) -> Blends:
    plain = LevelTemperature((1.0, 1.0))
    return Blends(Blend(weights, plain), Blend(short or weights, plain))


def combined(tree: LabelTree, index: NeighbourIndex | None = None) -> CombinedClassifier:
    return CombinedClassifier(
        "combined", tree, WordModel(tree), Encoder.load(FOLDER, threads=1),
        blends(MixWeights(0.5, 0.5)), index,
    )  # fmt: skip


def test_mix_with_one_weight_is_that_model() -> None:
    logits = np.array([[1.0, 2.0, 0.5]], dtype=np.float32)
    p_fast = softmax(-logits.copy())
    heard = Heard(logits, FastAnswers(p_fast))
    np.testing.assert_allclose(mix(heard, MixWeights(1, 0)), softmax(logits.copy()), rtol=1e-5)
    np.testing.assert_allclose(mix(heard, MixWeights(0, 1)), p_fast, rtol=1e-5)


def test_a_title_speaks_for_itself_beside_the_text() -> None:
    full = combined(small_tree())
    heard = replace(full, blends=blends(MixWeights(0.5, 0.5, 0.5)))
    text = "路灯不亮。退款不给退款不给退款不给"
    without = heard.judge([text, "井盖丢了"]).p
    titled = heard.judge([text, "井盖丢了"], ["路灯不亮", ""]).p
    assert titled[0, 0] > 2 * without[0, 0]
    np.testing.assert_allclose(titled[1], without[1])
    np.testing.assert_allclose(full.judge([text], ["路灯不亮"]).p, full.judge([text]).p)
    cascade = CascadeClassifier("cascade", heard.tree, heard, sure=1.01)
    np.testing.assert_allclose(
        cascade.judge([text, "井盖丢了"], ["路灯不亮", ""]).p, titled, rtol=1e-5
    )


def test_one_sentence_of_a_long_letter_is_heard_among_the_others() -> None:
    full = combined(small_tree())
    heard = replace(full, blends=blends(MixWeights(0.5, 0.0, passages=1.0)))
    deaf = replace(full, blends=blends(MixWeights(0.5, 0.0)))
    text = "路灯不亮路灯不亮路灯不亮。" * 9 + "退款不给退款不给退款不给。" * 2
    assert heard.judge([text, "井盖"]).p[0, 2] > deaf.judge([text, "井盖"]).p[0, 2]
    np.testing.assert_allclose(heard.judge(["井盖丢了"]).p, deaf.judge(["井盖丢了"]).p)


def test_the_surest_sentence_speaks_for_itself_beside_the_text() -> None:
    full = combined(small_tree())
    heard = replace(full, blends=blends(MixWeights(0.5, 0.5, sentence=0.5)))
    aside = "路灯亮着，井盖也在，这两样都好好的没有什么问题，谢谢。"
    text = f"{aside}这回是门口的井又塌下去了一大块没人修。"
    before, after = full.judge([text, "路灯不亮"]).p, heard.judge([text, "路灯不亮"]).p
    assert after[0, 1] > before[0, 1] + 0.05
    np.testing.assert_allclose(after[1], before[1], rtol=1e-5)


def test_long_texts_are_blended_by_their_own_weights() -> None:
    full, asked = (
        combined(small_tree()),
        ["路灯不亮", "路灯不亮。" + "门口的井塌下去一大块没人修。" * 4],
    )
    encoder, words = MixWeights(1.0, 0.0), MixWeights(0.0, 1.0)
    alone = [replace(full, blends=blends(each)).judge(asked).p for each in (encoder, words)]
    both = replace(full, blends=blends(encoder, short=words)).judge(asked).p
    np.testing.assert_allclose(both[1], alone[0][1], rtol=1e-5)
    np.testing.assert_allclose(both[0], alone[1][0], rtol=1e-5)


def test_both_models_agree_on_clear_texts() -> None:
    p = combined(small_tree()).score(["路灯不亮", "马路上井盖响"])
    assert p.argmax(axis=1).tolist() == [0, 1]
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-5)


def test_prior_is_counted_once_though_the_fast_model_holds_it() -> None:
    tree = small_tree()
    prior = np.log(np.array([2.0, 0.5, 0.5], dtype=np.float32))
    even = combined(tree)
    held = Holding(tree, prior)
    p = replace(even, fast=held, prior=prior).score(["路灯不亮"])[0]
    expected = even.score(["路灯不亮"])[0] * np.exp(prior)
    np.testing.assert_allclose(p, expected / expected.sum(), rtol=1e-3)


class Holding(WordModel):
    """A word model whose answers hold a prior."""

    def __init__(self, tree: LabelTree, prior: Matrix) -> None:
        super().__init__(tree)
        self.prior = prior

    def score(self, texts: Sequence[str]) -> Matrix:
        p = super().score(texts) * np.exp(self.prior)
        return np.asarray(p / p.sum(axis=1, keepdims=True), dtype=np.float32)


def test_encoder_decides_where_the_fast_model_knows_nothing() -> None:
    assert combined(small_tree()).score(["退款不给"]).argmax() == 2


def test_correction_counts_in_the_next_suggestion(tmp_path: Path) -> None:
    model = combined(small_tree(), NeighbourIndex.open(tmp_path / "index.bin", 16))
    before = model.score(["路灯不亮"])[0]
    model.confirm(["路灯不亮"], ["0102"], ["T-1"])
    after = model.score(["路灯不亮"])[0]
    assert before.argmax() == 0
    assert after.argmax() == 1


def test_model_without_index_refuses_a_correction() -> None:
    with pytest.raises(ArtefactError, match="没有近邻索引"):
        combined(small_tree()).confirm(["路灯不亮"], ["0102"], ["T-1"])


def test_encoder_of_another_taxonomy_is_refused() -> None:
    with pytest.raises(ArtefactError, match="3 个事项与分类体系 tiny-1 的 2 个不一致"):
        combined(small_tree(("0101", "0201")))


def test_evidence_marks_words_of_the_text() -> None:
    full = combined(small_tree())
    cascade = CascadeClassifier("cascade", full.tree, full, sure=0.9)
    spans = cascade.evidence("路灯不亮", "0101")
    assert spans == full.evidence("路灯不亮", "0101")
    assert all(0 <= span.start < span.end <= 4 for span in spans)


def test_cascade_asks_the_encoder_only_where_it_must() -> None:
    full = combined(small_tree())
    cascade = CascadeClassifier("cascade", full.tree, full, sure=0.9)
    texts = ["路灯不亮", "退款不给"]
    p = cascade.score(texts)
    np.testing.assert_array_equal(p[0], full.fast.score(texts)[0])
    np.testing.assert_allclose(p[1], full.score(texts)[1], rtol=1e-4)


def test_cascade_of_no_texts_is_empty() -> None:
    full = combined(small_tree())
    assert CascadeClassifier("cascade", full.tree, full, sure=0.9).score([]).shape == (0, 3)
