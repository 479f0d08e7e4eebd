"""Queries on the keys of programs; a key itself is never stored, only its hash.

Each function works inside the caller's transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from jiesu.serving.store.door_tables import API_KEYS
from jiesu.serving.store.errors import KeyNameExists, UnknownKey

_K = API_KEYS.c


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of a program.

    Attributes:
        scopes: rights that the program has.
        expires_at, revoked_at: None where it does not end, or was not ended.
    """

    name: str
    scopes: frozenset[str]
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


def add_key(connection: Connection, key: ApiKey, key_hash: str) -> None:
    """Store a key.

    Raises:
        KeyNameExists: the name is taken, also by a key that was revoked.
    """
    values = {
        "name": key.name,
        "key_hash": key_hash,
        "scopes": " ".join(sorted(key.scopes)),
        "created_at": key.created_at,
        "created_by": key.created_by,
        "expires_at": key.expires_at,
    }
    try:
        connection.execute(insert(API_KEYS).values(values))
    except IntegrityError:
        raise KeyNameExists(key.name) from None


def any_key(connection: Connection) -> bool:
    """Tell whether there is a key at all, in force or not."""
    return connection.execute(select(_K.seq).limit(1)).first() is not None


def find_key(connection: Connection, key_hash: str, now: datetime) -> ApiKey | None:
    """Return the key with this hash if it is in force."""
    query = select(API_KEYS).where(
        _K.key_hash == key_hash,
        _K.revoked_at.is_(None),
        or_(_K.expires_at.is_(None), _K.expires_at > now),
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _key(row)


def all_keys(connection: Connection) -> list[ApiKey]:
    """Return all keys in order of name, those that were revoked too."""
    return [_key(row) for row in connection.execute(select(API_KEYS).order_by(_K.name))]


def revoke_key(connection: Connection, name: str, now: datetime) -> None:
    """End a key; one that has ended stays as it is.

    Raises:
        UnknownKey: there is none of this name.
    """
    if connection.execute(select(_K.seq).where(_K.name == name)).first() is None:
        raise UnknownKey(name)
    ended = update(API_KEYS).where(_K.name == name, _K.revoked_at.is_(None))
    connection.execute(ended.values(revoked_at=now))


def _key(row: Row[Any]) -> ApiKey:  # Any: the columns of API_KEYS
    return ApiKey(
        row.name,
        frozenset(row.scopes.split()),
        row.created_at,
        row.created_by,
        row.expires_at,
        row.revoked_at,
    )
