"""The file of a small model."""

from pathlib import Path

import numpy as np
import pytest

from jiesu.classifier.gram_model import GramModel, load_gram_model
from jiesu.classifier.grams import HashedGrams
from jiesu.taxonomy.errors import ArtefactError

GRAMS = HashedGrams(bits=8)
RNG = np.random.default_rng(0)
MODEL = GramModel(
    GRAMS,
    table=RNG.normal(size=(GRAMS.n_columns, 2)).astype(np.float32),
    gain=RNG.uniform(1, 3, size=GRAMS.n_columns).astype(np.float32),
    bias=np.array([0.5, -0.5], dtype=np.float32),
)
TEXTS = ["路灯不亮", "请问供暖何时开始？", ""]


def test_saved_model_answers_alike(tmp_path: Path) -> None:
    MODEL.save(tmp_path / "m.npz", extra=np.array([3], dtype=np.float32))
    loaded, extra = load_gram_model(tmp_path / "m.npz")
    np.testing.assert_allclose(loaded.logits(TEXTS), MODEL.logits(TEXTS), atol=0.02)
    assert extra["extra"].tolist() == [3]


def test_equal_models_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        MODEL.save(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_empty_text_has_only_the_bias() -> None:
    np.testing.assert_allclose(MODEL.logits([""]), [MODEL.bias])


def test_long_text_does_not_shout() -> None:
    short, long = np.abs(MODEL.logits(["路灯不亮" * 2, "路灯不亮" * 50]) - MODEL.bias).sum(axis=1)
    assert long < 8 * short  # 25 times the text, some five times the weight


def test_missing_and_broken_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="文件不存在"):
        load_gram_model(tmp_path / "none.npz")
    (tmp_path / "bad.npz").write_bytes(b"no archive")
    with pytest.raises(ArtefactError, match="模型文件损坏"):
        load_gram_model(tmp_path / "bad.npz")
