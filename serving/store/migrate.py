"""Brings the tables of a database up to date, by the steps in migrations/."""

import io
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from jiesu.serving.store.errors import StoreUnavailable

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x6A696573
"""Number of the lock that keeps two servers from migrating one PostgreSQL at once."""


def revisions() -> list[str]:
    """Return the ids of all versions of the store, oldest first."""
    steps = ScriptDirectory.from_config(_config(None)).walk_revisions()
    return [step.revision for step in steps][::-1]


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the tables to a version; does nothing where they are there already.

    Raises:
        StoreUnavailable: the database was made by a newer program.
    """
    if to == "head" and current(engine) == revisions()[-1]:
        return
    with engine.connect() as connection:
        connection.execution_options(jiesu_write="durable")
        with connection.begin():
            _take_turn(connection)
            _check_known(_current(connection))
            command.upgrade(_config(connection), to)


def current(engine: Engine) -> str | None:
    """Return the version that the tables have; None where there are none."""
    with engine.connect() as connection:
        return _current(connection)


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _take_turn(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _check_known(version: str | None) -> None:
    if version is not None and version not in revisions():
        raise StoreUnavailable(
            f"数据库是由更新的版本（{version}）建立的；请升级 jiesu，或换一个数据库"
        )


def _config(connection: Connection | None) -> Config:
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
