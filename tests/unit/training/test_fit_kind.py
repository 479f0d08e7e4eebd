"""The model of request kinds is fitted on a small city, written and read back."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from jiesu.classifier.artefact import read_card
from jiesu.classifier.kind import KindModel, load_kind_model
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.ticket import KINDS
from jiesu.training.fit_kind import main

CITY = load_city(Path(__file__).parents[2] / "cities" / "tiny")
SAID = {
    "咨询": "请问{}怎么办理",
    "求助": "请帮忙修一修{}",
    "投诉": "{}一直没人管太气人",
    "举报": "举报有人偷偷拆{}",
    "建议": "建议多装几处{}",
    "表扬": "感谢师傅弄好了{}",
}
THINGS = ("路灯", "楼道灯", "井盖", "水管", "电梯", "护栏", "站牌", "长椅")
# Praise in words of their own: only siblings could teach them.
PRAISE = [f"锦旗一面，{name}记在心里" for name in ("张三", "李四", "王五", "赵六", "陈七", "周八")]
FRAMES = "openings: [您好，]\nclosings: [谢谢]\nquestions: {投诉: [怎么会这样？]}\n"


def write_lines(file: Path, rows: list[dict[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\n".join(map(orjson.dumps, rows)))


def write_corpora(folder: Path) -> None:
    write_lines(
        folder / "kinds" / "all.jsonl",
        [
            {"text": said.format(thing), "kind": kind, "also": []}
            for kind, said in SAID.items()
            for thing in THINGS
        ],
    )
    (folder / "kinds" / "frames.yaml").write_text(FRAMES, encoding="utf-8")
    halves = zip(CITY.tree.leaves, (PRAISE[::2], PRAISE[1::2]), strict=True)
    write_lines(
        folder / "letters" / "01.jsonl",
        [
            {"code": code, "letters": [{"text": text, "kind": "表扬"} for text in texts]}
            for code, texts in halves
        ],
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kind")
    write_corpora(folder / "corpora")
    main(folder / "model", folder / "corpora", CITY.folder)
    return folder / "model"


@pytest.fixture(scope="module")
def model(folder: Path) -> KindModel:
    return load_kind_model(CITY, folder)


def test_fitted_model_hears_the_kind_of_things_that_it_has_not_read_of(model: KindModel) -> None:
    texts = [said.format("凉亭") for said in SAID.values()]
    assert [kind for kind, _ in model.predict(texts)] == list(SAID)
    assert all(p > 0.5 for _, p in model.predict(texts))


def test_card_tells_how_often_held_out_texts_were_right(folder: Path) -> None:
    facts = read_card(folder).facts
    assert facts["texts"] == len(SAID) * len(THINGS) + len(PRAISE)
    kinds = facts["held_out"]["kinds"]
    assert (kinds["n"], kinds["top1"]) == (len(SAID) * len(THINGS), 1.0)
    assert 0 <= facts["held_out"]["ece"] < 0.5


def test_letters_are_held_out_together_with_those_of_sibling_classes(
    folder: Path, model: KindModel
) -> None:
    held_out = read_card(folder).facts["held_out"]["letter"]
    assert {kind for kind, _ in model.predict(PRAISE)} == {"表扬"}  # once it has read them
    assert held_out["n"] == len(PRAISE)
    assert held_out["top1"] < 0.5


def test_prior_of_the_classes_has_a_say(model: KindModel) -> None:
    assert model.prior_weights.shape == (len(KINDS), len(KINDS))
    assert abs(model.prior_weights).max() > 0
