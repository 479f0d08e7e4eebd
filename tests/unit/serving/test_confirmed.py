"""A class that a person confirmed counts in the next suggestion, without training."""

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tiny import TINY_FOLDER
from tiny_model import make_combined, make_fast

from jiesu.serving.api.app import create_app
from jiesu.serving.confirmed import load_remembering
from jiesu.serving.engine import load_engine
from jiesu.serving.retention import Retention
from jiesu.serving.settings import Settings, load_settings
from jiesu.serving.store.database import open_database
from jiesu.serving.store.erasure import ERASED
from jiesu.serving.workplace import china_now
from jiesu.taxonomy.city import load_city

pytest.importorskip("onnxruntime")
pytest.importorskip("tokenizers")

TREE = load_city(TINY_FOLDER).tree
TEXT = "小区路灯黑着没人修"
FIRST, OTHER = "010101", "010102"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path, make_combined(tmp_path / "model", TREE))


def settings_of(folder: Path, model: Path) -> Settings:
    return load_settings(
        model_look_seconds=600.0,
        city=TINY_FOLDER,
        model=model,
        database_url=f"sqlite:///{folder}/house.db",
        neighbours=folder / "confirmed",
        mass_process=False,
        auth="open",
    )


@contextmanager
def served(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as client:
        wait(lambda: client.get("/v1/tickets").status_code != 503)
        yield client


def wait(is_so: Callable[[], bool]) -> None:
    for _ in range(1000):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("nothing happened within ten seconds")


def classes(client: TestClient, text: str = TEXT) -> dict[str, float]:
    """Return the leaves in their order with their probabilities."""
    (found,) = client.post("/v1/classify", json={"items": [{"text": text}]}).json()["items"]
    return {label["code"]: label["p"][-1] for label in found["classes"]}


def first(client: TestClient) -> str:
    return next(iter(classes(client)))


def take_in(client: TestClient, ticket_id: str) -> Any:
    return client.post("/v1/tickets", json={"id": ticket_id, "text": TEXT}).json()


def act(client: TestClient, what: str, ticket: Any, **body: Any) -> Any:
    path = f"/v1/tickets/{ticket['id']}/{what}"
    answer = client.post(path, json={"version": ticket["version"], "operator": "张三", **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def decide(client: TestClient, ticket: Any, code: str) -> Any:
    return act(client, "decide", ticket, outcome="dispatch", code=code, unit_id="D1")


def degraded(client: TestClient) -> Any:
    return client.get("/readyz").json()["degraded"]


def test_a_correction_counts_in_the_next_suggestion(settings: Settings) -> None:
    with served(settings) as client:
        ticket = take_in(client, "T-1")
        before = classes(client)
        decide(client, ticket, OTHER)
        wait(lambda: first(client) == OTHER)
        again = take_in(client, "T-2")
        after = classes(client)

    assert (ticket["class"]["code"], again["class"]["code"]) == (FIRST, OTHER)
    assert after[OTHER] > before[OTHER] + 0.3


def test_it_counts_in_another_process_and_after_a_restart(settings: Settings) -> None:
    other = load_remembering(settings)
    with served(settings) as client:
        decide(client, take_in(client, "T-1"), OTHER)
        wait(lambda: first(client) == OTHER)

    for engine in (other, load_remembering(settings)):
        assert engine.router.classifier is not None
        assert engine.router.classifier.score([TEXT]).argmax() == TREE.leaf_index[OTHER]


def test_the_last_decision_counts_and_an_open_ticket_does_not(settings: Settings) -> None:
    with served(settings) as client:
        before = classes(client)
        wrong = decide(client, take_in(client, "T-1"), OTHER)
        wait(lambda: first(client) == OTHER)
        opened = act(client, "reopen", wrong, reason="看错了")
        wait(lambda: classes(client) == before)
        decide(client, opened, FIRST)
        wait(lambda: classes(client)[FIRST] > before[FIRST])


def test_a_class_that_nobody_stood_for_does_not_count(settings: Settings) -> None:
    with served(settings) as client:
        act(client, "decide", take_in(client, "T-1"), outcome="out_of_scope")
        decide(client, take_in(client, "T-2"), OTHER)
        wait(lambda: first(client) == OTHER)

    assert len(index_of(settings)) == 1


def index_of(settings: Settings) -> Any:
    return load_remembering(settings).router.classifier.neighbours  # type: ignore[union-attr]


def test_a_cascade_remembers_for_what_it_is_unsure_of(tmp_path: Path) -> None:
    cascade = settings_of(tmp_path, make_combined(tmp_path / "model", TREE, "cascade"))
    with served(cascade) as client:
        decide(client, take_in(client, "T-1"), OTHER)
        wait(lambda: first(client) == OTHER)


def test_another_encoder_begins_an_index_of_its_own(settings: Settings, tmp_path: Path) -> None:
    with served(settings) as client:
        decide(client, take_in(client, "T-1"), OTHER)
        wait(lambda: first(client) == OTHER)

    other = settings_of(tmp_path, make_combined(tmp_path / "next", TREE, seed=2))
    assert (len(index_of(other)), len(index_of(settings))) == (0, 1)
    assert len(list((tmp_path / "confirmed").iterdir())) == 2


def test_a_swapped_encoder_does_not_use_the_vectors_of_the_old_one(settings: Settings) -> None:
    assert settings.model is not None
    with served(settings) as client:
        decide(client, take_in(client, "T-1"), OTHER)
        wait(lambda: first(client) == OTHER)
        shutil.rmtree(settings.model)
        make_combined(settings.model, TREE, seed=2)
        assert client.post("/v1/model/reload").json()["swapped"]
        assert first(client) == FIRST
        decide(client, take_in(client, "T-2"), OTHER)
        wait(lambda: first(client) == OTHER)


def test_an_index_that_cannot_be_opened_is_told_and_stops_nothing(settings: Settings) -> None:
    assert settings.neighbours is not None
    settings.neighbours.write_text("a file where the folder should be")
    with served(settings) as client:
        assert "索引不能用" in degraded(client)["neighbours"]
        assert decide(client, take_in(client, "T-1"), OTHER)["state"] == "dispatched"


def test_an_index_that_cannot_be_written_is_told_until_it_can(settings: Settings) -> None:
    with served(settings) as client:
        assert degraded(client) == {}
        (file,) = settings.neighbours.iterdir()  # type: ignore[union-attr]
        file.unlink()
        file.mkdir()
        assert decide(client, take_in(client, "T-1"), OTHER)["state"] == "dispatched"
        wait(lambda: "没有写入索引" in degraded(client).get("neighbours", ""))
        file.rmdir()
        decide(client, take_in(client, "T-2"), OTHER)
        wait(lambda: degraded(client) == {})
        assert first(client) == OTHER


def test_the_fast_model_keeps_none_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fast = settings_of(tmp_path, make_fast(tmp_path / "fast", TREE))
    with caplog.at_level(logging.WARNING), served(fast) as client:
        assert decide(client, take_in(client, "T-1"), OTHER)["state"] == "dispatched"
        assert degraded(client) == {}

    assert "JIESU_NEIGHBOURS has no effect: tiny-fast" in caplog.text
    assert not (tmp_path / "confirmed").exists()


def test_without_the_setting_nothing_is_remembered(settings: Settings, tmp_path: Path) -> None:
    plain = settings.model_copy(update={"neighbours": None})
    with served(plain) as client:
        before = classes(client)
        decide(client, take_in(client, "T-1"), OTHER)
        assert classes(client) == before

    assert not (tmp_path / "confirmed").exists()
    assert load_engine(settings).router.classifier.neighbours is None  # type: ignore[union-attr]


def test_erased_tickets_leave_the_index_of_a_running_service(settings: Settings) -> None:
    with served(settings) as client:
        before = classes(client)
        decide(client, take_in(client, "T-1"), OTHER)
        wait(lambda: first(client) == OTHER)
        (file,) = settings.neighbours.iterdir()  # type: ignore[union-attr]
        kept = file.read_bytes()
        database = open_database(settings.database_url)
        Retention(database, china_now, settings.neighbours).erase("命令行", "ticket", ["T-1"])
        database.close()

        assert classes(client) == before
        assert kept[76:-4] not in file.read_bytes()


def test_what_is_left_of_an_erased_ticket_does_not_count(settings: Settings) -> None:
    with served(settings) as client:
        taken = take_in(client, "T-1")
        database = open_database(settings.database_url)
        Retention(database, china_now, settings.neighbours).erase("命令行", "ticket", ["T-1"])
        database.close()
        before = classes(client, ERASED)
        decide(client, client.get(f"/v1/tickets/{taken['id']}").json(), OTHER)
        decide(client, take_in(client, "T-2"), OTHER)  # told after the first, in the same thread
        wait(lambda: first(client) == OTHER)
        assert classes(client, ERASED) == before
