"""The console's pages beside the desk: figures, map, outlook, catalogue, knowledge, users."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tiny import tiny_engine

from jiesu.serving.api.app import create_app
from jiesu.serving.settings import load_settings

LAMP = "河沿街道的路灯不亮三天了，晚上看不见路"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TestClient]:
    settings = load_settings(database_url=f"sqlite:///{tmp_path / 'desk.db'}")
    with TestClient(create_app(settings, tiny_engine())) as client:
        while client.get("/v1/tickets").status_code == 503:
            pass
        client.post("/v1/tickets", json={"id": "T-1", "text": LAMP})
        client.post("/tickets/T-1/claim", data={"version": "1"})
        client.post("/tickets/T-1/decide", data={"version": "2"})
        yield client


def test_board_counts_and_says_how_suggestions_fared(desk: TestClient) -> None:
    page = desk.get("/board").text
    assert re.search(r"<b>1</b><span>受理", page)
    assert re.search(r"<b>100%</b><span>建议被采纳", page)
    assert "\\u4e1c\\u533a" in page  # 东区, as JSON for the chart
    assert desk.get("/board", params={"code": "01", "days": 30}).status_code == 200
    assert desk.get("/board", params={"days": 0}).status_code == 422


def test_map_without_shapes_still_has_its_table(desk: TestClient) -> None:
    page = desk.get("/map").text
    assert "没有区划图形" in page
    assert "东区" in page
    assert "没有工单" in desk.get("/map", params={"code": "02"}).text


def test_outlook_of_a_city_without_rules_says_so(desk: TestClient) -> None:
    assert "mass.yaml" in desk.get("/outlook").text


def test_taxonomy_is_walked_and_searched(desk: TestClient) -> None:
    assert "/taxonomy?code=01" in desk.get("/taxonomy").text
    leaf = desk.get("/taxonomy", params={"code": "010101"}).text
    assert "关键词" in leaf
    assert "010101" in desk.get("/taxonomy", params={"q": "ld"}).text


def test_rules_are_tried_on_a_text(desk: TestClient) -> None:
    assert "试一段诉求" in desk.get("/rules").text
    told = desk.post("/rules/try", data={"text": LAMP}).text
    assert "河沿街道" in told
    assert desk.post("/rules/try", data={"text": " "}).status_code == 422


def test_knowledge_is_written_found_and_offered_at_intake(desk: TestClient) -> None:
    draft = {"title": "路灯不亮找谁", "text": "拨打路灯热线", "class_code": "010101"}
    page = desk.post("/knowledge", data=draft)
    assert "拨打路灯热线" in page.text
    name = page.url.path.rpartition("/")[2]
    assert "路灯不亮找谁" in desk.get("/knowledge", params={"q": "路灯"}).text
    assert "路灯不亮找谁" in desk.post("/intake/suggest", data={"text": LAMP}).text

    desk.post("/knowledge", data={**draft, "entry_id": name, "version": "1", "title": "路灯"})
    stale = desk.post("/knowledge", data={**draft, "entry_id": name, "version": "1"})
    assert stale.status_code == 409
    assert "已被他人更改" in stale.text


def test_knowledge_is_found_by_what_the_words_mean(desk: TestClient) -> None:
    draft = {"title": "夜里看不清", "text": "拨打照明热线", "class_code": "010101"}
    desk.post("/knowledge", data=draft)
    desk.post("/knowledge", data={**draft, "title": "路灯不亮找谁"})

    page = desk.get("/knowledge", params={"q": "路灯不亮"}).text
    by_words, _, by_meaning = page.partition("意思相近")

    assert "路灯不亮找谁" in by_words
    assert "夜里看不清" in by_meaning
    assert "路灯不亮找谁" not in by_meaning
    assert "意思相近" not in desk.get("/knowledge", params={"q": "路灯"}).text


def test_first_user_and_key_are_made_on_pages(desk: TestClient) -> None:
    short = {"act": "add", "login": "wang", "name": "王一", "role": "operator", "password": "短"}
    assert 'role="alert"' in desk.post("/admin/users", data=short).text
    made = desk.post("/admin/keys", data={"act": "add", "name": "网关", "scopes": ["take_in"]})
    assert "只显示这一次" in made.text
    assert desk.get("/admin/audit").status_code in (200, 401)  # with a key, strangers stay out
