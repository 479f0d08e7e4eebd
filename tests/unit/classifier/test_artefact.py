"""Model folders: cards, checksums, versions."""

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from jiesu.classifier.artefact import (
    Card,
    default_model_folder,
    load_classifier,
    read_card,
    read_labels,
    write_card,
    write_labels,
)
from jiesu.classifier.calibrate import Temperature
from jiesu.classifier.features import FeatureKinds, Vocabulary
from jiesu.classifier.linear import LinearClassifier, LinearModel, TextSpace, WeightTable
from jiesu.classifier.linear_file import save_linear
from jiesu.classifier.text import segmenter_of
from jiesu.taxonomy.errors import ArtefactError
from jiesu.taxonomy.tree import Label, tree_of

TREE = tree_of("two-1", [Label("灯", "灯", 1), Label("水", "水", 1)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a model with one feature that nothing has."""
    vocabulary = Vocabulary(np.array([7], dtype=np.uint64))
    gain = np.ones(1, dtype=np.float32)
    space = TextSpace(FeatureKinds(), segmenter_of("rjieba"), vocabulary, gain)
    weights = WeightTable(sp.csr_matrix(np.ones((1, 2), dtype=np.float32)))
    model = LinearModel(weights, np.array([0, 1], "f4"))
    save_linear(LinearClassifier("", TREE, space, model, Temperature(1.0)), tmp_path / "linear.npz")
    write_card(tmp_path, Card("two-fast", "linear", "two-1", ("label",), {"n": 3}))
    return tmp_path


def test_a_folder_gives_back_its_classifier(folder: Path) -> None:
    classifier = load_classifier(folder, TREE)
    assert classifier.name == "two-fast"
    assert classifier.score(["灯"])[0].tolist() == pytest.approx([0.2689, 0.7311], abs=1e-4)


def test_a_card_is_read_as_it_was_written(folder: Path) -> None:
    assert read_card(folder) == Card("two-fast", "linear", "two-1", ("label",), {"n": 3})


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="gone 不存在；请用 jiesu train 训练"):
        load_classifier(tmp_path / "gone", TREE)


def test_a_changed_file_is_refused(folder: Path) -> None:
    with (folder / "linear.npz").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ArtefactError, match=r"linear\.npz 与 checksums\.json 不符"):
        load_classifier(folder, TREE)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "linear.npz").unlink()
    with pytest.raises(ArtefactError, match=r"缺少文件 linear\.npz"):
        load_classifier(folder, TREE)


def test_a_model_of_another_taxonomy_version_is_refused(folder: Path) -> None:
    newer = tree_of("two-2", TREE.labels.values())
    with pytest.raises(ArtefactError, match="是为分类体系 two-1 训练的，现用的是 two-2"):
        load_classifier(folder, newer)


def test_an_unknown_kind_of_model_is_refused(folder: Path) -> None:
    write_card(folder, Card("x", "oracle", "two-1"))
    with pytest.raises(ArtefactError, match=r"card\.json: kind: 不认识模型类型 'oracle'"):
        load_classifier(folder, TREE)


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "不是合法的 JSON"), ("[]", "最外层应是"), ('{"name":"x"}', "缺少 kind")],
)
def test_a_broken_card_is_refused(folder: Path, content: str, said: str) -> None:
    (folder / "card.json").write_text(content)
    with pytest.raises(ArtefactError, match=said):
        load_classifier(folder, TREE)


def test_classes_that_no_city_holds_travel_with_the_model(tmp_path: Path) -> None:
    nested = tree_of("n-1", [Label("a", "甲", 1), Label("a/b", "乙", 2, "a")])
    write_labels(tmp_path, nested)
    read = read_labels(tmp_path)
    assert read is not None
    assert (read.version, dict(read.labels)) == (nested.version, dict(nested.labels))


def test_a_city_model_holds_no_classes(folder: Path) -> None:
    assert read_labels(folder) is None


def test_broken_classes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.json").write_text('{"version": "1"}')
    with pytest.raises(ArtefactError, match=r"labels\.json: 类别列表不完整"):
        read_labels(tmp_path)


def test_each_city_has_its_own_default_folder() -> None:
    assert default_model_folder("elsewhere").name == "elsewhere-fast"
