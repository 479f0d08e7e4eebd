"""Scoring with a small real model, and its file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from jiesu.classifier.calibrate import Temperature
from jiesu.classifier.features import FeatureKinds, Vocabulary, occurrences_of
from jiesu.classifier.linear import LinearClassifier, LinearModel, TextSpace, WeightTable
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
    model = quantised(LinearModel(WeightTable(weights), np.zeros(2, dtype=np.float32)))
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


def random_table(height: int, width: int, seed: int) -> WeightTable:
    """Return a table whose rows run from empty to a third full."""
    chance = np.random.default_rng(seed)
    filled = chance.random((height, width)) < np.linspace(0, 0.35, height)[:, None]
    return WeightTable(sp.csr_matrix((chance.normal(size=filled.shape) * filled).astype("f4")))


def test_dense_and_sparse_parts_sum_to_the_plain_product() -> None:
    table = random_table(40, 60, seed=1)
    vectors = sp.random(7, 40, 0.4, format="csr", random_state=2, dtype=np.float32)
    plain = vectors.toarray() @ table.weights.toarray()
    assert table.product(vectors) == pytest.approx(plain, abs=1e-5)


def test_each_class_gets_the_logit_of_its_group() -> None:
    leaf, upper = random_table(9, 5, seed=3), random_table(9, 2, seed=4)
    group = np.array([0, 0, 1, 1, 1], dtype=np.uint16)
    vectors = sp.csr_matrix(np.ones((1, 9), dtype=np.float32))
    plain = LinearModel(leaf, np.zeros(5, dtype=np.float32)).logits(vectors)
    found = LinearModel(leaf, np.zeros(5, dtype=np.float32), upper, group).logits(vectors)
    assert found - plain == pytest.approx(upper.product(vectors)[:, group], abs=1e-5)


def test_unit_scaling_gives_vectors_of_length_one() -> None:
    vectors = space_of(["路灯不亮"], "unit").vectors(["路灯不亮路灯", "亮"])
    assert np.sqrt(vectors.multiply(vectors).sum(axis=1)) == pytest.approx(np.ones((2, 1)))


def test_a_saved_model_scores_the_same(tmp_path: Path) -> None:
    classifier = classifier_of()
    save_linear(classifier, tmp_path / "linear.npz")
    loaded = load_linear(tmp_path / "linear.npz", "two", TREE)
    texts = ["路灯停水", "水", "灯亮"]
    assert loaded.score(texts).tolist() == classifier.score(texts).tolist()


@pytest.mark.parametrize("width", [3, 60, 300])
def test_tables_are_read_back_whole(tmp_path: Path, width: int) -> None:
    """Few columns are told by bits, many by numbers; both come back."""
    labels = [Label(f"{j:03}", str(j), 1) for j in range(width)]
    plain = classifier_of()
    height = len(plain.space.vocabulary.keys)
    leaf, upper = random_table(height, width, seed=width), random_table(height, 2, seed=0)
    group = (np.arange(width) % 2).astype(np.uint16)
    model = quantised(LinearModel(leaf, np.zeros(width, dtype=np.float32), upper, group))
    saved = replace(plain, tree=tree_of("w", labels), model=model)
    save_linear(saved, tmp_path / "linear.npz")
    read = load_linear(tmp_path / "linear.npz", "w", saved.tree).model
    for table, again in zip(model.tables, read.tables, strict=True):
        assert (table.weights != again.weights).nnz == 0
    assert read.group.tolist() == group.tolist()


def test_quantising_moves_no_weight_by_more_than_half_a_step() -> None:
    table = random_table(30, 40, seed=5)
    (read,) = quantised(LinearModel(table, np.zeros(40, dtype=np.float32))).tables
    largest = abs(table.weights).max(axis=1).toarray()
    moved = abs(table.weights - read.weights).toarray()
    assert (moved <= largest / 127 / 2 + 1e-6).all()


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
