"""The description is valid in both forms, complete, and its page works without internet."""

import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from starlette.testclient import TestClient

TICKET_ACTS = ("claim", "decide", "return", "reopen", "outcome")
ALERT_ACTS = ("acknowledge", "take", "reply", "merge", "close", "reopen")
STATS = ("themes", "subdistricts", "forecast", "words", "sensitive", "parties")
PATHS = {
    "/v1/classify", "/v1/route", "/v1/taxonomy", "/v1/taxonomy/search", "/v1/taxonomy/{code}",
    "/v1/units", "/v1/regions", "/v1/tickets", "/v1/tickets/{ticket_id}",
    *(f"/v1/tickets/{{ticket_id}}/{act}" for act in TICKET_ACTS),
    "/v1/alerts", "/v1/alerts/{alert_id}", "/v1/stats", *(f"/v1/stats/{name}" for name in STATS),
    *(f"/v1/alerts/{{alert_id}}/{act}" for act in ALERT_ACTS),
    "/healthz", "/readyz", "/version", "/metrics", "/v1/model/reload", "/v1/audit",
    "/v1/users", *(f"/v1/users/{{login}}/{act}" for act in ("disable", "enable", "password")),
    "/v1/keys", "/v1/keys/{name}/revoke",
}  # fmt: skip


ROUTE_STATUSES = {"200", "400", "401", "403", "413", "415", "422", "429", "500", "503"}
CODE_STATUSES = {"200", "401", "403", "404", "422", "429", "500", "503"}


def walk(node: Any) -> Any:
    yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from walk(child)


def test_description_is_valid_openapi_31(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == PATHS


def test_description_is_valid_openapi_303(client: TestClient) -> None:
    document = client.get("/openapi-3.0.json").json()
    OpenAPIV30SpecValidator(document).validate()
    assert document["openapi"] == "3.0.3"
    assert set(document["paths"]) == PATHS


def test_303_form_has_nothing_of_31(client: TestClient) -> None:
    document = client.get("/openapi-3.0.json").json()
    for node in walk(document):
        if isinstance(node, dict):
            assert node.get("type") != "null"
            assert not isinstance(node.get("type"), list)
            assert "const" not in node
            assert "prefixItems" not in node


def test_optional_time_is_nullable_in_303(client: TestClient) -> None:
    schema = client.get("/openapi-3.0.json").json()["components"]["schemas"]["TicketItem"]
    received_at = schema["properties"]["received_at"]
    assert (received_at["type"], received_at["nullable"]) == ("string", True)
    assert received_at["example"] == "2026-11-28T09:05:00+08:00"


@pytest.mark.parametrize(
    ("path", "method", "statuses"),
    [
        ("/v1/route", "post", ROUTE_STATUSES),
        ("/v1/taxonomy/{code}", "get", CODE_STATUSES),
        ("/healthz", "get", {"200", "500"}),
    ],
)
def test_every_problem_is_described(
    client: TestClient, path: str, method: str, statuses: set[str]
) -> None:
    responses = client.get("/openapi.json").json()["paths"][path][method]["responses"]
    assert set(responses) == statuses
    for status in statuses - {"200"}:
        assert list(responses[status]["content"]) == ["application/problem+json"]


def test_page_fetches_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs")
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert not [link for link in links if "//" in link]
    for link in links:
        if not link.startswith("data:"):
            assert client.get(f"/{link}").status_code == 200
    assert "'unsafe" not in page.headers["content-security-policy"]
    assert "script-src 'self'; style-src 'self';" in page.headers["content-security-policy"]


def test_bare_address_leads_to_the_desk(client: TestClient) -> None:
    assert client.get("/", follow_redirects=False).headers["location"] == "/desk"


def test_vendored_files_carry_their_licence(client: TestClient) -> None:
    assert "Apache License" in client.get("/docs/assets/swagger-ui/LICENSE.txt").text


def test_description_is_written_for_its_readers(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for operations in document["paths"].values():
        for operation in operations.values():
            assert re.search("[一-鿿]", operation["summary"])
            assert not re.search("[a-z]+ [a-z]+ [a-z]+", operation["description"])
    for schema in document["components"]["schemas"].values():
        assert "description" not in schema


def test_description_states_the_limits_that_are_set(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert schemas["RouteRequest"]["properties"]["items"]["maxItems"] == 3
    assert schemas["TicketItem"]["properties"]["text"]["maxLength"] == 200
