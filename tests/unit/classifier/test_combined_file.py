import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_model import EvenModel

from jiesu.classifier.cascade import Blend, Blends, MixWeights
from jiesu.classifier.combined_file import (
    Mix,
    find_fast,
    load_cascade,
    load_combined,
    read_mix,
    write_mix,
)
from jiesu.classifier.level_temperature import LevelTemperature
from jiesu.classifier.scores import Classifier
from jiesu.taxonomy.errors import ArtefactError
from jiesu.taxonomy.tree import Label, LabelTree, tree_of

pytest.importorskip("onnxruntime")
pytest.importorskip("tokenizers")

TINY = Path(__file__).parents[2] / "models" / "tiny-encoder"
LONG = Blend(MixWeights(0.6, 0.4, sentence=0.2), LevelTemperature((1.0, 0.9)))
SHORT = Blend(MixWeights(0.5, 0.7), LevelTemperature((0.8, 1.1)))
MIX = Mix("tiny-fast", Blends(LONG, SHORT), 0.8)


def small_tree() -> LabelTree:
    leaves = [Label(code, code, 2, code[:2]) for code in ("0101", "0102", "0201")]
    return tree_of("tiny-1", [Label("01", "市政", 1), Label("02", "市场", 1), *leaves])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny-encoder"
    shutil.copytree(TINY, folder)
    write_mix(folder, MIX)
    return folder


def test_mix_survives_saving(folder: Path) -> None:
    assert read_mix(folder) == MIX
    alike = replace(MIX, blends=Blends(LONG, LONG))
    write_mix(folder, alike)
    assert read_mix(folder) == alike


def test_fast_model_is_looked_for_beside_the_encoder(folder: Path) -> None:
    asked: list[Path] = []

    def load_fast(path: Path, tree: LabelTree) -> Classifier:
        asked.append(path)
        return EvenModel(tree)

    model = load_combined(folder, "both", small_tree(), load_fast, threads=1)
    assert asked == [folder.parent / "tiny-fast"]
    assert model.score(["路灯不亮"]).argmax() == 0


def test_confirmed_tickets_are_read_again_after_a_restart(folder: Path, tmp_path: Path) -> None:
    for _ in range(2):
        plain = load_combined(
            folder, "both", small_tree(), lambda _, tree: EvenModel(tree), threads=1
        )
        model = plain.remembering(tmp_path / "confirmed")
        if not len(model.neighbours or ()):
            model.confirm(["路灯不亮"], ["0201"], ["T-1"])
    assert model.score(["路灯不亮"]).argmax() == 2


def test_cascade_takes_its_threshold_from_the_folder(folder: Path) -> None:
    model = load_cascade(
        folder, "cascade", small_tree(), lambda _, tree: EvenModel(tree), threads=1
    )
    assert model.sure == 0.8


@pytest.mark.parametrize(
    ("content", "message"), [("{}", "内容不完整"), ("{", "内容不完整"), (None, "缺少 mix.json")]
)
def test_broken_mix_is_reported(folder: Path, content: str | None, message: str) -> None:
    (folder / "mix.json").unlink()
    if content is not None:
        (folder / "mix.json").write_text(content)
    with pytest.raises(ArtefactError, match=message):
        read_mix(folder)


def test_encoder_in_the_place_of_its_fast_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "beijing-fast").mkdir()
    with pytest.raises(ArtefactError, match="占了它要用的快速模型 beijing-fast 的位置"):
        find_fast(tmp_path / "beijing-fast", "beijing-fast")
