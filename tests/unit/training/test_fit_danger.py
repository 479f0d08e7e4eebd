"""The danger model is fitted, written and read back."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from jiesu.classifier.artefact import Card, read_card
from jiesu.classifier.danger import DangerModel, load_danger_model
from jiesu.training.fit_danger import fit_danger_model, main, write_model
from jiesu.training.small_texts import DangerText

TINY = Path(__file__).parents[2] / "cities" / "tiny"
PLACES = ("东街", "西街", "南门", "北门", "老城", "河边", "桥头", "车站", "学校", "菜场")
NOW = [f"{place}着火了快来救人" for place in PLACES]
NEAR = [f"{place}的灭火器过期了" for place in PLACES]
CALM = [f"{place}路灯不亮请维修" for place in PLACES] + [f"{place}垃圾没人收" for place in PLACES]
TEXTS = (
    *(DangerText(text, True, is_written=True) for text in NOW),
    *(DangerText(text, False, is_written=True) for text in NEAR),
    *(DangerText(text, False) for text in CALM),
)


@pytest.fixture(scope="module")
def fitted() -> tuple[DangerModel, dict[str, Any]]:
    return fit_danger_model(TEXTS)


def check_hears_danger(model: DangerModel) -> None:
    burning, expired, dark = model.score(["仓库着火了", "仓库的灭火器", "仓库路灯不亮"])
    assert burning <= 1 / (len(NEAR) + len(CALM)) + 1e-6
    assert min(expired, dark) > 5 * burning


def test_fitted_model_hears_danger_in_a_text_that_it_has_not_read(
    fitted: tuple[DangerModel, dict[str, Any]],
) -> None:
    check_hears_danger(fitted[0])


def test_figures_are_those_of_each_group(fitted: tuple[DangerModel, dict[str, Any]]) -> None:
    figures = fitted[1]
    assert figures["danger_written"] == {
        "n": 10, "0.04": 1.0, "0.015": 1.0, "0.005": 1.0, "0.001": 1.0,
    }  # fmt: skip
    assert figures["near_misses"]["n"] == 10
    assert figures["harmless"]["0.04"] <= 0.1
    assert figures["danger_of_classes"] == {"n": 0}  # no text, so no share of them


def test_written_model_answers_as_the_fitted_one(
    fitted: tuple[DangerModel, dict[str, Any]], tmp_path: Path
) -> None:
    model, figures = fitted
    write_model(tmp_path, Card("危险", "danger", "t-1"), model, TEXTS, figures)
    loaded = load_danger_model(tmp_path)
    assert loaded.score(NOW) == pytest.approx(model.score(NOW), rel=0.02)
    facts = read_card(tmp_path).facts
    assert (facts["texts"], facts["held_out"]) == (len(TEXTS), figures)


def test_command_fits_on_a_city_and_its_corpora(tmp_path: Path) -> None:
    folder = tmp_path / "corpora"
    for name, texts in (("danger/now", NOW), ("danger/not", NEAR), ("kinds/all", CALM)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        lines = [orjson.dumps({"text": text, "kind": "求助", "also": []}) for text in texts]
        (folder / f"{name}.jsonl").write_bytes(b"\n".join(lines))
    main(tmp_path / "model", folder, TINY)
    check_hears_danger(load_danger_model(tmp_path / "model"))
    assert read_card(tmp_path / "model").taxonomy == "tiny-1"
