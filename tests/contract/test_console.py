"""The console's pages, each asked for and each act done once, without a browser."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from sqlalchemy import insert
from starlette.testclient import TestClient
from tiny import tiny_engine

from jiesu.serving.api.app import create_app
from jiesu.serving.settings import load_settings
from jiesu.serving.store import tickets
from jiesu.serving.store.tables import ALERT_MEMBERS, ALERTS

LAMP = "河沿街道的路灯不亮三天了，晚上看不见路"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TestClient]:
    """Pages as this machine's own user sees them: with every right."""
    settings = load_settings(database_url=f"sqlite:///{tmp_path / 'desk.db'}")
    with TestClient(create_app(settings, tiny_engine())) as client:
        while client.get("/v1/tickets").status_code == 503:
            pass
        yield client


def received(desk: TestClient, *ids: str, text: str = LAMP) -> None:
    for ticket_id in ids:
        answer = desk.post("/v1/tickets", json={"id": ticket_id, "text": text})
        assert answer.status_code == 201


def send(desk: TestClient, ticket_id: str, act: str, **fields: str) -> str:
    """Send a form of the ticket's page with its current version; return the page that follows."""
    version = str(desk.get(f"/v1/tickets/{ticket_id}").json()["version"])
    return desk.post(f"/tickets/{ticket_id}/{act}", data={"version": version, **fields}).text


def alert_of(desk: TestClient, alert_id: str, *members: str) -> None:
    """Put an alert on these tickets into the store, as the watch would."""
    database = desk.app.state.jiesu.workplace.database  # type: ignore[attr-defined]  # our app
    now = datetime.now(UTC)
    body = {"callers": 3, "messages": 3, "summary": "路灯不亮", "party": "", "units": []}
    body |= {"measure": "", "timeline": [], "unusual": {"surprise": None, "p_value": None}}
    row = {"id": alert_id, "version": 1, "state": "new", "title": "路灯", "heat": 1.0}
    row |= dict.fromkeys(("first_at", "last_at", "changed_at"), now)
    row |= {"urgent": False, "merged_into": "", "body": orjson.dumps(body).decode()}
    with database.write() as connection:
        seq = connection.execute(insert(ALERTS).returning(ALERTS.c.seq), row).scalar_one()
        for name in members:
            ticket = tickets.get_ticket(connection, name).seq
            member = {"ticket_seq": ticket, "alert_seq": seq, "answered": False}
            connection.execute(insert(ALERT_MEMBERS), member)


def state_of(desk: TestClient, ticket_id: str) -> str:
    return str(desk.get(f"/v1/tickets/{ticket_id}").json()["state"])


def test_bare_address_leads_to_the_queue(desk: TestClient) -> None:
    received(desk, "T-1")
    page = desk.get("/")
    assert page.url.path == "/desk"
    assert "待确认" in page.text
    assert "/tickets/T-1?queue=confirm" in page.text
    assert "style=" not in page.text  # the policy of the pages forbids it
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page.text)


def test_ticket_page_marks_evidence_and_place(desk: TestClient) -> None:
    received(desk, "T-1")
    page = desk.get("/tickets/T-1").text
    assert '<mark class="place">河沿街道</mark>' in page
    assert "按事项" in page
    assert "75%" in page


def test_confirming_leads_to_the_next_ticket(desk: TestClient) -> None:
    received(desk, "T-1", "T-2")
    first = desk.post("/desk/next", data={"queue": "confirm"})
    assert first.url.path == "/tickets/T-1"
    page = send(desk, "T-1", "decide", queue="confirm", code="010101")
    assert state_of(desk, "T-1") == "dispatched"
    assert "<title>T-2" in page
    assert "撤销" in page
    end = send(desk, "T-2", "decide", queue="confirm", code="010101")
    assert "没有更多可领的工单" in end


def test_decision_is_undone(desk: TestClient) -> None:
    received(desk, "T-1")
    send(desk, "T-1", "decide")
    send(desk, "T-1", "undo")
    assert state_of(desk, "T-1") == "waiting"


def test_stale_form_says_so_and_changes_nothing(desk: TestClient) -> None:
    received(desk, "T-1")
    send(desk, "T-1", "claim")
    answer = desk.post("/tickets/T-1/decide", data={"version": "1"})
    assert answer.status_code == 409
    assert "已被他人更改" in answer.text
    assert state_of(desk, "T-1") == "waiting"


def test_near_copies_go_with_it(desk: TestClient) -> None:
    received(desk, "T-1", "T-2", "T-3")
    assert "相近的待办 2 件" in desk.get("/tickets/T-1").text
    version = {"version": "1", "also": ["T-2", "T-3"]}
    desk.post("/tickets/T-1/decide", data=version)
    assert {state_of(desk, name) for name in ("T-1", "T-2", "T-3")} == {"dispatched"}


