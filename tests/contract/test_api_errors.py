"""Each mistake of a caller gets one problem+json with a stable code that names the field."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

JSON = {"Content-Type": "application/json"}
NESTED = b"[" * 100_000

BODIES = [
    (b"{", 400, "malformed-json", "不能解析"),
    (b"", 422, "invalid-field", "请求体"),
    (b'{"items":[{"text":NaN}]}', 400, "malformed-json", "不能解析"),
    (b'{"items":[{"text":"\\ud800"}]}', 400, "malformed-json", "不能解析"),
    ('{"items":[{"text":"路灯"}]}'.encode("gb18030"), 400, "malformed-json", "不能解析"),
    (NESTED[:4000], 400, "malformed-json", "不能解析"),
    (b"[]", 422, "invalid-field", "应为 JSON 对象"),
    (b"null", 422, "invalid-field", "请求体"),
    (b"{}", 422, "invalid-field", "items：缺少这个字段"),
    (b'{"items":[]}', 422, "invalid-field", "items：应有 1 到 3 项，现有 0 项"),
    (b'{"items":{}}', 422, "invalid-field", "items：应为数组"),
    (b'{"items":["x"]}', 422, "invalid-field", "items[0]：值 'x' 不对：应为 JSON 对象"),
    (b'{"items":[{"id":"1"}]}', 422, "invalid-field", "items[0].text：缺少这个字段"),
    (b'{"items":[{"text":7}]}', 422, "invalid-field", "items[0].text：值 7 不对：应为文字"),
    (b'{"items":[{"text":null}]}', 422, "invalid-field", "items[0].text"),
    (b'{"items":[{"text":" \\n"}]}', 422, "invalid-field", "items[0].text：诉求内容是空的"),
    (b'{"items":[{"text":"a","txt":1}]}', 422, "invalid-field", "items[0].txt：没有这个字段"),
    (b'{"items":[{"text":"a"}],"k":1}', 422, "invalid-field", "k：没有这个字段"),
    (b'{"items":[{"text":"a"}],"top_k":0}', 422, "invalid-field", "top_k：值 0 不对：应不小于 1"),
    (b'{"items":[{"text":"a"}],"top_k":1.5}', 422, "invalid-field", "top_k：值 1.5 不对：应为整数"),
    (b'{"items":[{"text":"a"}],"top_k":1e400}', 400, "malformed-json", "不能解析"),
    (b'{"items":[{"text":"a","id":5}]}', 422, "invalid-field", "items[0].id：值 5 不对：应为文字"),
]  # fmt: skip


def problem(response: Any) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    body = json.loads(response.content)
    assert body["status"] == response.status_code
    assert body["type"] == f"urn:jiesu:problem:{body['code']}"
    assert body["request_id"] == response.headers["x-request-id"]
    return body


@pytest.mark.parametrize("path", ["/v1/route", "/v1/classify"])
@pytest.mark.parametrize(("body", "status", "code", "detail"), BODIES)
def test_wrong_body_is_named(
    client: TestClient, path: str, body: bytes, status: int, code: str, detail: str
) -> None:
    response = client.post(path, content=body, headers=JSON)

    found = problem(response)
    assert (response.status_code, found["code"]) == (status, code)
    assert detail in found["detail"]


def test_every_wrong_item_is_listed(client: TestClient) -> None:
    items = [{"text": ""}, {"text": "路灯不亮"}, {"text": "x" * 201}]

    found = problem(client.post("/v1/route", json={"items": items}))

    assert [error["field"] for error in found["errors"]] == ["items[0].text", "items[2].text"]
    assert "有 201 字，超过上限 200 字" in found["errors"][1]["message"]


def test_too_many_items_are_refused(client: TestClient) -> None:
    found = problem(client.post("/v1/route", json={"items": [{"text": "灯"}] * 4}))
    assert (found["status"], found["detail"]) == (422, "items：应有 1 到 3 项，现有 4 项")


@pytest.mark.parametrize("time", ["昨天", "", "2026-02-30"])
def test_unreadable_time_is_refused(client: TestClient, time: str) -> None:
    items = [{"text": "路灯不亮", "received_at": time}]
    found = problem(client.post("/v1/route", json={"items": items}))
    assert found["errors"][0]["field"] == "items[0].received_at"
    assert "看不懂" in found["detail"]


def test_place_fields_are_unknown_to_classify(client: TestClient) -> None:
    items = [{"text": "路灯不亮", "address": "河沿街道"}]
    found = problem(client.post("/v1/classify", json={"items": items}))
    assert found["detail"] == "items[0].address：没有这个字段，请检查拼写"


def test_large_body_is_refused_before_it_is_read(client: TestClient) -> None:
    megabyte = json.dumps({"items": [{"text": "灯" * 350_000}]}, ensure_ascii=False).encode()
    found = problem(client.post("/v1/route", content=megabyte, headers=JSON))
    assert (found["status"], found["code"]) == (413, "body-too-large")
    assert "上限 5000 字节" in found["detail"]


def test_large_body_without_length_is_refused(client: TestClient) -> None:
    def chunks() -> Any:
        yield from [b" " * 1000] * 6

    found = problem(client.post("/v1/route", content=chunks(), headers=JSON))
    assert found["status"] == 413


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        ({"Content-Type": "text/plain"}, "text/plain"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, "multipart/form-data"),
        ({"Content-Type": "application/jsonx"}, "application/jsonx"),
        (JSON | {"Content-Encoding": "gzip"}, "Content-Encoding：gzip"),
        ({}, "Content-Type 现为 ''"),
    ],
)
def test_other_media_types_are_refused(
    client: TestClient, headers: dict[str, str], detail: str
) -> None:
    found = problem(client.post("/v1/classify", content=b"{}", headers=headers))
    assert (found["status"], found["code"]) == (415, "unsupported-media-type")
    assert detail in found["detail"]


def test_unknown_address_is_not_found(client: TestClient) -> None:
    assert problem(client.get("/v1/tickts"))["code"] == "not-found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/v1/route", "POST"), ("POST", "/v1/taxonomy", "GET"), ("PUT", "/healthz", "GET")],
)
def test_wrong_method_names_the_right_one(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    response = client.request(method, path)
    assert problem(response)["code"] == "method-not-allowed"
    assert response.headers["allow"] == allowed


def test_unknown_class_is_not_found(client: TestClient) -> None:
    found = problem(client.get("/v1/taxonomy/999999"))
    assert (found["status"], found["code"]) == (404, "unknown-class")
    assert "'999999' 不在分类体系 tiny-1" in found["detail"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("level=-1", "level"),
        ("cursor=%21%21", "cursor"),
        ("cursor=é", "cursor"),
    ],
)
def test_wrong_query_is_named(client: TestClient, query: str, field: str) -> None:
    found = problem(client.get(f"/v1/taxonomy?{query}"))
    assert (found["status"], found["errors"][0]["field"]) == (422, field)


def test_search_without_words_is_refused(client: TestClient) -> None:
    assert problem(client.get("/v1/taxonomy/search"))["detail"] == "q：缺少这个字段"
    assert problem(client.get("/v1/taxonomy/search?q="))["errors"][0]["field"] == "q"
