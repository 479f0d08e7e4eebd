"""Intake, acts and lists of tickets, the same on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from handclock import Clock

from jiesu.serving.choices import Choice, ChoiceError
from jiesu.serving.desk import Desk
from jiesu.serving.reception import Reception
from jiesu.serving.store import history
from jiesu.serving.store.database import Database
from jiesu.serving.store.errors import (
    ClaimedByOther,
    TicketExists,
    UnknownTicket,
    VersionConflict,
    WrongState,
)
from jiesu.serving.store.records import CallBack
from jiesu.serving.store.tickets import Mark, Order, TicketFilter
from jiesu.serving.suggestions import Suggester
from jiesu.taxonomy.ticket import Ticket

LAMP = Ticket("T-1", "河沿街道的路灯不亮三天了", "路灯", "东区", caller="张女士", channel="电话")


def ids(desk: Desk, wanted: TicketFilter, order: Order = "received", limit: int = 50) -> list[str]:
    """Return the ids of a whole list, read page by page."""
    found: list[str] = []
    mark: Mark | None = None
    while True:
        page = desk.page(wanted, order, mark, limit)
        found += [ticket.ticket.id for ticket in page.items]
        if page.next is None:
            return found
        mark = page.next


def test_stored_ticket_is_given_back_whole(reception: Reception, desk: Desk, clock: Clock) -> None:
    made = reception.receive(LAMP, "网关")

    view = desk.view("T-1")
    assert view == made
    assert view.stored.ticket == replace(LAMP, received_at=clock.now)
    assert (view.stored.state, view.stored.version) == ("waiting", 1)
    assert view.stored.standing.classes == ("01", "0101", "010101")
    assert [(act.what, act.by.kind, act.by.name) for act in view.acts] == [
        ("receive", "person", "网关"),
        ("suggest", "model", "words-1"),
    ]


def test_replaying_a_stored_decision_gives_the_same(
    reception: Reception, desk: Desk, suggester: Suggester, clock: Clock
) -> None:
    reception.receive(replace(LAMP, received_at=None), "网关")
    clock.forward(days=30)

    stored = desk.view("T-1")
    (again,) = suggester.engine.router.route(
        [stored.stored.ticket], stored.suggestion.made_at, stored.suggestion.top_k
    )
    assert again == stored.suggestion.decision


def test_ticket_without_id_gets_one_that_tells_the_time(reception: Reception) -> None:
    first, second = (reception.receive(replace(LAMP, id=""), "网关") for _ in range(2))
    assert first.stored.ticket.id.startswith("20261128090000-")
    assert first.stored.ticket.id != second.stored.ticket.id
    assert first.suggestion.decision.ticket_id == first.stored.ticket.id


def test_id_is_taken_once(reception: Reception, desk: Desk) -> None:
    reception.receive(LAMP, "网关")
    with pytest.raises(TicketExists, match="'T-1' 的工单已经入库"):
        reception.receive(LAMP, "网关")
    assert ids(desk, TicketFilter()) == ["T-1"]


def test_unknown_ticket_is_named(desk: Desk) -> None:
    with pytest.raises(UnknownTicket, match="'T-9'"):
        desk.view("T-9")


def test_ticket_goes_its_way(reception: Reception, desk: Desk, clock: Clock) -> None:
    reception.receive(LAMP, "网关")

    desk.claim("T-1", 1, "王")
    sent = desk.decide("T-1", 2, "王", Choice("dispatch", unit_id="D1", why="照明归它"))
    back = desk.send_back("T-1", 3, "李", "不归我们管", "S1")
    again = desk.decide("T-1", 4, "王", Choice("dispatch", unit_id="S1"))
    call = CallBack(clock.now, "赵", contacted=True, resolved=True, satisfied=False, note="慢")
    done = desk.record_outcome("T-1", 5, call)
    reopened = desk.reopen("T-1", 6, "赵", "又坏了")

    states = [view.stored.state for view in (sent, back, again, done, reopened)]
    assert states == ["dispatched", "returned", "dispatched", "closed", "waiting"]
    assert sent.holder == ""
    assert [act.what for act in reopened.acts] == [
        "receive", "suggest", "claim", "decide", "return", "decide", "outcome", "reopen",
    ]  # fmt: skip
    assert back.acts[-1].why == "不归我们管"
    assert back.acts[-1].detail == {"unit_id": "D1", "right_unit_id": "S1"}
    assert reopened.call_backs == (call,)


def test_unresolved_call_back_leaves_the_ticket_open(
    reception: Reception, desk: Desk, clock: Clock
) -> None:
    reception.receive(LAMP, "网关")
    desk.decide("T-1", 1, "王", Choice("dispatch"))
    view = desk.record_outcome("T-1", 2, CallBack(clock.now, "赵", False, None, None))
    assert view.stored.state == "dispatched"


@pytest.mark.parametrize("outcome", ["emergency", "answer", "elsewhere"])
def test_other_ends_close_the_ticket(reception: Reception, desk: Desk, outcome: str) -> None:
    reception.receive(LAMP, "网关")
    view = desk.decide("T-1", 1, "王", Choice(outcome))  # type: ignore[arg-type]  # parametrized
    assert (view.stored.state, view.stored.standing.outcome) == ("closed", outcome)


def test_person_wins_over_a_later_suggestion(reception: Reception, desk: Desk) -> None:
    reception.receive(LAMP, "网关")
    desk.decide("T-1", 1, "王", Choice("dispatch", code="010102", unit_id="S1"))
    desk.send_back("T-1", 2, "李", "退")

    view = desk.suggest("T-1")

    assert (view.suggestion.number, view.stored.standing.class_code) == (2, "010102")
    assert view.suggestion.decision.classes[0].code == "010101"


def test_what_a_person_chose_is_kept_beside_the_suggestion(
    reception: Reception, desk: Desk, database: Database
) -> None:
    reception.receive(LAMP, "网关")
    desk.decide("T-1", 1, "王", Choice("dispatch", code="010102", unit_id="S1", kind="求助"))

    with database.read() as connection:
        ((row,),) = history.correction_rows(connection, 100)
    assert (row.suggested_code, row.code) == ("010101", "010102")
    assert (row.suggested_unit_id, row.unit_id) == ("D1", "S1")
    assert (row.id, row.kind, row.by_name, row.model) == ("T-1", "求助", "王", "words-1")


WRONG_CHOICES = [
    (Choice("dispatch", code="0101"), "code", "不是末级事项"),
    (Choice("dispatch", code="999999"), "code", "不在分类体系"),
    (Choice("dispatch", unit_id="X9"), "unit_id", "没有编号为 'X9'"),
]


@pytest.mark.parametrize(("choice", "field", "message"), WRONG_CHOICES)
def test_wrong_choice_names_the_field_and_changes_nothing(
    reception: Reception, desk: Desk, choice: Choice, field: str, message: str
) -> None:
    reception.receive(LAMP, "网关")
    with pytest.raises(ChoiceError, match=message) as caught:
        desk.decide("T-1", 1, "王", choice)
    assert caught.value.field == field
    assert desk.view("T-1").stored.version == 1


def test_ticket_without_unit_cannot_be_dispatched(reception: Reception, desk: Desk) -> None:
    reception.receive(Ticket("T-2", "没有地点的路灯"), "网关")
    with pytest.raises(ChoiceError, match="派单要有承办单位"):
        desk.decide("T-2", 1, "王", Choice("dispatch"))


def test_old_version_is_refused(reception: Reception, desk: Desk) -> None:
    reception.receive(LAMP, "网关")
    desk.claim("T-1", 1, "王")
    with pytest.raises(VersionConflict, match="依据第 1 版，现在是第 2 版"):
        desk.decide("T-1", 1, "王", Choice("dispatch"))
    assert [act.what for act in desk.view("T-1").acts] == ["receive", "suggest", "claim"]


def test_act_that_does_not_fit_the_state_is_refused(reception: Reception, desk: Desk) -> None:
    reception.receive(LAMP, "网关")
    with pytest.raises(WrongState, match="待处理，不能退单；只有已派单的工单可以"):
        desk.send_back("T-1", 1, "王", "退")


def test_claim_keeps_others_away_until_it_ends(
    reception: Reception, desk: Desk, clock: Clock
) -> None:
    reception.receive(LAMP, "网关")
    desk.claim("T-1", 1, "王")

    clock.forward(seconds=599)
    with pytest.raises(ClaimedByOther, match="由 王 处理中，09:10:00 到期"):
        desk.claim("T-1", 2, "李")
    clock.forward(seconds=1)

    assert desk.view("T-1").holder == ""
    assert desk.claim("T-1", 2, "李").holder == "李"


def test_of_many_at_once_one_gets_the_ticket(reception: Reception, desk: Desk) -> None:
    reception.receive(LAMP, "网关")

    def grab(name: str) -> str:
        try:
            return desk.claim("T-1", 1, name).holder
        except (VersionConflict, ClaimedByOther):
            return ""

    with ThreadPoolExecutor(8) as pool:
        got = [name for name in pool.map(grab, [f"王{i}" for i in range(16)]) if name]
    assert len(got) == 1
    assert desk.view("T-1").holder == got[0]


def test_many_at_once_are_all_stored(reception: Reception, desk: Desk) -> None:
    tickets = [replace(LAMP, id=f"T-{i:02}") for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda ticket: reception.receive(ticket, "网关"), tickets))
    assert sorted(ids(desk, TicketFilter(), limit=7)) == [ticket.id for ticket in tickets]


def fill(reception: Reception, clock: Clock) -> None:
    for i in range(12):
        text = "河沿街道的路灯不亮" if i % 3 else "楼道灯坏了"
        reception.receive(Ticket(f"T-{i:02}", text, received_at=clock.now), "网关")
        clock.forward(hours=0 if i % 4 else 1)  # some come in at the same moment


@pytest.mark.parametrize("limit", [1, 5, 50])
def test_pages_hold_each_ticket_once_and_in_order(
    reception: Reception, desk: Desk, clock: Clock, limit: int
) -> None:
    fill(reception, clock)
    newest = [f"T-{i:02}" for i in reversed(range(12))]
    assert ids(desk, TicketFilter(), limit=limit) == newest
    assert ids(desk, TicketFilter(), "deadline", limit=limit) == newest[::-1]


def test_page_stays_right_while_tickets_come_in(
    reception: Reception, desk: Desk, clock: Clock
) -> None:
    fill(reception, clock)
    page = desk.page(TicketFilter(), "received", None, 5)
    reception.receive(replace(LAMP, id="late"), "网关")
    rest = desk.page(TicketFilter(), "received", page.next, 50)
    assert [t.ticket.id for t in rest.items] == [f"T-{i:02}" for i in reversed(range(7))]


def test_lists_can_be_narrowed(reception: Reception, desk: Desk, clock: Clock) -> None:
    start = clock.now
    fill(reception, clock)
    desk.decide("T-01", 1, "王", Choice("dispatch"))

    every = len(ids(desk, TicketFilter()))
    assert ids(desk, TicketFilter(state="dispatched")) == ["T-01"]
    assert len(ids(desk, TicketFilter(state="waiting"))) == every - 1
    assert ids(desk, TicketFilter(class_code="010102")) == ["T-09", "T-06", "T-03", "T-00"]
    assert len(ids(desk, TicketFilter(class_code="01", level=1))) == every
    assert len(ids(desk, TicketFilter(class_code="0101", level=2))) == every
    assert len(ids(desk, TicketFilter(unit_id="D1", outcome="confirm"))) == 8
    assert ids(desk, TicketFilter(unit_id="S9")) == []
    later = TicketFilter(since=start + timedelta(hours=1), until=start + timedelta(hours=2))
    assert ids(desk, later) == ["T-04", "T-03", "T-02", "T-01"]


FOUND = [
    ("路灯", ["B", "A"]),
    ("灯", ["C", "B", "A"]),
    ("不亮 3号", ["A"]),
    ("3号楼", ["A"]),
    ("3 号楼", ["A"]),
    ("楼道灯坏", ["C"]),
    ("ＡＢ１２", ["B"]),
    ("ab1", []),
    ("灯路", []),
    ("路灯亮", []),
    ("青年路", ["C"]),
    ("“路灯”", ["B", "A"]),
    ("𠮷野家", ["D"]),
]


@pytest.mark.parametrize(("query", "found"), FOUND)
def test_chinese_words_are_found(
    reception: Reception, desk: Desk, query: str, found: list[str]
) -> None:
    reception.receive(Ticket("A", "3号楼前的路灯不亮三天了"), "网关")
    reception.receive(Ticket("B", "车牌AB12的车撞了路灯", "路灯"), "网关")
    reception.receive(Ticket("C", "楼道灯坏了", address="青年路8号"), "网关")
    reception.receive(Ticket("D", "𠮷野家门口'\"\\; DROP TABLE"), "网关")
    assert ids(desk, TicketFilter(words=query), limit=1) == found


def test_search_can_be_narrowed(reception: Reception, desk: Desk, clock: Clock) -> None:
    fill(reception, clock)
    desk.decide("T-01", 1, "王", Choice("dispatch"))
    assert ids(desk, TicketFilter(words="路灯", state="dispatched")) == ["T-01"]


def test_endless_words_can_be_stored(reception: Reception, desk: Desk) -> None:
    reception.receive(Ticket("A", "a" * 50_000 + "灯" * 50_000), "网关")
    assert ids(desk, TicketFilter(words="a" * 50_000)) == ["A"]
