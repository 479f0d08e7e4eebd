from pathlib import Path

import numpy as np
import pytest

from jiesu.router.mass.topics import TopicSpace, hashed_space, load_space, save_space
from jiesu.taxonomy.errors import ArtefactError
from jiesu.training.topic_space import SpaceSettings, fit_space

SMOKE = ("楼下饭店油烟太大", "餐馆厨房排油烟，呛得睡不着", "烧烤店油烟扰民", "饭店烟道直排油烟")
LIGHT = ("路灯不亮，晚上看不见", "街上的路灯坏了", "小路路灯晚上不亮", "路灯坏了没人修")


@pytest.fixture(scope="module")
def space() -> TopicSpace:
    settings = SpaceSettings(dimensions=3, grams=200, rarest=2, commonest=0.9)
    return fit_space([*SMOKE, *LIGHT] * 3, settings)


def test_texts_on_one_matter_are_close(space: TopicSpace) -> None:
    smoke, also_smoke, light = space(["饭店油烟扰民", "厨房油烟太大", "路灯晚上不亮"])

    assert smoke @ also_smoke > 0.7
    assert smoke @ light < 0.2


def test_vectors_have_unit_length(space: TopicSpace) -> None:
    assert np.allclose(np.linalg.norm(space(SMOKE), axis=1), 1, atol=1e-4)


def test_a_saved_space_gives_the_same_vectors(space: TopicSpace, tmp_path: Path) -> None:
    save_space(space, tmp_path / "space", {"what": "测试"})

    assert np.array_equal(load_space(tmp_path / "space")(LIGHT), space(LIGHT))


def test_a_missing_or_broken_space_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="没有事由空间"):
        load_space(tmp_path)
    (tmp_path / "space.npz").write_bytes(b"junk")
    with pytest.raises(ArtefactError, match="已损坏"):
        load_space(tmp_path)


def test_without_learning_only_shared_words_are_close() -> None:
    one, same, other = hashed_space()(["路灯不亮", "路灯不亮了", "停水"])

    assert one @ same > 0.7
    assert one @ other < 0.2
