"""Erased means gone: from the tables, the search, the answers kept, and SQLite's file."""

from dataclasses import replace
from pathlib import Path

import pytest
from handclock import Clock
from sqlalchemy import MetaData, select

from jiesu.serving.choices import Choice
from jiesu.serving.desk import Desk
from jiesu.serving.reception import Reception
from jiesu.serving.retention import Retention, caller_is
from jiesu.serving.store import audit
from jiesu.serving.store.database import Database
from jiesu.serving.store.keys import Answer, key_of
from jiesu.serving.store.records import CallBack, TicketView
from jiesu.serving.store.tickets import TicketFilter
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.ticket import Ticket

PHONE = "13800138000"
TICKET = Ticket("T1", f"河沿街道路灯不亮，我的电话是138 0013-8000，{'很黑' * 20}", caller="李春花")


def take_in(reception: Reception, ticket: Ticket) -> None:
    def answer(view: TicketView) -> Answer:
        body = f'{{"id": "{view.stored.ticket.id}", "caller": "{view.stored.ticket.caller}"}}'
        return Answer(201, body)

    reception.receive_once(ticket, "网关", key_of("网关", ticket.id, b"x"), answer)


def everything(database: Database) -> str:
    """All rows of all tables."""
    known = MetaData()
    known.reflect(database.engine)
    with database.read() as connection:
        return "\n".join(
            f"{table.name}: {row}"
            for table in known.sorted_tables
            for row in connection.execute(select(table))
        )


@pytest.fixture
def retention(database: Database, clock: Clock) -> Retention:
    return Retention(database, clock)


def closed(desk: Desk, ticket_id: str) -> None:
    desk.decide(ticket_id, 1, "王", Choice("answer", why="李春花的电话里说清了"))
    desk.record_outcome(
        ticket_id,
        2,
        CallBack(desk.view(ticket_id).acts[0].at, "王", True, True, True, "李春花满意"),
    )


def test_nothing_of_the_caller_is_left(
    reception: Reception, desk: Desk, database: Database, retention: Retention
) -> None:
    take_in(reception, TICKET)
    take_in(reception, Ticket("T2", "电梯坏了", caller="别人"))
    closed(desk, "T1")
    before = desk.view("T1").stored
    assert "李春花" in everything(database)

    ids = retention.of_caller(caller_is(PHONE))
    retention.erase("命令行", "caller", ids)

    assert ids == ["T1"]
    left = everything(database)
    assert "李春花" not in left
    assert "8000" not in left
    after = desk.view("T1").stored
    assert (after.standing, after.state) == (before.standing, before.state)
    assert desk.view("T2").stored.ticket.caller == "别人"


def test_erased_words_are_not_found(reception: Reception, desk: Desk, retention: Retention) -> None:
    take_in(reception, TICKET)
    take_in(reception, replace(TICKET, id="T2", text="路灯坏了", caller="别人"))
    retention.erase("命令行", "ticket", ["T1"])
    found = desk.page(TicketFilter(words="路灯"), "received", None, 10)
    assert [ticket.ticket.id for ticket in found.items] == ["T2"]
    assert retention.of_caller(caller_is("李春花")) == []


def test_file_of_sqlite_holds_no_trace(
    reception: Reception, database: Database, retention: Retention, dialect: str
) -> None:
    if dialect != "sqlite":
        pytest.skip("其他数据库的文件不由本程序管")
    file = Path(str(database.engine.url.database))
    take_in(reception, TICKET)
    marks = ["李春花".encode(), "很黑".encode(), b"0013-8000"]
    retention.of_caller(caller_is(PHONE))
    retention.erase("命令行", "ticket", ["T1"])
    database.close()
    traces = file.read_bytes() + b"".join(f.read_bytes() for f in file.parent.glob("store.db-wal"))
    assert not [mark for mark in marks if mark in traces]


def test_only_old_closed_tickets_fall_to_age(
    reception: Reception, desk: Desk, retention: Retention, clock: Clock
) -> None:
    for name in ("old", "open"):
        take_in(reception, replace(TICKET, id=name))
    closed(desk, "old")
    clock.forward(days=100)
    take_in(reception, replace(TICKET, id="new"))
    closed(desk, "new")
    assert retention.older_than(99) == ["old"]
    assert retention.older_than(101) == []
    retention.erase("命令行", "age", ["old"])
    assert retention.older_than(99) == []


def test_audit_keeps_what_was_erased_but_not_whose(
    reception: Reception, retention: Retention, database: Database
) -> None:
    take_in(reception, TICKET)
    retention.erase("命令行", "caller", retention.of_caller(caller_is("李春花")))
    with database.read() as connection:
        (entry,) = audit.entries(connection)
    assert (entry.by, entry.what) == ("命令行", "erase")
    assert entry.detail == {"how": "caller", "tickets": 1, "ids": ["T1"]}


def test_unknown_ticket_is_named(retention: Retention) -> None:
    with pytest.raises(InputError, match="没有这些工单：T9"):
        retention.known(["T9"])
