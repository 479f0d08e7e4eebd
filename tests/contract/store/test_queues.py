"""Queues, claims from them, and what units and supervisors do: the same on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest
from handclock import Clock
from sqlalchemy import Select, TextClause, select, text
from sqlalchemy.dialects import sqlite

from jiesu.serving.choices import Choice
from jiesu.serving.desk import Desk
from jiesu.serving.queue_desk import QueueDesk
from jiesu.serving.reception import Reception
from jiesu.serving.store import queues as store_queues
from jiesu.serving.store.database import Database
from jiesu.serving.store.errors import WrongState
from jiesu.serving.store.queues import QueueName
from jiesu.serving.store.records import CallBack
from jiesu.serving.store.tables import TICKETS
from jiesu.serving.unit_desk import AnswerError, UnitDesk, open_request
from jiesu.taxonomy.ticket import Ticket

LAMP = Ticket("T-1", "河沿街道的路灯不亮三天了，晚上看不见路")


@pytest.fixture
def queues(desk: Desk, clock: Clock) -> QueueDesk:
    return QueueDesk(desk, clock)


@pytest.fixture
def answers(desk: Desk, clock: Clock) -> UnitDesk:
    return UnitDesk(desk, clock)


def waiting(queues: QueueDesk, queue: QueueName, by: str = "王一", unit_id: str = "") -> list[str]:
    page = queues.page(queue, queues.seat(by, unit_id), None, 50)
    return [stored.ticket.id for stored in page.items]


def receive(reception: Reception, clock: Clock, *ids: str) -> None:
    for ticket_id in ids:
        clock.forward(minutes=1)
        reception.receive(replace(LAMP, id=ticket_id), "网关")


def dispatched(desk: Desk, ticket_id: str = "T-1") -> int:
    view = desk.view(ticket_id)
    return desk.decide(ticket_id, view.stored.version, "王一", Choice("dispatch")).stored.version


def test_queue_is_ordered_by_deadline_and_read_page_by_page(
    reception: Reception, queues: QueueDesk, clock: Clock
) -> None:
    receive(reception, clock, "T-1", "T-2", "T-3")
    seat = queues.seat("王一")
    first = queues.page("confirm", seat, None, 2)
    rest = queues.page("confirm", seat, first.next, 2)
    assert [s.ticket.id for s in (*first.items, *rest.items)] == ["T-1", "T-2", "T-3"]
    assert rest.next is None
    assert queues.counts(seat)["confirm"] == 3


def test_doubtful_ticket_comes_before_a_sure_one_due_an_hour_earlier(
    reception: Reception, queues: QueueDesk, desk: Desk, clock: Clock
) -> None:
    receive(reception, clock, "T-1")
    clock.forward(hours=1)
    reception.receive(replace(LAMP, id="T-2", text="不知道哪里的灯"), "网关")
    seat = queues.seat("王一")
    (sure,), (doubtful,) = (queues.page(name, seat, None, 9).items for name in ("confirm", "human"))
    assert sure.standing.due_at < doubtful.standing.due_at  # type: ignore[operator]
    assert sure.standing.turn_at > doubtful.standing.turn_at  # type: ignore[operator]
    sent = desk.decide("T-1", 1, "王一", Choice("dispatch")).stored.standing
    assert sent.turn_at == sent.due_at  # a person has looked


def test_queue_of_several_outcomes_is_one_list(
    database: Database, reception: Reception, queues: QueueDesk, clock: Clock
) -> None:
    receive(reception, clock, *(f"T-{n}" for n in range(7)))
    with database.write() as connection:
        connection.execute(text("UPDATE tickets SET outcome = 'auto' WHERE seq % 2 = 0"))
    seat, mark, seen = queues.seat("王一"), None, []
    for _ in range(3):
        page = queues.page("confirm", seat, mark, 3)
        seen += [stored.ticket.id for stored in page.items]
        mark = page.next
    assert seen == [f"T-{n}" for n in range(7)]
    assert queues.counts(seat)["confirm"] == 7


def test_queues_are_read_through_their_indices(database: Database, queues: QueueDesk) -> None:
    if database.dialect != "sqlite":
        pytest.skip("PostgreSQL 在空表上总是整表读取，这里看不出索引")
    with database.read() as connection:
        for queue in get_args(QueueName):
            for part in store_queues.parts_of(queue, queues.seat("王一")):
                query = select(TICKETS).where(*part).order_by(TICKETS.c.turn_at, TICKETS.c.seq)
                plan = " ".join(row.detail for row in connection.execute(explained(query)))
                assert "USING INDEX" in plan, (queue, plan)
                assert queue == "mine" or "TEMP B-TREE" not in plan, (queue, plan)


def explained(query: Select[tuple[object, ...]]) -> TextClause:
    said = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    return text(f"EXPLAIN QUERY PLAN {said}".replace(":", r"\:"))


def test_two_people_never_get_the_same_ticket(
    reception: Reception, queues: QueueDesk, clock: Clock
) -> None:
    names = [f"T-{n}" for n in range(6)]
    receive(reception, clock, *names)
    with ThreadPoolExecutor(6) as pool:
        views = list(
            pool.map(lambda who: queues.take_next("confirm", queues.seat(who)), "甲乙丙丁戊己")
        )
    assert sorted(view.stored.ticket.id for view in views if view) == names
    assert queues.take_next("confirm", queues.seat("庚")) is None


def test_claim_is_mine_until_released_or_over(
    reception: Reception, queues: QueueDesk, clock: Clock
) -> None:
    receive(reception, clock, "T-1")
    queues.take_next("confirm", queues.seat("王一"))
    assert waiting(queues, "mine") == ["T-1"]
    assert waiting(queues, "mine", "李二") == []

    queues.release("T-1", "李二")  # holds none: nothing happens
    assert waiting(queues, "mine") == ["T-1"]
    queues.release("T-1", "王一")
    assert waiting(queues, "mine") == []
    assert queues.take_next("confirm", queues.seat("李二")) is not None
    clock.forward(minutes=11)
    assert queues.take_next("confirm", queues.seat("王一")) is not None


def test_undo_gives_the_ticket_back_to_who_decided(
    reception: Reception, desk: Desk, queues: QueueDesk, clock: Clock
) -> None:
    receive(reception, clock, "T-1")
    dispatched(desk)
    with pytest.raises(WrongState, match="不是您的处理"):
        queues.undo("T-1", "李二")
    view = queues.undo("T-1", "王一")
    assert (view.stored.state, view.holder) == ("waiting", "王一")


def test_near_copies_are_found_and_decided_together(
    reception: Reception, desk: Desk, queues: QueueDesk, clock: Clock
) -> None:
    receive(reception, clock, "T-1", "T-2")
    reception.receive(Ticket("T-3", "新园街道的路灯坏了一盏"), "网关")
    alike = [item.stored.ticket.id for item in queues.alike(desk.view("T-1"))]
    assert alike == ["T-2"]

    done, failed = queues.decide_all(["T-2", "T-1"], "王一", Choice("dispatch"))
    assert (done, failed) == (["T-2", "T-1"], {})
    done, failed = queues.decide_all(["T-2"], "王一", Choice("dispatch"))
    assert done == []
    assert "不能派单" in failed["T-2"]
    similar = queues.similar(desk.view("T-3"))
    assert {item.stored.ticket.id for item in similar} == {"T-1", "T-2"}
    assert {item.call for item in similar} == {None}
    call = CallBack(clock(), "王一", True, True, False)
    desk.record_outcome("T-1", desk.view("T-1").stored.version, call)
    ended = {item.stored.ticket.id: item.call for item in queues.similar(desk.view("T-3"))}
    assert ended["T-1"] is not None
    assert (ended["T-1"].resolved, ended["T-1"].satisfied) == (True, False)


def test_called_units_stand_in_the_history(
    reception: Reception, queues: QueueDesk, clock: Clock
) -> None:
    receive(reception, clock, "T-1")
    view = queues.consult("T-1", 1, "王一", ["G1", "S1"], "权属不清")
    assert view.stored.state == "consulting"
    assert (view.acts[-1].what, view.acts[-1].detail["units"]) == ("call_units", ["G1", "S1"])
    assert waiting(queues, "consult") == ["T-1"]


def test_late_tickets_are_overdue_and_those_due_soon_urgent(
    reception: Reception, desk: Desk, queues: QueueDesk, clock: Clock
) -> None:
    receive(reception, clock, "T-1")
    assert waiting(queues, "urgent") == []
    clock.forward(days=6, hours=22)
    assert waiting(queues, "urgent") == ["T-1"]
    dispatched(desk)
    clock.forward(days=1)
    assert waiting(queues, "overdue") == ["T-1"]


def test_unit_answers_and_closes(
    reception: Reception, desk: Desk, queues: QueueDesk, answers: UnitDesk, clock: Clock
) -> None:
    receive(reception, clock, "T-1")
    version = dispatched(desk)
    unit = desk.view("T-1").stored.standing.unit_id
    assert waiting(queues, "unit", unit_id=unit) == ["T-1"]
    assert waiting(queues, "unit", unit_id="G2") == []
    with pytest.raises(AnswerError, match="答复内容不能为空"):
        answers.answer("T-1", version, "单位", "  ")
    version = answers.answer("T-1", version, "单位", "已派人查看").stored.version
    closed = answers.answer("T-1", version, "单位", "换了灯泡", close=True)
    assert closed.stored.state == "closed"


def test_time_is_asked_for_and_ruled_on_once(
    reception: Reception, desk: Desk, answers: UnitDesk, clock: Clock
) -> None:
    receive(reception, clock, "T-1")
    version = dispatched(desk)
    due = desk.view("T-1").stored.standing.due_at
    assert due is not None
    with pytest.raises(AnswerError, match="晚于"):
        answers.ask_time("T-1", version, "单位", due - timedelta(days=1), "等配件")
    asked = answers.ask_time("T-1", version, "单位", due + timedelta(days=3), "等配件")
    assert [stored.ticket.id for stored, _ in answers.requests()] == ["T-1"]
    granted = answers.rule_on_time("T-1", asked.stored.version, "班长", grant=True)
    assert granted.stored.standing.due_at == due + timedelta(days=3)
    assert open_request(granted) is None
    assert answers.requests() == []
    with pytest.raises(WrongState, match="没有待批的延期申请"):
        answers.rule_on_time("T-1", granted.stored.version, "班长", grant=False)


def test_supervisor_rules_on_a_return(
    reception: Reception, desk: Desk, queues: QueueDesk, answers: UnitDesk, clock: Clock
) -> None:
    receive(reception, clock, "T-1")
    version = desk.send_back("T-1", dispatched(desk), "单位", "不归我们管").stored.version
    assert waiting(queues, "returned") == ["T-1"]
    with pytest.raises(AnswerError, match="不予退单的理由"):
        answers.review("T-1", version, "班长", accept=False, why="")
    refused = answers.review("T-1", version, "班长", accept=False, why="就在你们辖区")
    assert refused.stored.state == "dispatched"
    again = desk.send_back("T-1", refused.stored.version, "单位", "确实不归")
    assert answers.review(
        "T-1", again.stored.version, "班长", accept=True, why=""
    ).stored.state == ("waiting")


def test_every_act_moves_the_mark_of_live_lists(
    reception: Reception, queues: QueueDesk, clock: Clock
) -> None:
    before = queues.last_change()
    receive(reception, clock, "T-1")
    assert queues.last_change() > before
