"""People of the demonstration: one of each role, so that its view can be seen."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from jiesu.serving.doors.register import Register, plain_user
from jiesu.serving.doors.rights import ROLE_NAMES, Role
from jiesu.serving.store.database import Database
from jiesu.serving.store.tables import TICKETS
from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import InputError

_BY = "演示"


@dataclass(frozen=True, slots=True)
class Person:
    """Who can sign in to the demonstration, and with which password."""

    login: Role
    password: str
    unit: str = ""


def add_people(database: Database, city: City, clock: Callable[[], datetime]) -> list[Person]:
    """Add one user of each role, named after it, with a password made up here.

    Raises:
        InputError: no unit has tickets, so that its user would see nothing.
    """
    register = Register(database, clock)
    unit_id = _busiest_unit(database)
    people = []
    for role, name in ROLE_NAMES.items():
        own = unit_id if role == "unit" else ""
        password = secrets.token_urlsafe(9)
        register.add_user(
            _BY, plain_user(role, f"演示{name}", role, own), password, city.units_by_id
        )
        people.append(Person(role, password, city.units_by_id[own].name if own else ""))
    return people


def told(people: list[Person]) -> str:
    """Write who can sign in, one a line."""
    return "\n".join(
        f"  {person.login:<12}{person.password:<16}{ROLE_NAMES[person.login]}"
        f"{f'（{person.unit}）' if person.unit else ''}"
        for person in people
    )


def _busiest_unit(database: Database) -> str:
    column = TICKETS.c.unit_id
    query = (
        select(column)
        .where(column != "", TICKETS.c.state == "dispatched")
        .group_by(column)
        .order_by(func.count().desc(), column)
    )
    with database.read() as connection:
        found = connection.execute(query.limit(1)).scalar()
    if found is None:
        raise InputError("没有已派出的工单，建立不了承办单位的演示用户")
    return str(found)
