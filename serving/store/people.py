"""Queries on users, their sessions and their failed logins.

Each function works inside the caller's transaction. Passwords and tokens come as hashes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from jiesu.serving.doors.rights import Role
from jiesu.serving.store.door_tables import LOGIN_TRIES, SESSIONS, USERS
from jiesu.serving.store.errors import UnknownUser, UserExists

_U = USERS.c
_S = SESSIONS.c
_L = LOGIN_TRIES.c


@dataclass(frozen=True, slots=True)
class User:
    """A person who may sign in.

    Attributes:
        name: stands in the history; nobody else has it.
        unit_id: the unit that a user of the role "unit" works for; empty for the others.
    """

    login: str
    name: str
    role: Role
    unit_id: str = ""
    is_disabled: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in user since when, and when last seen."""

    user: User
    created_at: datetime
    seen_at: datetime


def add_user(connection: Connection, user: User, password_hash: str, now: datetime) -> None:
    """Store a user.

    Raises:
        UserExists: login or name is taken.
    """
    values = {
        "login": user.login,
        "name": user.name,
        "role": user.role,
        "unit_id": user.unit_id,
        "password_hash": password_hash,
        "disabled": user.is_disabled,
        "created_at": now,
        "changed_at": now,
    }
    try:
        connection.execute(insert(USERS).values(values))
    except IntegrityError:
        raise UserExists(user.login, user.name) from None


def any_user(connection: Connection) -> bool:
    """Tell whether there is a user at all."""
    return connection.execute(select(_U.seq).limit(1)).first() is not None


def all_users(connection: Connection) -> list[User]:
    """Return all users in order of login."""
    return [_user(row) for row in connection.execute(select(USERS).order_by(_U.login))]


def get_user(connection: Connection, login: str) -> User:
    """Return a user.

    Raises:
        UnknownUser: there is none.
    """
    row = connection.execute(select(USERS).where(_U.login == login)).one_or_none()
    if row is None:
        raise UnknownUser(login)
    return _user(row)


def password_hash_of(connection: Connection, login: str) -> str | None:
    """Return the hash of a user's password; None where there is no such user."""
    return connection.execute(select(_U.password_hash).where(_U.login == login)).scalar()


def change_user(
    connection: Connection, login: str, values: Mapping[str, Any], now: datetime
) -> None:
    """Change columns of a user (Any: column values).

    Raises:
        UnknownUser: there is none.
        UserExists: another user has the name.
    """
    change = update(USERS).where(_U.login == login).values(changed_at=now, **values)
    try:
        if connection.execute(change).rowcount != 1:
            raise UnknownUser(login)
    except IntegrityError:
        raise UserExists(login, str(values.get("name", ""))) from None


def add_session(connection: Connection, login: str, token_hash: str, now: datetime) -> None:
    """Begin a session of a user who exists."""
    seq = connection.execute(select(_U.seq).where(_U.login == login)).scalar_one()
    values = {"token_hash": token_hash, "user_seq": seq, "created_at": now, "seen_at": now}
    connection.execute(insert(SESSIONS).values(values))


def find_session(connection: Connection, token_hash: str) -> Session | None:
    """Return a session with its user; None where there is none."""
    query = (
        select(USERS, SESSIONS.c.created_at.label("since"), SESSIONS.c.seen_at)
        .join(SESSIONS, _S.user_seq == _U.seq)
        .where(_S.token_hash == token_hash)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Session(_user(row), row.since, row.seen_at)


def touch_session(connection: Connection, token_hash: str, now: datetime) -> None:
    """Say that a session was used."""
    connection.execute(update(SESSIONS).where(_S.token_hash == token_hash).values(seen_at=now))


def end_session(connection: Connection, token_hash: str) -> None:
    """End a session."""
    connection.execute(delete(SESSIONS).where(_S.token_hash == token_hash))


def end_sessions_of(connection: Connection, login: str, but: str = "") -> None:
    """End all sessions of a user, except for the one with the hash `but`."""
    seqs = select(_U.seq).where(_U.login == login)
    connection.execute(
        delete(SESSIONS).where(_S.user_seq.in_(seqs.scalar_subquery()), _S.token_hash != but)
    )


def forget_old(connection: Connection, sessions_before: datetime, tries_before: datetime) -> None:
    """Delete sessions that began, and failed logins that happened, before these moments."""
    connection.execute(delete(SESSIONS).where(_S.created_at < sessions_before))
    connection.execute(delete(LOGIN_TRIES).where(_L.last_at < tries_before))


def failures_of(connection: Connection, subject: str) -> tuple[int, datetime | None]:
    """Return how often logins of a subject failed in a row, and when last."""
    row = connection.execute(select(LOGIN_TRIES).where(_L.subject == subject)).one_or_none()
    return (0, None) if row is None else (row.failures, row.last_at)


def add_failure(connection: Connection, subject: str, now: datetime) -> None:
    """Count one failed login of a subject."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(LOGIN_TRIES).values(subject=subject, failures=1, last_at=now)
    more = {"failures": _L.failures + 1, "last_at": now}
    connection.execute(new.on_conflict_do_update(index_elements=["subject"], set_=more))


def forget_failures(connection: Connection, subject: str) -> None:
    """Forget the failed logins of a subject."""
    connection.execute(delete(LOGIN_TRIES).where(_L.subject == subject))


def _user(row: Row[Any]) -> User:  # Any: the columns of USERS
    return User(row.login, row.name, row.role, row.unit_id, row.disabled)
