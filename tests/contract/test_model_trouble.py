"""The model deleted, corrupted, slow or replaced: intake goes on, and /readyz says how things are.

These run the real city and the real fast model, from a folder of their own.
"""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from jiesu.classifier.artefact import default_model_folder
from jiesu.classifier.scores import Matrix
from jiesu.serving.api.app import create_app
from jiesu.serving.api.state import AppState
from jiesu.serving.engine import load_engine
from jiesu.serving.settings import load_settings

pytestmark = pytest.mark.slow
TEXT = "望京西园四区的暖气片是凉的"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_model(tmp_path / "model", "model-1")


def make_model(folder: Path, name: str) -> Path:
    shutil.copytree(default_model_folder("beijing"), folder)
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | {"name": name}))
    return folder


def exchange(folder: Path, name: str) -> None:
    """Put another model in the folder's place, as `jiesu promote` does."""
    fresh = make_model(folder.with_name("fresh"), name)
    folder.rename(folder.with_name("old"))
    fresh.rename(folder)
    shutil.rmtree(folder.with_name("old"))


def spoil(folder: Path) -> None:
    model = folder / "linear.npz"
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 0xFF
    model.write_bytes(content)


@contextmanager
def served(folder: Path, tmp_path: Path, **given: Any) -> Iterator[TestClient]:
    settings = load_settings(
        model=folder, database_url=f"sqlite:///{tmp_path}/house.db", auth="open", **given
    )
    with TestClient(create_app(settings)) as client:
        while client.get("/v1/tickets").status_code == 503:
            time.sleep(0.05)
        yield client


def take_in(client: TestClient) -> Any:
    answer = client.post("/v1/tickets", json={"text": TEXT})
    assert answer.status_code == 201
    return answer.json()["decision"]


def state_of(client: TestClient) -> AppState:
    state = client.app.state.jiesu  # type: ignore[attr-defined]  # Starlette's, untyped here
    assert isinstance(state, AppState)
    return state


def remove(folder: Path) -> None:
    shutil.rmtree(folder)


@pytest.mark.parametrize("damage", [remove, spoil])
def test_model_that_is_gone_or_damaged_at_the_start(
    folder: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    damage(folder)
    with served(folder, tmp_path) as client:
        decision = take_in(client)
        assert (decision["outcome"], decision["degraded"]) == ("human", ["model"])
        assert decision["place"]["district"] == "朝阳区"
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        answer = client.post("/v1/classify", json={"items": [{"text": TEXT}]})
        assert (answer.status_code, answer.json()["code"]) == (503, "model-unavailable")

        remove(folder) if folder.exists() else None
        make_model(folder, "model-2")  # mended while the service runs
        assert client.post("/v1/model/reload").json()["model"] == "model-2"
        assert take_in(client)["degraded"] == []
        assert client.get("/readyz").json()["degraded"] == {}


@pytest.mark.parametrize("damage", [remove, spoil])
def test_model_that_is_gone_or_damaged_while_at_work(
    folder: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    with served(folder, tmp_path, model_look_seconds=600.0) as client:
        damage(folder)
        answer = client.post("/v1/model/reload").json()
        assert (answer["model"], answer["swapped"]) == ("model-1", False)
        assert "model_files" in client.get("/readyz").json()["degraded"]
        assert take_in(client)["versions"]["model"] == "model-1"


class LateClassifier:
    """Answers after half a minute, or when it is released."""

    def __init__(self, inner: Any, released: threading.Event) -> None:
        self.name, self.tree = "late", inner.tree
        self.inner, self.released = inner, released

    def score(self, texts: Sequence[str]) -> Matrix:
        self.released.wait(30)
        scores: Matrix = self.inner.score(texts)
        return scores


def test_model_slowed_to_thirty_seconds(folder: Path, tmp_path: Path) -> None:
    settings = load_settings(
        model=folder, database_url=f"sqlite:///{tmp_path}/h.db", auth="open", suggest_seconds=0.3
    )
    engine, released = load_engine(settings), threading.Event()
    late = LateClassifier(engine.router.classifier, released)
    slow = replace(engine, router=replace(engine.router, classifier=late))  # type: ignore[type-var]
    with TestClient(create_app(settings, slow)) as client:
        while client.get("/v1/tickets").status_code == 503:
            time.sleep(0.05)
        began = time.monotonic()
        decisions = [take_in(client) for _ in range(6)]
        took = time.monotonic() - began
        released.set()

    assert all(decision["degraded"] == ["model"] for decision in decisions)
    assert all(decision["outcome"] == "human" for decision in decisions)
    assert took < 15, "six tickets waited for the model"


def test_another_model_takes_over_and_no_request_is_lost(folder: Path, tmp_path: Path) -> None:
    with served(folder, tmp_path, model_look_seconds=0.2) as client:
        seen: list[str] = []
        done = threading.Event()

        def load() -> None:
            while not done.is_set():
                answer = client.post("/v1/route", json={"items": [{"text": TEXT}]})
                assert answer.status_code == 200
                seen.append(answer.json()["items"][0]["versions"]["model"])

        threads = [threading.Thread(target=load) for _ in range(2)]
        for thread in threads:
            thread.start()
        for name in ("model-2", "model-3"):
            exchange(folder, name)
            end = time.monotonic() + 60
            while name not in seen[-4:] and time.monotonic() < end:
                time.sleep(0.05)
        done.set()
        for thread in threads:
            thread.join()

        assert set(seen) == {"model-1", "model-2", "model-3"}
        assert state_of(client).problems == {}


def test_failing_model_is_not_taken_for_a_bug_of_the_service(folder: Path, tmp_path: Path) -> None:
    with served(folder, tmp_path) as client:
        engine = state_of(client).engine

        class Broken(LateClassifier):
            def score(self, texts: Sequence[str]) -> Matrix:
                raise MemoryError("13800138000")

        broken = Broken(engine.router.classifier, threading.Event())
        router = replace(engine.router, classifier=broken)  # type: ignore[type-var]
        state_of(client).replace(replace(engine, router=router))
        answer = client.post("/v1/classify", json={"items": [{"text": TEXT}]})
        assert (answer.status_code, answer.json()["code"]) == (503, "model-unavailable")
        assert "13800138000" not in answer.text
        assert take_in(client)["degraded"] == ["model"]
