"""How much a text sounds like danger."""

from pathlib import Path

import numpy as np
import pytest

from jiesu.classifier.artefact import Card, write_card
from jiesu.classifier.danger import (
    DANGER_FILE,
    DangerModel,
    harmless_levels,
    load_danger_model,
)
from jiesu.classifier.gram_model import GramModel
from jiesu.classifier.grams import HashedGrams
from jiesu.taxonomy.errors import ArtefactError

ALARMING = "楼塌了，人压在底下，喊他没声了，快来救人"
CALM = "请问居住证怎么续签"


@pytest.fixture(scope="module")
def model() -> DangerModel:
    return load_danger_model()


def test_few_harmless_texts_sound_as_alarming(model: DangerModel) -> None:
    alarming, calm = model.score([ALARMING, CALM]).tolist()
    assert alarming < 0.01
    assert calm > 0.3


def test_shares_stay_between_0_and_1(model: DangerModel) -> None:
    scores = model.score(["", "救" * 5000, ALARMING, CALM])
    assert (scores > 0).all()
    assert (scores <= 1).all()


def test_span_is_the_clause_that_alarms_most(model: DangerModel) -> None:
    text = f"您好，我住三楼，{ALARMING.split('，')[1]}，请问"
    start, end = model.span(text)
    assert text[start:end] == "人压在底下"
    assert model.span("") == (0, 0)


def test_levels_say_how_many_lie_above() -> None:
    logits = np.arange(1000, dtype=np.float32)
    levels, shares = harmless_levels(logits)
    for level, share in zip(levels[::40], shares[::40], strict=True):
        assert (logits >= level).mean() == pytest.approx(share, abs=0.002)


def test_other_model_is_refused(tmp_path: Path) -> None:
    grams = HashedGrams(bits=4)
    table = np.ones((grams.n_columns, 1), dtype=np.float32)
    GramModel(grams, table, table[:, 0], table[0]).save(tmp_path / DANGER_FILE)
    write_card(tmp_path, Card("x", "danger", "t"))
    with pytest.raises(ArtefactError, match="不是险情模型"):
        load_danger_model(tmp_path)
