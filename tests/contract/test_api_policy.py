"""Whether the certified policy counts is told where operators and monitors look."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tiny import TINY_FOLDER, WordClassifier
from tiny_policy import VERSIONS, tiny_policy

from jiesu.router.dispatch_policy import DispatchPolicy
from jiesu.router.route import Router
from jiesu.serving.api.app import create_app
from jiesu.serving.engine import Engine, Lately
from jiesu.serving.settings import load_settings
from jiesu.taxonomy.city import load_city

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=9)


@contextmanager
def serving(folder: Path, policy: DispatchPolicy | None) -> Iterator[TestClient]:
    city = load_city(TINY_FOLDER)
    bare = Router.load(city, Path("no-model"))
    router = replace(bare, classifier=WordClassifier(city.tree), kinds=None, problems={})
    engine = Engine(city, router, {}, Lately(policy))
    settings = load_settings(database_url=f"sqlite:///{folder / 'p.db'}")
    with TestClient(create_app(settings, engine)) as client:
        for _ in range(200):
            if client.get("/v1/tickets").status_code != 503:
                break
            time.sleep(0.02)
        yield client


def test_without_a_policy_nothing_is_wrong_and_none_is_in_force(tmp_path: Path) -> None:
    with serving(tmp_path, None) as client:
        assert client.get("/readyz").json()["status"] == "ready"
        assert 'jiesu_policy_in_force{stage="auto"} 0.0' in client.get("/metrics").text


def test_a_policy_in_force_shows_its_stage(tmp_path: Path) -> None:
    policy = tiny_policy(made_at=NOW, expires_at=LATER, stage="confirm")
    with serving(tmp_path, policy) as client:
        assert client.get("/readyz").json() == {"status": "ready", "degraded": {}}
        metrics = client.get("/metrics").text
    assert 'jiesu_policy_in_force{stage="confirm"} 1.0' in metrics
    assert 'jiesu_policy_in_force{stage="auto"} 0.0' in metrics


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (tiny_policy(made_at=NOW, expires_at=NOW), "到期"),
        (
            tiny_policy(made_at=NOW, expires_at=LATER, made_for=replace(VERSIONS, model="旧")),
            "是为模型 旧 认证的，现用 words-1",
        ),
        (tiny_policy(made_at=NOW, expires_at=LATER).withdraw(NOW, "漂移"), "撤回：漂移"),
    ],
    ids=["expired", "another model", "withdrawn"],
)
def test_a_policy_that_does_not_count_is_told(
    tmp_path: Path, policy: DispatchPolicy, reason: str
) -> None:
    with serving(tmp_path, policy) as client:
        ready = client.get("/readyz").json()
        metrics = client.get("/metrics").text
        (decision,) = client.post(
            "/v1/route", json={"items": [{"text": "河沿街道门口的路灯不亮了"}]}
        ).json()["items"]

    assert ready["status"] == "degraded"
    assert reason in ready["degraded"]["policy"]
    assert 'jiesu_policy_in_force{stage="auto"} 0.0' in metrics
    assert decision["outcome"] != "auto"
