"""The file of a small model."""

from pathlib import Path

import numpy as np
import pytest

from jiesu.classifier.zone_model import ZoneModel, load_zone_model
from jiesu.classifier.zones import Zones
from jiesu.taxonomy.errors import ArtefactError

ZONES = Zones(bits=8, head=2, tail=2)
TABLE = np.random.default_rng(0).normal(size=(ZONES.n_columns, 2)).astype(np.float32)
BIAS = np.array([0.5, -0.5], dtype=np.float32)
BY_LENGTH = ZoneModel(ZONES, TABLE, BIAS)
TO_UNIT = ZoneModel(ZONES, TABLE, BIAS, np.full(ZONES.n_columns, 2, dtype=np.float32))
TEXTS = ["路灯不亮", "请问供暖何时开始？", ""]


@pytest.mark.parametrize("model", [BY_LENGTH, TO_UNIT], ids=["length", "unit"])
def test_saved_model_answers_alike(tmp_path: Path, model: ZoneModel) -> None:
    model.save(tmp_path / "m.npz", extra=np.array([3], dtype=np.float32))
    loaded, extra = load_zone_model(tmp_path / "m.npz")
    np.testing.assert_allclose(loaded.logits(TEXTS), model.logits(TEXTS), atol=0.02)
    assert extra["extra"].tolist() == [3]


def test_equal_models_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        TO_UNIT.save(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_empty_text_has_only_the_bias() -> None:
    np.testing.assert_allclose(BY_LENGTH.logits([""]), [BIAS])
    np.testing.assert_allclose(TO_UNIT.logits([""]), [BIAS])


@pytest.mark.parametrize("model", [BY_LENGTH, TO_UNIT], ids=["length", "unit"])
def test_long_text_does_not_shout(model: ZoneModel) -> None:
    short, long = np.abs(model.logits(["路灯不亮" * 2, "路灯不亮" * 50]) - BIAS).sum(axis=1)
    assert long < 8 * short  # 25 times the text, some five times the weight


def test_missing_and_broken_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="文件不存在"):
        load_zone_model(tmp_path / "none.npz")
    (tmp_path / "bad.npz").write_bytes(b"no archive")
    with pytest.raises(ArtefactError, match="模型文件损坏"):
        load_zone_model(tmp_path / "bad.npz")
