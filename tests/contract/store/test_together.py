"""Work of several threads in one transaction: all or nothing for each piece of it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from handclock import Clock
from sqlalchemy import Connection, func, insert, select

from jiesu.serving.store import leases
from jiesu.serving.store.database import Database
from jiesu.serving.store.tables import LEASES


def names(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(select(LEASES.c.name).order_by(LEASES.c.name)).scalars())


def test_pieces_that_wait_are_committed_together(database: Database, clock: Clock) -> None:
    def work(number: int) -> int:
        def add(connection: Connection) -> int:
            leases.take_lease(connection, f"L{number:02}", "x", clock(), timedelta(1))
            if number % 5 == 0:
                raise ValueError(number)
            return number

        return database.write_together(add)

    with ThreadPoolExecutor(8) as pool:
        runs = [pool.submit(work, number) for number in range(40)]
    failed = [run for run in runs if run.exception() is not None]

    assert len(failed) == 8
    assert all(isinstance(run.exception(), ValueError) for run in failed)
    assert names(database) == [f"L{number:02}" for number in range(40) if number % 5]


def test_each_piece_is_done_once(database: Database, clock: Clock) -> None:
    done: list[int] = []
    begin = threading.Barrier(6)

    def run(number: int) -> None:
        begin.wait()
        database.write_together(lambda connection: done.append(number))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(run, range(6)))
    assert sorted(done) == list(range(6))


def test_work_that_the_database_refuses_leaves_the_others(database: Database, clock: Clock) -> None:
    def add(connection: Connection) -> int:
        row = {"name": "L", "holder": "x", "until": clock()}
        connection.execute(insert(LEASES), row)
        return connection.execute(select(func.count()).select_from(LEASES)).scalar_one()

    assert database.write_together(add) == 1
    with pytest.raises(Exception, match=r"(?i)unique"):
        database.write_together(add)
    assert names(database) == ["L"]
