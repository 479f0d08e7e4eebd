"""Every test of this folder runs on SQLite and on a PostgreSQL server started for them."""

from collections.abc import Iterator
from itertools import count
from tempfile import TemporaryDirectory

import pytest
from handclock import Clock
from postgres import postgres_server, quick_folder
from sqlalchemy import text
from tiny import tiny_engine

from jiesu.serving.alert_desk import AlertDesk
from jiesu.serving.desk import Desk
from jiesu.serving.reception import Reception
from jiesu.serving.store.database import Database, connect, open_database
from jiesu.serving.suggestions import Suggester

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """Address of a server whose database `template` has our tables."""
    with postgres_server() as address:
        _administer(address, "CREATE DATABASE template")
        open_database(address.replace("/postgres?", "/template?")).close()
        yield address


def _administer(address: str, statement: str) -> None:
    engine = connect(address)
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(statement))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def address(dialect: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of an empty database."""
    if dialect == "sqlite":
        with TemporaryDirectory(prefix="jiesu-store-", dir=quick_folder()) as folder:
            yield f"sqlite:///{folder}/store.db"
        return
    server: str = request.getfixturevalue("postgres_template")
    name = f"test{next(_NUMBERS)}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE template")
    yield server.replace("/postgres?", f"/{name}?")


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    database = open_database(address)
    yield database
    database.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def suggester() -> Iterator[Suggester]:
    suggester = Suggester(tiny_engine(), 5, 5.0)
    yield suggester
    suggester.close()


@pytest.fixture
def reception(database: Database, suggester: Suggester, clock: Clock) -> Reception:
    return Reception(database, suggester, clock)


@pytest.fixture
def desk(database: Database, suggester: Suggester, clock: Clock) -> Desk:
    return Desk(database, suggester, clock, lease_seconds=600)


@pytest.fixture
def alert_desk(database: Database, clock: Clock) -> AlertDesk:
    return AlertDesk(database, clock)
