"""What the people who run the service rely on: keys, numbers, logs, counts, readiness."""

import hashlib
import io
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import orjson
import pytest
from starlette.testclient import TestClient
from tiny import TINY_FOLDER, WordClassifier, WordRouter, tiny_engine

from jiesu.classifier.scores import Matrix
from jiesu.router.decision import Decision
from jiesu.serving.api.app import create_app
from jiesu.serving.engine import Engine
from jiesu.serving.log import LOGGER, JsonFormatter
from jiesu.serving.settings import load_settings
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.ticket import Ticket

KEY = "open sesame"
HASHES = ",".join(hashlib.sha256(key).hexdigest() for key in (b"another", KEY.encode()))
OPEN = ["/healthz", "/readyz", "/version", "/docs", "/openapi.json", "/openapi-3.0.json"]
CLOSED = ["/v1/taxonomy", "/v1/taxonomy/01", "/v1/units", "/v1/regions", "/metrics", "/nowhere"]


class BrokenRouter:
    """Fails the way a bug would, quoting the ticket."""

    classifier = None

    def route(self, tickets: Sequence[Ticket], now: datetime, top_k: int = 5) -> list[Decision]:
        raise RuntimeError(f"secret plan /etc/jiesu, ticket {tickets[0].text}")


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Lines that the service logs, as it would write them."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger(LOGGER)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel("INFO")
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(before)


@pytest.fixture
def guarded() -> TestClient:
    return TestClient(create_app(load_settings(api_keys=HASHES), tiny_engine()))


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", f"Basic {KEY}", KEY, f"Bearer {HASHES[:64]}"]
)
def test_without_the_key_doors_are_closed(guarded: TestClient, path: str, header: str) -> None:
    response = guarded.get(path, headers={"Authorization": header} if header else {})
    assert (response.status_code, response.json()["code"]) == (401, "unauthorised")
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", CLOSED[:-1])
def test_with_the_key_doors_open(guarded: TestClient, path: str) -> None:
    assert guarded.get(path, headers={"Authorization": f"bearer {KEY}"}).status_code == 200


@pytest.mark.parametrize("path", OPEN)
def test_signs_of_life_and_docs_need_no_key(guarded: TestClient, path: str) -> None:
    assert guarded.get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/v1/../docs/../v1/taxonomy", "//v1/taxonomy", "/docs/../metrics"]
)
def test_crooked_paths_open_no_door(guarded: TestClient, path: str) -> None:
    assert guarded.get(path).status_code in {401, 404}


def test_request_number_is_kept_or_made(client: TestClient) -> None:
    given = client.get("/healthz", headers={"X-Request-ID": "gw-17.a_b"})
    forged = client.get("/healthz", headers={"X-Request-ID": 'x"} {"level":"error'})
    assert given.headers["x-request-id"] == "gw-17.a_b"
    assert len(forged.headers["x-request-id"]) == 32


def test_log_line_tells_what_happened_and_nothing_of_the_citizen(
    client: TestClient, logs: io.StringIO
) -> None:
    ticket = {"text": "我叫张三，电话13800138000，路灯不亮", "caller": "张三"}
    client.post("/v1/route", json={"items": [ticket]})
    client.get("/v1/taxonomy/search?q=张三")

    lines = [orjson.loads(line) for line in logs.getvalue().splitlines()]
    assert [line["route"] for line in lines] == ["/v1/route", "/v1/taxonomy/search"]
    assert lines[0]["status"] == 200
    assert "张三" not in logs.getvalue()
    assert "13800138000" not in logs.getvalue()


def test_bug_is_answered_without_internals_and_logged_masked(logs: io.StringIO) -> None:
    engine = replace(tiny_engine(), router=BrokenRouter())
    client = TestClient(create_app(load_settings(), engine))

    response = client.post("/v1/route", json={"items": [{"text": "联系人张三13800138000"}]})

    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert "secret" not in response.text
    assert response.headers["x-request-id"] in response.json()["detail"]
    assert "RuntimeError" in logs.getvalue()
    assert "13800138000" not in logs.getvalue()


class BrokenClassifier(WordClassifier):
    """Fails at work, as a model does whose file was damaged in a way that no checksum saw."""

    def score(self, texts: Sequence[str]) -> Matrix:
        raise ValueError("matrix of 13800138000")


def test_model_that_fails_at_work_never_stops_intake(logs: io.StringIO) -> None:
    city = load_city(TINY_FOLDER)
    engine = Engine(city, WordRouter(city, BrokenClassifier(city.tree)))
    client = TestClient(create_app(load_settings(), engine))

    response = client.post("/v1/route", json={"items": [{"text": "河沿街道路灯不亮"}]})

    (decision,) = response.json()["items"]
    assert (decision["outcome"], decision["degraded"]) == ("human", ["model"])
    assert decision["place"]["subdistrict"] == "河沿街道"
    assert "model failed" in logs.getvalue()
    assert "13800138000" not in logs.getvalue()
    assert 'jiesu_tickets_degraded_total{part="model"} 1.0' in client.get("/metrics").text


def test_counts_name_routes_not_paths(client: TestClient) -> None:
    client.post("/v1/route", json={"items": [{"text": "河沿街道路灯不亮"}, {"text": "灯"}]})
    client.get("/v1/taxonomy/010101")
    client.get("/no/such/place")
    client.request("BREW", "/healthz")

    text = client.get("/metrics").text
    assert 'jiesu_tickets_total{outcome="confirm"} 1.0' in text
    assert 'jiesu_tickets_total{outcome="human"} 1.0' in text
    assert 'route="/v1/taxonomy/{code}",status="200"} 1.0' in text
    assert 'method="GET",route="unmatched",status="404"} 1.0' in text
    assert 'method="OTHER"' in text
    assert "/no/such/place" not in text


def test_readiness_tells_what_is_degraded(client: TestClient, degraded_client: TestClient) -> None:
    assert client.get("/readyz").json() == {"status": "ready", "degraded": {}}
    body = degraded_client.get("/readyz").json()
    assert body["status"] == "degraded"
    assert "models/none 不存在" in body["degraded"]["model"]
    assert 'jiesu_degraded{part="model"} 1.0' in degraded_client.get("/metrics").text


def test_before_the_engine_is_loaded_only_life_is_shown() -> None:
    client = TestClient(create_app(load_settings()))  # not entered: nothing starts loading
    assert client.get("/healthz").status_code == 200
    for response in (
        client.get("/readyz"),
        client.get("/v1/units"),
        client.post("/v1/route", json={"items": [{"text": "灯"}]}),
    ):
        assert (response.status_code, response.json()["code"]) == (503, "not-ready")
        assert response.headers["retry-after"] == "2"


def test_city_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    with TestClient(create_app(load_settings(city=tmp_path))) as client:
        pass  # leaving waits for the loading to end
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "city.yaml" in response.json()["detail"]


def test_version_names_all_parts(client: TestClient) -> None:
    body = client.get("/version").json()
    expected = {"city": "tiny", "model": "words-1", "taxonomy": "tiny-1", "rules": "1"}
    assert body == {"jiesu": body["jiesu"], **expected}
    assert TINY_FOLDER.name == body["city"]


def test_answers_carry_security_headers(client: TestClient) -> None:
    headers = client.get("/healthz").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"
