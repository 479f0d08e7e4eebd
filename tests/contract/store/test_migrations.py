"""A database made step by step is the one that the code knows."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, Table, inspect, text
from sqlalchemy.exc import IntegrityError

from jiesu.serving.store import door_tables, tables, tickets, watch_tables
from jiesu.serving.store.database import Database, connect, open_database
from jiesu.serving.store.errors import StoreUnavailable
from jiesu.serving.store.metadata import METADATA
from jiesu.serving.store.migrate import current, revisions, upgrade


def is_ours(thing: Any, name: str | None, kind: str, *_: Any) -> bool:
    table = name if kind == "table" else thing.table.name
    return "_words" not in str(table)


TABLES = {
    table.name
    for module in (tables, door_tables, watch_tables)
    for table in vars(module).values()
    if isinstance(table, Table)
}


def differences(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        options = {"include_object": is_ours, "compare_type": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)


def test_fresh_database_equals_the_metadata(database: Database) -> None:
    assert differences(database.engine) == []
    found = inspect(database.engine).get_table_names()
    written_out = {"alembic_version", "ticket_words", "knowledge_words"}
    assert written_out | TABLES <= set(found)


def emptied(address: str) -> Engine:
    engine = connect(address)
    if engine.dialect.name == "sqlite":
        return engine  # nothing has opened it yet
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    return engine


@pytest.mark.parametrize("begin", revisions())
def test_every_earlier_version_can_be_brought_up_to_date(address: str, begin: str) -> None:
    engine = emptied(address)
    upgrade(engine, begin)
    assert current(engine) == begin
    upgrade(engine)

    assert current(engine) == revisions()[-1]
    assert differences(engine) == []
    engine.dispose()


OLD_TICKET = """
INSERT INTO tickets (id, version, state, text, title, address, caller, channel, received_at,
    stored_at, outcome, kind, class1, class2, class_code, district, unit_id, due_at, degraded,
    claimed_by)
VALUES ('T1', 3, 'dispatched', '路灯不亮', '路灯', '河沿街道', '张三', '电话', :at, :at, 'confirm',
    '投诉', '01', '0101', '010101', '河沿', 'U-1', :at, FALSE, '')
"""


@pytest.mark.parametrize("begin", revisions())
def test_tickets_of_every_earlier_version_are_kept(address: str, begin: str) -> None:
    engine = emptied(address)
    upgrade(engine, begin)
    with engine.connect() as connection:
        connection.execution_options(jiesu_write="durable")
        with connection.begin():
            connection.execute(text(OLD_TICKET), {"at": "2026-11-01 08:00:00"})
    upgrade(engine)

    with engine.connect() as connection:
        stored = tickets.get_ticket(connection, "T1")
    engine.dispose()
    assert (stored.version, stored.state, stored.ticket.caller) == (3, "dispatched", "张三")
    assert stored.standing.classes == ("01", "0101", "010101")


def test_opening_twice_changes_nothing(address: str) -> None:
    for _ in range(2):
        database = open_database(address)
        assert current(database.engine) == revisions()[-1]
        database.close()


def test_database_of_a_newer_program_is_refused(database: Database, address: str) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'x9999'"))

    with pytest.raises(StoreUnavailable, match="由更新的版本（x9999）建立"):
        open_database(address)


def test_states_are_checked_by_the_database_too(database: Database) -> None:
    row = "INSERT INTO leases (name, holder, until) VALUES ('a', 'b', '2026-01-01')"
    alert = (
        "INSERT INTO alerts (id, version, state, title, heat, urgent, first_at, last_at, "
        "changed_at, merged_into, body) VALUES ('E1', 1, 'odd', '', 0, FALSE, '2026-01-01', "
        "'2026-01-01', '2026-01-01', '', '{}')"
    )
    with database.write() as connection:
        connection.execute(text(row))
    with pytest.raises(IntegrityError, match="ck_alerts_state"), database.write() as connection:
        connection.execute(text(alert))
