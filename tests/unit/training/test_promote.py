from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from jiesu.classifier.cascade import Blend, Blends, MixWeights
from jiesu.classifier.combined_file import Mix, find_fast, write_mix
from jiesu.classifier.level_temperature import LevelTemperature
from jiesu.classifier.scores import Matrix
from jiesu.taxonomy.errors import ArtefactError, InputError
from jiesu.taxonomy.tree import Label, LabelTree, tree_of
from jiesu.training.promote import Comparison, GoldText, compare_models, promote

TREE = tree_of("t", [Label("a", "路灯", 1), Label("b", "井盖", 1)])
GOLD = [GoldText("路灯", ("a",)), GoldText("井盖", ("b",)), GoldText("灯或盖", ("a", "b"))]


@dataclass(frozen=True)
class WordModel:
    """Answers the second class where a text holds the word."""

    word: str
    tree: LabelTree = TREE
    name: str = "word"

    def score(self, texts: Sequence[str]) -> Matrix:
        hits = np.array([[0.5, float(self.word in text)] for text in texts], dtype=np.float32)
        return hits / hits.sum(axis=1, keepdims=True)


def test_any_acceptable_class_counts() -> None:
    found = compare_models(WordModel("无"), WordModel("盖"), GOLD)
    assert (found.texts, found.current, found.candidate) == (3, 2, 3)
    assert not found.is_worse
    assert found.p_value == 1.0  # one text of difference proves nothing


def test_clear_difference_has_a_small_p_value() -> None:
    found = compare_models(WordModel("无"), WordModel("井盖"), [GOLD[1]] * 20)
    assert found.p_value < 0.001


def test_models_are_not_compared_on_nothing() -> None:
    with pytest.raises(InputError, match="没有可用来比较模型的标注文本"):
        compare_models(WordModel("无"), WordModel("盖"), [])


def test_worse_candidate_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    folders = make_folders(tmp_path)
    with pytest.raises(ArtefactError, match="答对 2 条，少于现用模型的 3 条"):
        promote(*folders, Comparison(3, 3, 2, 1.0))
    assert (folders[1] / "card.json").read_text() == "old"


def test_better_candidate_takes_the_place_and_leaves_no_rest(tmp_path: Path) -> None:
    candidate, target = make_folders(tmp_path)
    promote(candidate, target, Comparison(3, 2, 3, 1.0))
    assert (target / "card.json").read_text() == "new"
    assert not (target / "stale.bin").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["candidate", "target"]


def test_first_model_needs_no_predecessor(tmp_path: Path) -> None:
    candidate, _ = make_folders(tmp_path)
    promote(candidate, tmp_path / "first", Comparison(3, 0, 3, 1.0))
    assert (tmp_path / "first" / "card.json").read_text() == "new"


def test_the_fast_model_of_an_encoder_goes_along_into_its_folder(tmp_path: Path) -> None:
    candidate, target = make_folders(tmp_path)
    (tmp_path / "c-fast").mkdir()
    (tmp_path / "c-fast" / "card.json").write_text("new fast")
    blend = Blend(MixWeights(0.5, 0.5), LevelTemperature((1.0,)))
    write_mix(candidate, Mix("c-fast", Blends(blend, blend), 0.8))
    place = tmp_path / "in" / "service"
    place.parent.mkdir()
    promote(candidate, place, Comparison(3, 2, 3, 1.0))
    assert find_fast(place, "c-fast") == place / "c-fast"
    # And once more, from a folder that holds its fast model.
    promote(place, target, Comparison(3, 3, 3, 1.0))
    assert (find_fast(target, "c-fast") / "card.json").read_text() == "new fast"


def make_folders(tmp_path: Path) -> tuple[Path, Path]:
    candidate, target = tmp_path / "candidate", tmp_path / "target"
    for folder, content in ((candidate, "new"), (target, "old")):
        folder.mkdir()
        (folder / "card.json").write_text(content)
    (target / "stale.bin").write_text("old")
    return candidate, target
