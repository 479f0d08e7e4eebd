"""The command itself, on the real city and the model that ships."""

import json
import shutil
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from jiesu.classifier.artefact import default_model_folder
from jiesu.serving import cli

SHIPPED = default_model_folder("beijing")
GOLD = [{"text": "小区门口的路灯坏了，一到晚上漆黑一片", "codes": ["030105"]}]


def jiesu(*args: str) -> Result:
    return CliRunner().invoke(cli.app, list(args))


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    file = tmp_path / "gold.jsonl"
    codes = json.loads(jiesu("route", GOLD[0]["text"], "--json").stdout)["classes"][0]["code"]
    file.write_bytes(orjson.dumps({**GOLD[0], "codes": [codes]}))
    return file


@pytest.mark.slow
def test_candidate_that_is_no_worse_goes_into_service(tmp_path: Path, gold: Path) -> None:
    candidate, target = tmp_path / "candidate", tmp_path / "in-service"
    shutil.copytree(SHIPPED, candidate)
    first = jiesu("promote", str(candidate), "--gold", str(gold), "--target", str(target), "--json")
    again = jiesu("promote", str(candidate), "--gold", str(gold), "--target", str(target))
    told = json.loads(first.stdout)
    assert (told["texts"], told["current"], told["candidate"]) == (1, None, 1)
    assert (target / "card.json").read_bytes() == (candidate / "card.json").read_bytes()
    assert "候选模型答对 1 条，现用模型 1 条" in again.stdout


@pytest.mark.slow
def test_damaged_candidate_is_refused(tmp_path: Path, gold: Path) -> None:
    candidate = tmp_path / "candidate"
    shutil.copytree(SHIPPED, candidate)
    (candidate / "linear.npz").write_bytes(b"damaged")
    done = jiesu("promote", str(candidate), "--gold", str(gold), "--target", str(tmp_path / "t"))
    assert done.exit_code == 2
    assert "linear.npz 与 checksums.json 不符" in done.stderr
    assert not (tmp_path / "t").exists()


def test_an_encoder_does_not_take_the_place_of_the_fast_model(tmp_path: Path, gold: Path) -> None:
    candidate = tmp_path / "candidate"
    candidate.mkdir()
    card = {"name": "c", "kind": "encoder", "taxonomy": "beijing-2026.11"}
    (candidate / "card.json").write_bytes(orjson.dumps(card))
    done = jiesu("promote", str(candidate), "--gold", str(gold))
    assert done.exit_code == 2
    assert "请用 --target 指明服务所用的模型文件夹" in done.stderr


@pytest.mark.slow
def test_an_encoder_answers_from_its_new_place(tmp_path: Path, gold: Path) -> None:
    pytest.importorskip("onnxruntime")
    shipped = SHIPPED.parent / "beijing-encoder"
    place = tmp_path / "in-service"
    done = jiesu("promote", str(shipped), "--gold", str(gold), "--target", str(place), "--json")
    assert done.exit_code == 0, done.output
    classes = jiesu("route", GOLD[0]["text"], "--model", str(place), "--json")
    assert (
        json.loads(classes.stdout)["versions"]["model"]
        == json.loads((shipped / "card.json").read_bytes())["name"]
    )
