"""Idempotency keys: one key, one answer, however often a request is sent.

A key is taken before the work begins and gets its answer in the transaction that stores the
ticket. A key whose work died on the way is free again after a while.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Update, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from jiesu.serving.store.errors import StoreConflict
from jiesu.serving.store.tables import IDEMPOTENCY_KEYS

IN_FLIGHT = timedelta(seconds=60)
"""After this long without an answer the work is taken for dead."""

_K = IDEMPOTENCY_KEYS.c
# Made once: making a statement takes longer than running it.
_TAKE = {
    dialect.__name__.rpartition(".")[2]: dialect.insert(IDEMPOTENCY_KEYS)
    .on_conflict_do_nothing()
    .returning(_K.token)
    for dialect in (sqlite, postgresql)
}
_ANSWER = (
    update(IDEMPOTENCY_KEYS)
    .where(
        _K.scope == bindparam("of_scope"),
        _K.key == bindparam("of_key"),
        _K.token == bindparam("of_token"),
    )
    .values(status=bindparam("of_status"), answer=bindparam("of_answer"))
)


class KeyInFlight(StoreConflict):
    """Another request with this key is being worked on."""

    def __init__(self) -> None:
        super().__init__("同一个 Idempotency-Key 的请求正在处理；请稍候再试")


class KeyReused(StoreConflict):
    """The key was used for a request with another body."""

    def __init__(self) -> None:
        super().__init__("这个 Idempotency-Key 已用于内容不同的请求；新的请求请换一个")


class KeyLost(StoreConflict):
    """The work took so long that another request has taken the key."""

    def __init__(self) -> None:
        super().__init__("处理太久，同一个 Idempotency-Key 已由另一个请求接手；请重试以取得结果")


@dataclass(frozen=True, slots=True)
class Key:
    """A key as a caller gave it.

    Attributes:
        scope: who gave it; keys of different callers never meet.
        body_hash: of the request's body.
    """

    scope: str
    key: str
    body_hash: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered the first time."""

    status: int
    body: str


def key_of(scope: str, key: str, body: bytes) -> Key:
    """Return a key for a request with this body."""
    return Key(scope, key, hashlib.sha256(body).hexdigest())


def take_key(connection: Connection, key: Key, now: datetime) -> str | Answer:
    """Take a key for work that begins now.

    Returns:
        A token that proves who took it, or the answer where the work is done already.

    Raises:
        KeyInFlight: the work is going on elsewhere.
        KeyReused: the key belongs to another body.
    """
    token = uuid.uuid4().hex
    values = {
        "scope": key.scope,
        "key": key.key,
        "body_hash": key.body_hash,
        "taken_at": now,
        "token": token,
    }
    if connection.execute(_TAKE[connection.dialect.name], values).first() is not None:
        return token
    row = connection.execute(
        select(IDEMPOTENCY_KEYS).where(_K.scope == key.scope, _K.key == key.key).with_for_update()
    ).one()
    if row.body_hash != key.body_hash:
        raise KeyReused
    if row.answer is not None:
        return Answer(row.status, row.answer)
    if row.taken_at > now - IN_FLIGHT:
        raise KeyInFlight
    connection.execute(_update(key).values(token=token, taken_at=now))
    return token


def answer_key(connection: Connection, key: Key, token: str, answer: Answer) -> None:
    """Keep the answer, in the transaction that does the work.

    Raises:
        KeyLost: another request has taken the key meanwhile.
    """
    values = {
        "of_scope": key.scope,
        "of_key": key.key,
        "of_token": token,
        "of_status": answer.status,
        "of_answer": answer.body,
    }
    done = connection.execute(_ANSWER, values)
    if done.rowcount != 1:
        raise KeyLost


def free_key(connection: Connection, key: Key, token: str) -> None:
    """Give a key back whose work failed, so that the request can be sent again at once."""
    connection.execute(
        delete(IDEMPOTENCY_KEYS).where(
            _K.scope == key.scope, _K.key == key.key, _K.token == token, _K.answer.is_(None)
        )
    )


def forget_keys(connection: Connection, before: datetime) -> int:
    """Delete keys taken before a moment; return how many."""
    return connection.execute(delete(IDEMPOTENCY_KEYS).where(_K.taken_at < before)).rowcount


def _update(key: Key) -> Update:
    return update(IDEMPOTENCY_KEYS).where(_K.scope == key.scope, _K.key == key.key)
