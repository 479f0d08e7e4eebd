"""Signing in over HTTP: cookies, forms of other sites, refusals as pages, personal data."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tiny import tiny_engine

from jiesu.serving.api.app import create_app
from jiesu.serving.doors.gatekeeper import SESSION_COOKIE
from jiesu.serving.doors.register import Register, plain_user
from jiesu.serving.settings import load_settings

PASSWORD = "correct horse battery"
PAGE = {"Accept": "text/html,*/*"}
TICKET = {"id": "T1", "text": "我叫张三，电话13800138000，河沿街道路灯不亮", "caller": "张三"}


def open_app(database: Path, **given: Any) -> TestClient:
    settings = load_settings(database_url=f"sqlite:///{database}", **given)
    return TestClient(create_app(settings, tiny_engine()), follow_redirects=False)


def wait(client: TestClient) -> Any:
    state = client.app.state.jiesu  # type: ignore[attr-defined]  # Starlette's, untyped here
    while not state.has_doors:
        client.get("/healthz")
    return state


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with open_app(tmp_path / "house.db") as client:
        register: Register = wait(client).workplace.register
        units = tiny_engine().city.units_by_id
        for role in ("operator", "unit", "admin"):
            unit = next(iter(units)) if role == "unit" else ""
            register.add_user("测试", plain_user(role, f"{role}一", role, unit), PASSWORD, units)
        yield client


def sign_in(client: TestClient, login: str, password: str = PASSWORD, **more: str) -> Any:
    form = {"login": login, "password": password, **more}
    return client.post("/login", data=form, headers=PAGE)


def csrf_of(client: TestClient) -> dict[str, str]:
    found = re.search(r'name="csrf_token" value="(\w+)"', client.get("/account", headers=PAGE).text)
    assert found
    return {"X-CSRF-Token": found[1]}


def test_stranger_is_sent_to_sign_in_and_back(client: TestClient) -> None:
    away = client.get("/account?tab=1", headers=PAGE)
    assert (away.status_code, away.headers["location"]) == (303, "/login?next=/account%3Ftab%3D1")
    page = client.get(away.headers["location"])
    assert 'name="next" value="/account?tab=1"' in page.text
    assert sign_in(client, "operator", next="/account?tab=1").headers["location"] == (
        "/account?tab=1"
    )
    assert "operator一" in client.get("/account?tab=1", headers=PAGE).text


def test_part_of_a_page_leads_to_the_login_page(client: TestClient) -> None:
    part = client.get("/account", headers=PAGE | {"HX-Request": "true"})
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/login")


def test_cookie_is_out_of_reach_for_scripts_and_other_sites(client: TestClient) -> None:
    cookie = sign_in(client, "operator").headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    client.base_url = client.base_url.copy_with(scheme="https")
    assert "Secure" in sign_in(client, "operator").headers["set-cookie"]


def test_refused_login_keeps_the_name_and_says_no_more(client: TestClient) -> None:
    answer = sign_in(client, "operator", "wrong password")
    assert answer.status_code == 401
    assert 'value="operator"' in answer.text
    assert "登录名或密码不对" in answer.text
    assert "set-cookie" not in answer.headers


def test_too_many_failures_answer_429(client: TestClient) -> None:
    for _ in range(5):
        sign_in(client, "operator", "wrong password")
    answer = sign_in(client, "operator")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 16


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", ""]
)
def test_login_leads_to_no_other_site(client: TestClient, target: str) -> None:
    assert sign_in(client, "operator", next=target).headers["location"] == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_other_sites_cannot_sign_anybody_in_or_out(
    client: TestClient, headers: dict[str, str]
) -> None:
    form = {"login": "operator", "password": PASSWORD}
    answer = client.post("/login", data=form, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross-site")


def test_change_needs_the_token_of_the_session(client: TestClient) -> None:
    sign_in(client, "operator")
    token = csrf_of(client)
    for headers in ({}, {"X-CSRF-Token": "0" * 64}):
        answer = client.post("/v1/tickets", json=TICKET, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert client.post("/v1/tickets", json=TICKET, headers=token).status_code == 201

    sign_in(client, "operator")  # a new session has a token of its own
    assert client.post("/v1/tickets", json={"text": "灯"}, headers=token).status_code == 403


def test_form_field_carries_the_token_too(client: TestClient) -> None:
    sign_in(client, "operator")
    token = csrf_of(client)["X-CSRF-Token"]
    assert client.post("/logout", headers=PAGE).status_code == 403
    assert client.post("/logout", data={"csrf_token": token}).status_code == 303
    assert client.get("/account", headers=PAGE).status_code == 303


def test_password_is_changed_on_the_account_page(client: TestClient) -> None:
    sign_in(client, "operator")
    form = {"csrf_token": csrf_of(client)["X-CSRF-Token"], "old": PASSWORD, "again": "x"}
    new = "another good password"
    differs = client.post("/account/password", data={**form, "new": new})
    weak = client.post("/account/password", data={**form, "new": "short", "again": "short"})
    done = client.post("/account/password", data={**form, "new": new, "again": new})

    assert (differs.status_code, weak.status_code, done.status_code) == (422, 422, 200)
    assert "两次输入的新密码不同" in differs.text
    assert "密码应有 10 到 200 个字符" in weak.text
    assert sign_in(client, "operator").status_code == 401
    assert sign_in(client, "operator", new).status_code == 303


def test_refusal_of_a_page_is_a_page(client: TestClient) -> None:
    sign_in(client, "operator")
    page = client.get("/nowhere", headers=PAGE)
    data = client.get("/v1/audit", headers=PAGE)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "没有这个地址" in page.text
    assert (data.status_code, data.json()["code"]) == (403, "forbidden")
    assert "查看审计记录" in data.json()["detail"]


def test_page_loads_nothing_from_elsewhere_and_runs_nothing_within(client: TestClient) -> None:
    page = client.get("/login", headers=PAGE)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert not re.search(r"unsafe|https?:|\*", policy)
    assert not re.search(r"<script(?! src)|<style|\sstyle=|\son\w+=", page.text)
    for path in re.findall(r'(?:src|href)="(/static[^"]+)"', page.text):
        assert client.get(path).status_code == 200
    assert page.headers["x-frame-options"] == "DENY"


def test_history_names_the_person_whatever_the_request_says(client: TestClient) -> None:
    sign_in(client, "operator")
    token = csrf_of(client)
    client.post("/v1/tickets", json=TICKET, headers=token)
    act = {"operator": "冒名", "version": 1}
    ticket = client.post("/v1/tickets/T1/claim", json=act, headers=token).json()
    assert ticket["claim"]["by"] == "operator一"


def test_look_at_personal_data_is_noted_and_others_see_none(client: TestClient) -> None:
    sign_in(client, "operator")
    client.post("/v1/tickets", json=TICKET, headers=csrf_of(client))
    assert client.get("/v1/tickets/T1").json()["caller"] == "张三"

    sign_in(client, "admin")
    masked = client.get("/v1/tickets/T1")
    assert "张三" not in masked.text
    assert "13800138000" not in masked.text
    looks = client.get("/v1/audit?what=look").json()["items"]
    assert [(look["by"], look["subject"]) for look in looks] == [("operator一", "T1")]


def test_unit_finds_no_ticket_of_another(client: TestClient) -> None:
    sign_in(client, "operator")
    made = client.post("/v1/tickets", json=TICKET, headers=csrf_of(client)).json()
    own = tiny_engine().city.units_by_id
    mine = next(iter(own))
    assert made["unit"] is None or made["unit"]["id"] != mine

    sign_in(client, "unit")
    act = {"operator": "x", "version": made["version"], "reason": "不归我们管"}
    found = client.get("/v1/tickets?unit=").json()["items"]
    assert found == []
    for answer in (
        client.get("/v1/tickets/T1"),
        client.post("/v1/tickets/T1/return", json=act, headers=csrf_of(client)),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-ticket")


def test_loopback_is_open_until_there_is_a_user(tmp_path: Path) -> None:
    with open_app(tmp_path / "house.db") as client:
        register = wait(client).workplace.register
        assert client.get("/v1/tickets").status_code == 200
        assert "不必登录" in client.get("/account", headers=PAGE).text
        register.add_user("测试", plain_user("root", "", "admin"), PASSWORD, ())
        client.app.state.jiesu.doors._asked_at = -9.0  # type: ignore[attr-defined]  # a second on
        assert client.get("/v1/tickets").status_code == 401


def test_other_addresses_are_never_open(tmp_path: Path) -> None:
    with open_app(tmp_path / "house.db", host="0.0.0.0") as client:
        wait(client)
        assert client.get("/v1/tickets").status_code == 401
        assert client.get("/v1/units", headers={"X-API-Key": "guess"}).status_code == 401


def test_forged_cookie_is_nobody(client: TestClient) -> None:
    for value in ("", "x", "\u00ff", f"a; {SESSION_COOKIE}=b"):
        headers = {"Cookie": f"{SESSION_COOKIE}={value}".encode("latin-1")}
        assert client.get("/v1/tickets", headers=headers).status_code == 401  # type: ignore[arg-type]


def test_program_that_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    with open_app(tmp_path / "house.db", auth="required", rate_limit=12) as client:
        key = wait(client).workplace.register.add_key("测试", "网关", ["read_catalogue"])
        other = client.app.state.jiesu.workplace.register.add_key("测试", "另", ["read_catalogue"])  # type: ignore[attr-defined]
        asked = [client.get("/v1/units", headers={"X-API-Key": key}) for _ in range(3)]
        assert [answer.status_code for answer in asked] == [200, 200, 429]
        assert asked[-1].json()["code"] == "rate-limited"
        assert 0 < int(asked[-1].headers["retry-after"]) <= 5
        assert client.get("/v1/units", headers={"X-API-Key": other}).status_code == 200


def test_stranger_cannot_guess_keys_without_end(tmp_path: Path) -> None:
    with open_app(tmp_path / "house.db", auth="required", stranger_rate_limit=12) as client:
        wait(client)
        guesses = [client.get("/v1/units", headers={"X-API-Key": f"k{n}"}) for n in range(3)]
        assert [answer.status_code for answer in guesses] == [401, 401, 429]


def test_form_of_a_stranger_may_not_be_large(client: TestClient) -> None:
    form = {"login": "operator", "password": "x" * 70_000}
    assert client.post("/login", data=form).status_code == 413

    def chunks() -> Iterator[bytes]:  # says nothing of its size
        yield b"login=operator&password="
        for _ in range(70):
            yield b"x" * 1000

    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/login", content=chunks(), headers=kind).status_code in {400, 413}
