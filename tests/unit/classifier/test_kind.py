"""Kinds of request: wording and classes together."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from jiesu.classifier.gram_model import packaged_model
from jiesu.classifier.kind import (
    KIND_FILE,
    KindModel,
    heard_beside,
    kind_prior,
    leaf_kinds,
    load_kind_model,
)
from jiesu.classifier.scores import HeardKinds
from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.errors import ArtefactError
from jiesu.taxonomy.ticket import KINDS
from jiesu.taxonomy.tree import Label, tree_of

TREE = tree_of(
    "t",
    [
        Label("1", "路灯", 1, kinds=("投诉", "建议")),
        Label("2", "社保", 1, kinds=("咨询",)),
        Label("3", "别的", 1),
    ],
)


@pytest.fixture(scope="module")
def city() -> City:
    return load_city()


@pytest.fixture(scope="module")
def model(city: City) -> KindModel:
    return load_kind_model(city)


def test_earlier_kinds_of_a_class_weigh_more() -> None:
    shares = dict(zip(KINDS, leaf_kinds(TREE)[0].tolist(), strict=True))
    assert shares["投诉"] == pytest.approx(2 / 3)
    assert shares["建议"] == pytest.approx(1 / 3)


def test_class_without_kinds_leaves_all_open() -> None:
    np.testing.assert_allclose(leaf_kinds(TREE)[2], 1 / 6)


def test_prior_follows_the_likely_class_and_rules_nothing_out() -> None:
    prior = kind_prior(leaf_kinds(TREE), np.array([[0.1, 0.9, 0.0]], dtype=np.float32), 1)
    assert KINDS[int(prior.argmax())] == "咨询"
    assert prior.min() > 0


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("请问居住证到期了怎么续签？", "咨询"),
        ("求求你们帮帮我，老人走不动，能不能派志愿者送一趟医院", "求助"),
        ("物业收费不透明，打电话推来推去，太不负责了", "投诉"),
        ("举报有人夜里往河里偷排废水", "举报"),
        ("建议在公园里多装几个饮水机，方便大家", "建议"),
        ("感谢社区的王大姐帮我把丢的钱包找回来，点个赞", "表扬"),
    ],
)
def test_packaged_model_reads_plain_wishes(model: KindModel, text: str, kind: str) -> None:
    assert model.predict([text])[0][0] == kind


def test_probabilities_sum_to_one_with_and_without_classes(model: KindModel, city: City) -> None:
    leaf_probs = np.full((2, len(city.tree.leaves)), 1 / len(city.tree.leaves), dtype=np.float32)
    for p in (model.probabilities(["灯", ""]), model.probabilities(["灯", ""], leaf_probs)):
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)


def test_class_tips_the_balance(model: KindModel, city: City) -> None:
    asked = next(c for c in city.tree.leaves if city.tree.labels[c].kinds == ("咨询", "求助"))
    leaf_probs = np.zeros((1, len(city.tree.leaves)), dtype=np.float32)
    leaf_probs[0, city.tree.leaf_index[asked]] = 1
    column, text = KINDS.index("咨询"), ["社保断缴了"]
    assert model.probabilities(text, leaf_probs)[0, column] > model.probabilities(text)[0, column]


def test_no_texts_give_no_kinds(model: KindModel) -> None:
    assert model.predict([]) == []


def test_changed_or_foreign_model_is_refused(tmp_path: Path, city: City) -> None:
    folder = tmp_path / "kind"
    shutil.copytree(packaged_model("kind"), folder)
    (folder / KIND_FILE).write_bytes(b"changed")
    with pytest.raises(ArtefactError, match=r"kind\.npz 与 checksums\.json 不符"):
        load_kind_model(city, folder)
    with pytest.raises(ArtefactError, match=r"缺少 checksums\.json|不存在"):
        load_kind_model(city, tmp_path / "none")


def test_what_was_heard_counts_only_where_the_encoder_read() -> None:
    p = np.full((2, 6), 1 / 6, dtype=np.float32)
    logits = np.array([[0, 9, 0, 0, 0, 0], [np.nan] * 6], dtype=np.float32)
    joined = heard_beside(p, HeardKinds(logits, wording=1.0))
    assert KINDS[int(joined[0].argmax())] == KINDS[1]
    np.testing.assert_allclose(joined[1], p[1])
    np.testing.assert_allclose(joined.sum(axis=1), 1, rtol=1e-5)
