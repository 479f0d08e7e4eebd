"""What the API answers when the caller does everything right."""

import json
from datetime import datetime, timedelta

import pytest
from starlette.testclient import TestClient
from tiny import tiny_engine

from jiesu.serving.api.app import create_app
from jiesu.serving.api.route import DecisionOut
from jiesu.serving.settings import load_settings

TICKET = {
    "id": "T-1",
    "text": "河沿街道的路灯不亮三天了",
    "title": "路灯",
    "address": "东区",
    "received_at": "2026-11-27 09:05",
    "caller": "张女士",
    "channel": "电话",
}
DECISION_KEYS = [
    "ticket_id", "outcome", "classes", "kind", "urgency", "deadline", "place", "candidates",
    "evidence", "similar", "mass_alert", "gate", "versions", "degraded",
]  # fmt: skip


def test_route_gives_the_decision_of_the_contract(client: TestClient) -> None:
    response = client.post("/v1/route", json={"items": [TICKET]})

    (decision,) = response.json()["items"]
    assert list(decision)[: len(DECISION_KEYS)] == DECISION_KEYS
    assert list(decision)[len(DECISION_KEYS) :] == ["reasons", "limit"]
    assert (decision["reasons"], decision["limit"]) == (["概率较大"], "7d")
    DecisionOut.model_validate(decision)
    assert (decision["ticket_id"], decision["outcome"]) == ("T-1", "confirm")
    assert decision["deadline"] == "2026-12-04T09:05:00+08:00"
    assert decision["candidates"][0]["unit"] == "东区城市管理委员会"


def test_route_reads_span_and_path(client: TestClient) -> None:
    (decision,) = client.post("/v1/route", json={"items": [TICKET]}).json()["items"]

    text = "路灯。河沿街道的路灯不亮三天了"
    start, end = decision["place"]["span"]
    assert text[start:end] == "河沿街道"
    best = decision["classes"][0]
    assert (best["code"], best["path"]) == ("010101", ["市政", "照明", "路灯不亮"])
    assert best["p"] == [1.0, 1.0, 0.75]


def test_ticket_without_time_counts_from_now(client: TestClient) -> None:
    (decision,) = client.post("/v1/route", json={"items": [{"text": "灯"}]}).json()["items"]
    deadline = datetime.fromisoformat(decision["deadline"])
    now = datetime.now(deadline.tzinfo)
    assert abs(deadline - now - timedelta(days=7)) < timedelta(minutes=1)


def test_order_is_kept_and_top_k_bounds_the_classes(client: TestClient) -> None:
    items = [{"id": str(i), "text": "路灯"} for i in range(3)]
    decisions = client.post("/v1/route", json={"items": items, "top_k": 1}).json()["items"]
    assert [decision["ticket_id"] for decision in decisions] == ["0", "1", "2"]
    assert [len(decision["classes"]) for decision in decisions] == [1, 1, 1]


def test_texts_of_one_request_are_scored_together() -> None:
    engine = tiny_engine()
    with TestClient(create_app(load_settings(), engine)) as client:
        client.post("/v1/classify", json={"items": [{"text": "路灯"}] * 3})
    assert engine.router.classifier.batches == [3]  # type: ignore[union-attr]


def test_classify_joins_title_and_text(client: TestClient) -> None:
    items = [{"id": "a", "text": "三天了", "title": "楼道灯坏了"}]
    body = client.post("/v1/classify", json={"items": items, "top_k": 2}).json()
    assert (body["model"], body["taxonomy"]) == ("words-1", "tiny-1")
    (item,) = body["items"]
    assert item["id"] == "a"
    assert [ranked["code"] for ranked in item["classes"]] == ["010102", "010101"]


def test_json_with_charset_is_accepted(client: TestClient) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    body = json.dumps({"items": [{"text": "路灯"}]}).encode()
    assert client.post("/v1/classify", content=body, headers=headers).status_code == 200


def test_missing_model_never_stops_intake(degraded_client: TestClient) -> None:
    (decision,) = degraded_client.post("/v1/route", json={"items": [TICKET]}).json()["items"]
    DecisionOut.model_validate(decision)
    assert (decision["outcome"], decision["degraded"]) == ("human", ["model"])
    assert decision["classes"] == []


def test_missing_model_stops_classify_with_the_reason(degraded_client: TestClient) -> None:
    response = degraded_client.post("/v1/classify", json={"items": [{"text": "路灯"}]})
    assert (response.status_code, response.json()["code"]) == (503, "model-unavailable")
    assert response.json()["detail"] == "模型文件夹 models/none 不存在"


def test_class_is_shown_with_its_neighbours(client: TestClient) -> None:
    detail = client.get("/v1/taxonomy/010101").json()
    assert detail["path"] == ["市政", "照明", "路灯不亮"]
    assert detail["boundary"][0]["to"] == ["010102"]
    assert (detail["unit_role"], detail["limit"]) == ("区城管委", "7d")
    children = client.get("/v1/taxonomy/0101").json()["children"]
    assert [child["code"] for child in children] == ["010101", "010102"]


@pytest.mark.parametrize(
    ("path", "key"), [("/v1/taxonomy", "code"), ("/v1/units", "id"), ("/v1/regions", "code")]
)
def test_pages_give_each_item_once(client: TestClient, path: str, key: str) -> None:
    everything = [item[key] for item in client.get(path).json()["items"]]
    found, cursor = [], ""
    while cursor is not None:
        body = client.get(path, params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        found += [item[key] for item in body["items"]]
        cursor = body["next"]
    assert found == everything == sorted(everything)
    assert len(everything) > 3


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"q": "路灯"}, ["010101", "0101"]),
        ({"q": "0101"}, ["0101", "010101", "010102"]),
        ({"q": "LDD"}, ["010102"]),
        ({"q": "zhaoming"}, ["0101"]),
        ({"q": "没有的字"}, []),
    ],
)
def test_search_finds_classes(client: TestClient, query: dict[str, str], codes: list[str]) -> None:
    hits = client.get("/v1/taxonomy/search", params=query).json()["items"]
    assert [hit["code"] for hit in hits] == codes


@pytest.mark.parametrize(
    ("path", "query", "keys"),
    [
        ("/v1/taxonomy", {"level": 3}, ["010101", "010102"]),
        ("/v1/taxonomy", {"parent": "01"}, ["0101"]),
        ("/v1/units", {"role": "供热单位"}, ["E2", "E3"]),
        ("/v1/units", {"region": "990101001"}, ["S1"]),
        ("/v1/units", {"q": "市政委"}, ["D1"]),
        ("/v1/units", {"level": "outcome"}, ["O1"]),
        ("/v1/regions", {"level": "district"}, ["990101", "9901KF"]),
        ("/v1/regions", {"parent": "990101001"}, ["990101001001"]),
        ("/v1/regions", {"q": "河沿"}, ["990101001", "990101001001"]),
    ],
)
def test_lists_can_be_narrowed(
    client: TestClient, path: str, query: dict[str, str], keys: list[str]
) -> None:
    items = client.get(path, params=query).json()["items"]
    assert [item.get("id") or item["code"] for item in items] == keys
