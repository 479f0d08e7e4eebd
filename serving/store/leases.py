"""Leases: of several processes on one database, exactly one does a job at a time."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, or_, update
from sqlalchemy.dialects import postgresql, sqlite

from jiesu.serving.store.tables import LEASES

_L = LEASES.c


def take_lease(
    connection: Connection, name: str, holder: str, now: datetime, length: timedelta
) -> bool:
    """Take or renew a lease; return False while another holder has it."""
    until = now + length
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(LEASES).values(name=name, holder=holder, until=until)
    if connection.execute(new.on_conflict_do_nothing().returning(_L.name)).first() is not None:
        return True
    is_free = or_(_L.holder == holder, _L.until <= now)
    renewed = update(LEASES).where(_L.name == name, is_free).values(holder=holder, until=until)
    return connection.execute(renewed).rowcount == 1


def drop_lease(connection: Connection, name: str, holder: str) -> None:
    """Give a lease back, so that the next holder need not wait for its end."""
    connection.execute(delete(LEASES).where(_L.name == name, _L.holder == holder))