def test_near_copies_are_confirmed_from_the_list(desk: TestClient) -> None:
    received(desk, "T-1", "T-2", "T-3")
    page = desk.get("/desk?queue=confirm").text
    assert page.count("相近 3 件") == 3
    assert 'value="T-2 1"' in page
    ticked = {"queue": "confirm", "ticked": ["T-1 1", "T-2 1", "T-3 7", "odd", "none 1"]}
    answer = desk.post("/desk/confirm", data=ticked).text
    assert "已按建议派出 2 件" in answer
    assert "2 件没有处理成" in answer  # one was seen in another version, one does not exist
    states = [state_of(desk, name) for name in ("T-1", "T-2", "T-3")]
    assert states == ["dispatched", "dispatched", "waiting"]
    desk.post("/desk/undo", data={"queue": "confirm", "ids": ["T-1", "T-2"]})
    assert state_of(desk, "T-1") == state_of(desk, "T-2") == "waiting"
    assert desk.get("/v1/tickets/T-1").json()["claim"] is None


def test_different_matters_are_no_near_copies(desk: TestClient) -> None:
    received(desk, "T-1")
    received(desk, "T-2", text="新园街道夜里施工噪声太大，孩子睡不着觉")
    assert "相近 2 件" not in desk.get("/desk?queue=confirm").text


def test_members_of_an_alert_are_dispatched_together(desk: TestClient) -> None:
    received(desk, "T-1", "T-2", "T-3")
    send(desk, "T-3", "decide")
    alert_of(desk, "A-1", "T-1", "T-2", "T-3")
    assert "派出全部待处理成员（2 件）" in desk.get("/alerts/A-1").text
    assert "请选承办单位" in desk.post("/alerts/A-1/dispatch", data={}).text
    desk.post("/alerts/A-1/dispatch", data={"unit_id": "G2"})
    units = [desk.get(f"/v1/tickets/{name}").json()["unit"]["id"] for name in ("T-1", "T-2")]
    assert units == ["G2", "G2"]
    assert "派出全部" not in desk.get("/alerts/A-1").text


def test_ticket_is_printed_as_a_sheet(desk: TestClient) -> None:
    received(desk, "T-1")
    assert "/tickets/T-1/print" in desk.get("/tickets/T-1").text
    sheet = desk.get("/tickets/T-1/print").text
    assert all(word in sheet for word in (LAMP, "承办单位", "办理结果", "东区 › 河沿街道"))
    assert desk.get("/tickets/none/print").status_code == 404


def test_unit_returns_and_supervisor_refuses(desk: TestClient) -> None:
    received(desk, "T-1")
    send(desk, "T-1", "decide")
    assert "退单要写明理由" in send(desk, "T-1", "return", reason=" ")
    send(desk, "T-1", "return", reason="不归我们管", right_unit_id="G2")
    assert state_of(desk, "T-1") == "returned"
    page = desk.get("/tickets/T-1").text
    assert "异议审核" in page
    assert "退单：不归我们管；应由" in page
    assert 'value="G2" data-key="p"' in page  # offered to the dispatcher
    send(desk, "T-1", "review", accept="false", why="就在辖区")
    assert state_of(desk, "T-1") == "dispatched"


def test_unit_asks_for_time_answers_and_closes(desk: TestClient) -> None:
    received(desk, "T-1")
    send(desk, "T-1", "decide")
    page = send(desk, "T-1", "ask-time", until="2030-01-02T09:00", reason="等配件")
    assert "申请延期至 2030-01-02" in page
    asked = desk.get("/desk/requests").text
    assert "/tickets/T-1" in asked
    assert "等配件" in asked
    send(desk, "T-1", "rule-time", grant="true")
    assert "没有待批的延期申请" in desk.get("/desk/requests").text
    assert desk.get("/v1/tickets/T-1").json()["deadline"].startswith("2030-01-02")
    send(desk, "T-1", "answer", text="已派人", close="false")
    send(desk, "T-1", "answer", text="已更换", close="true")
    page = send(
        desk, "T-1", "call-back", contacted="true", resolved="true", satisfied="false", note="慢"
    )
    assert "不满意" in page
    send(desk, "T-1", "reopen", reason="又坏了")
    assert state_of(desk, "T-1") == "waiting"


def test_consult_keeps_who_was_called(desk: TestClient) -> None:
    received(desk, "T-1")
    page = send(desk, "T-1", "consult", units="G1", why="权属不清")
    assert state_of(desk, "T-1") == "consulting"
    assert "会商中，" in page
    assert "权属不清" in page
    assert "会商结论" in page
    page = send(desk, "T-1", "decide", unit_id="G1", why="由道路产权单位办")
    assert state_of(desk, "T-1") == "dispatched"
    assert "由道路产权单位办" in page


def test_classes_are_found_by_chinese_code_and_initials(desk: TestClient) -> None:
    for query in ("路灯", "0101", "ld"):
        assert "010101" in desk.get("/find/classes", params={"q": query}).text
    assert "没有找到" in desk.get("/find/classes", params={"q": "zzzz"}).text
    assert "河沿街道" in desk.get("/find/units", params={"q": "河沿"}).text


