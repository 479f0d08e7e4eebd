"""GET /v1/stats, and searches by those who see texts masked."""

from collections.abc import Iterator

import pytest
from house import PASSWORD
from starlette.testclient import TestClient
from tiny import tiny_engine

from jiesu.serving.api.app import create_app
from jiesu.serving.api.figures import FiguresOut
from jiesu.serving.doors.register import Register, plain_user
from jiesu.serving.settings import load_settings
from jiesu.serving.workplace import china_now


@pytest.fixture
def api(address: str) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(database_url=address), tiny_engine())) as client:
        while client.get("/v1/alerts").status_code == 503:
            pass
        yield client


def test_figures_tell_volumes_and_what_was_kept(api: TestClient) -> None:
    for number in range(3):
        body = {"id": f"T-{number}", "text": "河沿街道的路灯不亮"}
        assert api.post("/v1/tickets", json=body).status_code == 201
    api.post("/v1/tickets/T-0/decide", json={"operator": "王", "version": 1})
    other = {"operator": "王", "version": 1, "unit_id": "G2"}
    api.post("/v1/tickets/T-1/decide", json=other)

    told = FiguresOut.model_validate_json(api.get("/v1/stats?days=30").content)

    assert (told.total, told.acceptance) == (3, 0.5)
    assert told.classes[0].count == 3
    assert [(kept.key, kept.decided, kept.kept) for kept in told.by_class] == [("010101", 2, 1)]
    assert sum(told.hours) == 3
    assert api.get("/v1/stats", params={"class": "010102"}).json()["total"] == 0
    assert api.get("/v1/stats", params={"class": "X"}).status_code == 422
    assert api.get("/v1/stats?days=0").status_code == 422


def sign_in(api: TestClient, login: str) -> None:
    api.cookies.clear()
    form = {"login": login, "password": PASSWORD}
    assert api.post("/login", data=form, follow_redirects=False).status_code == 303


def test_search_tells_no_number_to_those_who_see_it_masked(api: TestClient) -> None:
    for number in range(3):
        text = "河沿街道的路灯不亮，电话13800138000，我叫张三丰"
        api.post("/v1/tickets", json={"id": f"T-{number}", "text": text})
    state = api.app.state.jiesu  # type: ignore[attr-defined]  # our app
    register = Register(state.workplace.database, china_now)
    for role in ("admin", "supervisor"):
        register.add_user("测试", plain_user(role, role, role), PASSWORD, ())

    found = {}
    for role in ("admin", "supervisor"):
        sign_in(api, role)
        for words in ("路灯", "13800138000", "张三丰", "路灯 13800138000"):
            page = api.get("/v1/tickets", params={"text": words, "limit": 2}).json()
            shown = api.get("/desk/search", params={"q": words}).text.count('href="/tickets/T-')
            found[role, words] = (len(page["items"]), page["next"] is not None, shown)

    assert found["supervisor", "13800138000"] == (2, True, 3)
    assert found["admin", "路灯"] == (2, True, 3)
    hidden = ("13800138000", "张三丰", "路灯 13800138000")
    assert {found["admin", words] for words in hidden} == {(0, False, 0)}, found
