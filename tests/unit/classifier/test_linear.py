"""Scoring with a small real model, and its file."""

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from jiesu.classifier.calibrate import Temperature
from jiesu.classifier.features import FeatureKinds, Vocabulary, occurrences_of
from jiesu.classifier.linear import LinearClassifier, LinearModel, TextSpace
from jiesu.classifier.linear_file import load_linear, quantised, save_linear
from jiesu.classifier.text import segmenter_of
from jiesu.taxonomy.errors import ArtefactError
from jiesu.taxonomy.tree import Label, LabelTree, tree_of

TREE = tree_of("two-1", [Label("灯", "灯", 1), Label("水", "水", 1)])


def space_of(texts: list[str], scaling: str = "sum") -> TextSpace:
    kinds, segmenter = FeatureKinds((1, 2)), segmenter_of("rjieba")
    vocabulary = Vocabulary(np.unique(occurrences_of(texts, kinds, segmenter).key))
    gain = np.ones(len(vocabulary.keys), dtype=np.float32)
    return TextSpace(kinds, segmenter, vocabulary, gain, "unit" if scaling == "unit" else "sum")


def classifier_of(tree: LabelTree = TREE) -> LinearClassifier:
    """Return a model whose weights are the texts themselves."""
    space = space_of(["路灯不亮", "停水没水"])
    weights = space.vectors(["路灯不亮", "停水没水"]).T.tocsr()
    model = quantised(LinearModel(weights, np.zeros(2, dtype=np.float32)))
    return LinearClassifier("two", tree, space, model, Temperature(3.0))


def test_each_text_is_likeliest_in_its_own_class() -> None:
    p = classifier_of().score(["小区路灯坏了", "家里没水", "停水"])
    assert p.argmax(axis=1).tolist() == [0, 1, 1]
    assert p.sum(axis=1) == pytest.approx([1, 1, 1], abs=1e-6)


def test_texts_without_known_features_leave_the_classes_equal() -> None:
    p = classifier_of().score(["", "xyz", "🙂"])
    assert p == pytest.approx(np.full((3, 2), 0.5))


def test_no_texts_give_no_rows() -> None:
    assert classifier_of().score([]).shape == (0, 2)


def test_many_texts_score_as_one_by_one() -> None:
    texts = ["路灯不亮" * (i % 5) + "停水" * (i % 3) for i in range(600)]
    classifier = classifier_of()
    alone = np.concatenate([classifier.score([text]) for text in texts])
    assert classifier.score(texts) == pytest.approx(alone, abs=1e-6)


def test_dense_and_sparse_parts_sum_to_the_plain_product() -> None:
    chance = np.random.default_rng(1)
    table = chance.normal(size=(40, 60)) * (
        chance.random((40, 60)) < np.linspace(0, 0.3, 40)[:, None]
    )
    model = LinearModel(sp.csr_matrix(table.astype(np.float32)), np.ones(60, dtype=np.float32))
    vectors = sp.random(7, 40, 0.4, format="csr", random_state=2, dtype=np.float32)
    assert model.logits(vectors) == pytest.approx(vectors.toarray() @ table + 1, abs=1e-5)


def test_unit_scaling_gives_vectors_of_length_one() -> None:
    vectors = space_of(["路灯不亮"], "unit").vectors(["路灯不亮路灯", "亮"])
    assert np.sqrt(vectors.multiply(vectors).sum(axis=1)) == pytest.approx(np.ones((2, 1)))


def test_a_saved_model_scores_the_same(tmp_path: Path) -> None:
    classifier = classifier_of()
    save_linear(classifier, tmp_path / "linear.npz")
    loaded = load_linear(tmp_path / "linear.npz", "two", TREE)
    texts = ["路灯停水", "水", "灯亮"]
    assert loaded.score(texts).tolist() == classifier.score(texts).tolist()


def test_equal_models_give_equal_files(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        save_linear(classifier_of(), tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "linear.npz").write_bytes(b"not a model")
    with pytest.raises(ArtefactError, match=r"linear\.npz: 不是快速模型的文件"):
        load_linear(tmp_path / "linear.npz", "two", TREE)


def test_a_pickled_file_is_refused_unread(tmp_path: Path) -> None:
    np.savez(tmp_path / "linear.npz", grams=np.array([{}], dtype=object))
    with pytest.raises(ArtefactError, match="不是快速模型的文件"):
        load_linear(tmp_path / "linear.npz", "two", TREE)


def test_a_model_of_other_classes_is_refused(tmp_path: Path) -> None:
    save_linear(classifier_of(), tmp_path / "linear.npz")
    three = tree_of("three-1", [*TREE.labels.values(), Label("路", "路", 1)])
    with pytest.raises(ArtefactError, match="模型有 2 个事项，分类体系 three-1 有 3 个"):
        load_linear(tmp_path / "linear.npz", "two", three)
