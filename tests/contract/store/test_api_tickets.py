"""Tickets and alerts over HTTP, on both databases."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from stories import ASPHALT
from tiny import tiny_engine

from jiesu.serving.api.alert_schemas import AlertOut
from jiesu.serving.api.app import create_app
from jiesu.serving.api.ticket_schemas import TicketOut
from jiesu.serving.settings import load_settings
from jiesu.taxonomy.city import load_city

LAMP = {
    "id": "T-1",
    "text": "河沿街道的路灯不亮三天了，电话13800138000",
    "title": "路灯",
    "received_at": "2026-11-27 09:05",
    "caller": "张女士",
    "channel": "电话",
}


@pytest.fixture
def api(address: str) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(database_url=address), tiny_engine())) as client:
        wait_until_ready(client)
        yield client


def wait_until_ready(client: TestClient) -> None:
    while client.get("/v1/alerts").status_code == 503:
        pass


def post(client: TestClient, path: str, **body: Any) -> Any:
    return client.post(f"/v1/tickets{path}", json=body)


def test_ticket_is_stored_with_its_decision(api: TestClient) -> None:
    made = post(api, "", **LAMP)

    assert (made.status_code, made.headers["location"]) == (201, "/v1/tickets/T-1")
    body = made.json()
    TicketOut.model_validate(body)
    assert body == api.get("/v1/tickets/T-1").json()
    assert (body["state"], body["version"], body["text"]) == ("waiting", 1, LAMP["text"])
    assert body["decision"]["ticket_id"] == "T-1"
    assert body["received_at"] == "2026-11-27T09:05:00+08:00"
    assert (body["class"]["code"], body["unit"]["id"]) == ("010101", "D1")
    assert [act["what"] for act in body["history"]] == ["receive", "suggest"]


def test_same_key_and_body_is_stored_once(api: TestClient) -> None:
    ticket = {**LAMP, "id": ""}
    first, second = (
        api.post("/v1/tickets", json=ticket, headers={"Idempotency-Key": "k1"}) for _ in range(2)
    )
    other = api.post("/v1/tickets", json=ticket, headers={"Idempotency-Key": "k2"})

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["location"] == first.headers["location"]
    assert other.json()["id"] != first.json()["id"]
    assert len(api.get("/v1/tickets").json()["items"]) == 2


def test_same_key_with_another_body_is_refused(api: TestClient) -> None:
    headers = {"Idempotency-Key": "k1"}
    api.post("/v1/tickets", json=LAMP, headers=headers)
    again = api.post("/v1/tickets", json={**LAMP, "text": "另一件事"}, headers=headers)
    assert (again.status_code, again.json()["code"]) == (422, "key-reused")


def test_refused_ticket_gives_its_key_back(api: TestClient) -> None:
    headers = {"Idempotency-Key": "k1"}
    post(api, "", **LAMP)
    for _ in range(2):
        refused = api.post("/v1/tickets", json=LAMP, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "ticket-exists")


def test_acts_follow_one_another(api: TestClient) -> None:
    post(api, "", **LAMP)
    steps = [
        ("claim", {}),
        ("decide", {"unit_id": "S1", "code": "010102", "reason": "楼道里的"}),
        ("return", {"reason": "不归我们", "right_unit_id": "D1"}),
        ("decide", {"unit_id": "D1", "deadline": "2026-12-05 18:00"}),
        ("outcome", {"contacted": True, "resolved": True, "satisfied": True}),
        ("reopen", {"reason": "又坏了"}),
    ]
    for version, (act, body) in enumerate(steps, start=1):
        done = post(api, f"/T-1/{act}", operator="王", version=version, **body)
        assert done.status_code == 200, done.json()
        TicketOut.model_validate(done.json())

    ticket = api.get("/v1/tickets/T-1").json()
    assert [act["what"] for act in ticket["history"][2:]] == [act for act, _ in steps]
    assert (ticket["state"], ticket["deadline"]) == ("waiting", "2026-12-05T18:00:00+08:00")
    assert ticket["class"]["code"] == "010102"
    assert ticket["outcomes"][0]["satisfied"] is True


REFUSED = [
    ("/T-9/claim", {"version": 1}, 404, "unknown-ticket"),
    ("/T-1/claim", {"version": 2}, 409, "version-conflict"),
    ("/T-1/return", {"version": 1, "reason": "x"}, 409, "wrong-state"),
    ("/T-1/return", {"version": 1}, 422, "invalid-field"),
    ("/T-1/return", {"version": 1, "reason": " "}, 422, "invalid-field"),
    ("/T-1/decide", {"version": 1, "unit_id": "X"}, 422, "invalid-field"),
    ("/T-1/decide", {"version": 1, "code": "01"}, 422, "invalid-field"),
    ("/T-1/decide", {"version": 1, "deadline": "明天"}, 422, "invalid-field"),
    ("/T-1/decide", {"version": 1, "outcome": "auto"}, 422, "invalid-field"),
    ("/T-1/decide", {"version": 1, "reason": "\0"}, 422, "invalid-field"),
    ("/T-1/claim", {"version": 0}, 422, "invalid-field"),
    ("/T-1/claim", {}, 422, "invalid-field"),
]


@pytest.mark.parametrize(("path", "body", "status", "code"), REFUSED)
def test_refused_act_says_why(
    api: TestClient, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    post(api, "", **LAMP)
    refused = post(api, path, operator="王", **body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert api.get("/v1/tickets/T-1").json()["version"] == 1


def test_ticket_in_other_hands_is_refused(api: TestClient) -> None:
    post(api, "", **LAMP)
    post(api, "/T-1/claim", operator="王", version=1)
    refused = post(api, "/T-1/decide", operator="李", version=2)
    assert (refused.status_code, refused.json()["code"]) == (409, "claimed")
    assert "由 王 处理中" in refused.json()["detail"]


def test_lists_are_masked_and_paged(api: TestClient) -> None:
    for i in range(5):
        post(api, "", **{**LAMP, "id": f"T-{i}"})
    found, cursor = [], None
    while True:
        query = {"limit": 2, "text": "路灯", "class": "01", "state": "waiting", "unit": "D1"}
        body = api.get("/v1/tickets", params=query | ({"cursor": cursor} if cursor else {})).json()
        found += body["items"]
        cursor = body["next"]
        if cursor is None:
            break
    assert [ticket["id"] for ticket in found] == [f"T-{i}" for i in reversed(range(5))]
    assert "13800138000" not in str(found)
    assert "caller" not in found[0]


def test_list_shows_the_beginning_of_a_long_text(api: TestClient) -> None:
    post(api, "", text="灯" * 297 + "13800138000" + "灯" * 5000)
    (ticket,) = api.get("/v1/tickets").json()["items"]
    assert ticket["text"] == "灯" * 297 + "〔电话"


@pytest.mark.parametrize(
    "query",
    ["state=odd", "since=x", "text=%00", "text=！", "class=99", "cursor=eHg", "limit=0", "order=x"],
)
def test_wrong_query_names_its_field(api: TestClient, query: str) -> None:
    refused = api.get(f"/v1/tickets?{query}")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize("ticket_id", ["a b", "a/b", "..", "", " "])
def test_stored_id_must_fit_into_an_address(api: TestClient, ticket_id: str) -> None:
    made = post(api, "", **{**LAMP, "id": ticket_id})
    assert made.status_code == (422 if ticket_id else 201)


def test_text_with_a_nul_is_stored(api: TestClient) -> None:
    assert post(api, "", text="路\0灯").json()["text"] == "路 灯"


class Broken:
    """A router in which everything fails."""

    classifier = None

    def route(self, *_: object) -> list[Any]:
        raise RuntimeError("坏了")

    def without_model(self, _: str) -> "Broken":
        return self


def test_intake_goes_on_when_routing_breaks(address: str) -> None:
    engine = replace(tiny_engine(), router=Broken())
    with TestClient(create_app(load_settings(database_url=address), engine)) as client:
        wait_until_ready(client)
        made = post(client, "", **LAMP)
    assert made.status_code == 201
    decision = made.json()["decision"]
    assert (decision["outcome"], decision["degraded"]) == ("human", ["model"])
    assert made.json()["degraded"] is True


@pytest.fixture
def watching(address: str) -> Iterator[TestClient]:
    """The small router with what the packaged city knows of mass complaints."""
    engine = replace(tiny_engine(), city=load_city())
    with TestClient(create_app(load_settings(database_url=address), engine)) as client:
        wait_until_ready(client)
        yield client


def alerts_of(client: TestClient, count: int) -> list[Any]:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        items: list[Any] = client.get("/v1/alerts").json()["items"]
        if len(items) >= count:
            return items
    raise AssertionError(client.get("/readyz").json())


def test_many_calls_become_an_alert_that_people_handle(watching: TestClient) -> None:
    for i, (title, text) in enumerate(ASPHALT):
        made = post(watching, "", id=f"A{i}", title=title, text=text, caller=f"人{i}")
        assert made.status_code == 201
    (alert,) = alerts_of(watching, 1)

    path, version = f"/v1/alerts/{alert['id']}", alert["version"]
    steps = [
        ("acknowledge", {}, "acknowledged"),
        ("take", {"reason": "现场会"}, "in_hand"),
        ("reply", {"text": "已停产"}, "in_hand"),
        ("close", {"reason": "已搬走"}, "closed"),
        ("reopen", {"reason": "又来了"}, "reopened"),
    ]
    for i, (act, body, state) in enumerate(steps):
        done = watching.post(
            f"{path}/{act}", json={"operator": "王", "version": version + i, **body}
        )
        assert (done.status_code, done.json().get("state")) == (200, state), done.json()

    shown = watching.get(path).json()
    AlertOut.model_validate(shown)
    assert [act["what"] for act in shown["history"][-5:]] == [act for act, _, _ in steps]
    ticket = watching.get("/v1/tickets/A0").json()
    assert ticket["mass_alert"] == ticket["decision"]["mass_alert"] == alert["id"]


def test_unknown_alert_is_not_found(api: TestClient) -> None:
    assert api.get("/v1/alerts/E1").json()["code"] == "unknown-alert"
    body = {"operator": "王", "version": 1, "reason": "x", "into": "E2"}
    assert api.post("/v1/alerts/E1/merge", json=body).json()["code"] == "unknown-alert"


def test_database_that_cannot_be_opened_stops_only_what_needs_it(tmp_path: Path) -> None:
    (tmp_path / "no.db").write_text("this is no database, but a text" * 100)
    settings = load_settings(database_url=f"sqlite:///{tmp_path}/no.db")
    with TestClient(create_app(settings, tiny_engine())) as client:
        pass  # leaving waits for the opening to end
    refused = client.post("/v1/tickets", json=LAMP)
    assert (refused.status_code, refused.json()["code"]) == (503, "store-unavailable")
    assert "打不开" in client.get("/readyz").json()["degraded"]["store"]
    assert client.post("/v1/route", json={"items": [{"text": "灯"}]}).status_code == 200