def test_other_class_brings_its_own_units(desk: TestClient) -> None:
    received(desk, "T-1")
    asked = desk.get("/tickets/T-1/units", params={"code": "010102"})
    assert 'name="unit_id"' in asked.text
    assert "checked" in asked.text
    assert "<html" not in asked.text
    assert desk.get("/tickets/T-1/units", params={"code": "01"}).status_code == 422
    assert desk.get("/tickets/none/units", params={"code": "010102"}).status_code == 404


def test_place_kind_and_deadline_are_corrected(desk: TestClient) -> None:
    received(desk, "T-1")
    page = desk.get("/tickets/T-1").text
    assert all(f'data-key="{key}"' in page for key in "lkm")
    fields = {"place": "9901KF", "kind": "求助", "due": "2030-01-02T09:00"}
    send(desk, "T-1", "decide", unit_id="G1", **fields)
    shown = desk.get("/tickets/T-1").text
    assert "地点：东区 › 河沿街道 → 开发区" in shown
    assert "性质：投诉 → 求助" in shown
    assert "→ 2030-01-02 09:00" in shown
    stored = desk.get("/v1/tickets/T-1").json()
    assert (stored["place_code"], stored["district"], stored["kind"]) == (
        "9901KF",
        "开发区",
        "求助",
    )


def test_deadline_that_is_none_is_refused(desk: TestClient) -> None:
    received(desk, "T-1")
    assert "看不懂" in send(desk, "T-1", "decide", due="明天")
    assert "早于受理时间" in send(desk, "T-1", "decide", due="2020-01-01T00:00")
    assert state_of(desk, "T-1") == "waiting"


def test_untouched_form_corrects_nothing(desk: TestClient) -> None:
    received(desk, "T-1")
    page = desk.get("/tickets/T-1").text
    due = re.search(r'name="due" form="decide" value="([^"]+)"', page)
    assert due is not None
    send(desk, "T-1", "decide", due=due[1], kind="投诉", place="")
    (act,) = [a for a in desk.get("/v1/tickets/T-1").json()["history"] if a["what"] == "decide"]
    assert "corrected" not in act["detail"]


def test_places_are_found_by_chinese_code_and_initials(desk: TestClient) -> None:
    for query in ("河沿", "990101001", "hyjd"):
        assert "河沿街道" in desk.get("/find/places", params={"q": query}).text
    assert "没有找到" in desk.get("/find/places", params={"q": "zzz"}).text


def test_other_place_brings_its_own_units(desk: TestClient) -> None:
    received(desk, "T-1")
    here = desk.get("/tickets/T-1/units", params={"code": "010101"}).text
    there = desk.get("/tickets/T-1/units", params={"code": "010101", "place": "9901KF"}).text
    assert here != there
    wrong = {"code": "010101", "place": "nowhere"}
    assert desk.get("/tickets/T-1/units", params=wrong).status_code == 422


def test_intake_suggests_while_typing_and_stores(desk: TestClient) -> None:
    received(desk, "T-1")
    side = desk.post("/intake/suggest", data={"text": LAMP}).text
    assert "东区 › 河沿街道" in side
    assert "/tickets/T-1" in side
    assert "写下诉求" in desk.post("/intake/suggest", data={"text": "路灯"}).text
    page = desk.post("/intake", data={"text": LAMP, "caller_name": "张女士", "channel": "电话"})
    assert "已受理" in page.text
    refused = desk.post("/intake", data={"text": " ", "address": "河沿路"})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert 'value="河沿路"' in refused.text  # what was typed is not lost


def test_knowledge_is_cited_into_the_reply(desk: TestClient) -> None:
    received(desk, "T-1")
    fields = {"title": "路灯不亮怎么办", "text": "由养护单位\n三日内修复", "source": "照明办法"}
    made = desk.post("/knowledge", data={**fields, "class_code": "010101"})
    assert made.status_code == 200
    number = made.url.path.rpartition("/")[2]
    page = desk.get("/tickets/T-1").text
    cited = f"《路灯不亮怎么办》由养护单位 三日内修复（依据：照明办法；知识库 {number}）"
    assert f'data-cite="{cited}" data-key="y"' in page
    send(desk, "T-1", "decide", outcome="answer", why=cited)
    page = desk.get("/tickets/T-1").text
    assert cited in page  # in the history
    assert "data-cite" not in page


def test_search_finds_by_words(desk: TestClient) -> None:
    received(desk, "T-1")
    assert "/tickets/T-1" in desk.get("/desk/search", params={"q": "看不见路"}).text
    assert "没有找到" in desk.get("/desk/search", params={"q": "天桥"}).text


def test_lists_are_masked(desk: TestClient) -> None:
    received(desk, "T-1", text="我叫张三丰，电话13800138000，河沿街道的路灯不亮")
    page = desk.get("/desk").text
    assert "13800138000" not in page
    assert "〔电话〕" in page


def test_alert_pages_answer_without_alerts(desk: TestClient) -> None:
    assert "没有预警" in desk.get("/alerts").text
    assert desk.get("/alerts/none", headers={"accept": "text/html"}).status_code == 404
