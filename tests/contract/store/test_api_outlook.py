"""What comes next over HTTP: every list answers, in the shape that is described."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient
from stories import ASPHALT
from tiny import tiny_engine

from jiesu.serving.api.app import create_app
from jiesu.serving.api.outlook_schemas import (
    ForecastOut,
    PartiesOut,
    SensitiveOut,
    SubdistrictsOut,
    ThemesOut,
    WordsOut,
)
from jiesu.serving.settings import load_settings
from jiesu.taxonomy.city import load_city

LISTS = {
    "themes?month=2026-10": ThemesOut,
    "subdistricts?month=2026-10": SubdistrictsOut,
    "forecast?days=30": ForecastOut,
    "words?days=20": WordsOut,
    "sensitive?days=60": SensitiveOut,
    "parties": PartiesOut,
}


@pytest.fixture
def api(address: str) -> Iterator[TestClient]:
    """The tiny city with the rules for mass complaints of the packaged one."""
    engine = tiny_engine()
    engine = replace(engine, city=replace(engine.city, folder=load_city().folder))
    with TestClient(create_app(load_settings(database_url=address), engine)) as client:
        while client.get("/v1/alerts").status_code == 503:
            pass
        yield client


def fill(api: TestClient) -> None:
    for i in range(40):
        title, text = ASPHALT[i % len(ASPHALT)]
        made = api.post("/v1/tickets", json={
            "id": f"T{i}", "title": title, "text": f"河沿街道{text}路灯不亮", "caller": f"人{i}",
            "received_at": f"2026-10-{i % 30 + 1:02} 09:05",
        })  # fmt: skip
        assert made.status_code == 201


def test_every_list_has_the_shape_that_is_described(api: TestClient) -> None:
    fill(api)

    found = {path: api.get(f"/v1/stats/{path}").json() for path in LISTS}

    for path, shape in LISTS.items():
        assert issubclass(shape, BaseModel)
        shape.model_validate(found[path])
    assert found["themes?month=2026-10"]["items"][0]["count"] == 40
    assert found["subdistricts?month=2026-10"]["items"][0]["count"] == 40
    assert found["forecast?days=30"]["items"][0]["horizons"][0]["days"] == 7
    assert found["parties"]["items"]
    assert "没有人口数据" in found["subdistricts?month=2026-10"]["note"]


def test_an_unknown_class_is_named(api: TestClient) -> None:
    response = api.get("/v1/stats/forecast?code=999999")

    assert response.status_code == 422
    assert "999999" in response.json()["errors"][0]["message"]


def test_a_city_without_rules_says_so(address: str) -> None:
    with TestClient(create_app(load_settings(database_url=address), tiny_engine())) as client:
        while client.get("/v1/alerts").status_code == 503:
            pass
        response = client.get("/v1/stats/themes")

    assert response.status_code == 503
    assert "mass.yaml" in response.json()["detail"]
