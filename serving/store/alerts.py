"""Queries on mass alerts: what the watch found, and its members.

Each function works inside the caller's transaction.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import orjson
from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from jiesu.serving.store.errors import UnknownAlert
from jiesu.serving.store.records import StoredAlert
from jiesu.serving.store.tables import ALERT_MEMBERS, ALERTS, TICKETS
from jiesu.serving.store.tickets import Mark

_CHUNK = 500
"""Values in one IN (…): SQLite takes no more than 32,766."""

T = TypeVar("T")
_A = ALERTS.c
_M = ALERT_MEMBERS.c


class Member(NamedTuple):
    """A ticket in an alert, and whether it has the reply."""

    seq: int
    id: str
    answered: bool


def add_alert(connection: Connection, alert_id: str, values: Mapping[str, Any]) -> int:
    """Store a new alert; return its number (Any: column values)."""
    row = {"id": alert_id, "version": 1, "state": "new", "merged_into": "", **values}
    seq: int = connection.execute(insert(ALERTS).values(row).returning(_A.seq)).scalar_one()
    return seq


def change_alert(connection: Connection, seq: int, values: Mapping[str, Any]) -> None:
    """Change columns of an alert (Any: column values)."""
    connection.execute(update(ALERTS).where(_A.seq == seq).values(values))


def find_alert(connection: Connection, alert_id: str) -> StoredAlert | None:
    """Return an alert without its members, locked until the transaction ends; None if unknown."""
    query = select(ALERTS).where(_A.id == alert_id).with_for_update()
    row = connection.execute(query).one_or_none()
    return None if row is None else _stored(row)


def get_alert(connection: Connection, alert_id: str) -> StoredAlert:
    """Return an alert with its members.

    Raises:
        UnknownAlert: there is none.
    """
    row = connection.execute(select(ALERTS).where(_A.id == alert_id)).one_or_none()
    if row is None:
        raise UnknownAlert(alert_id)
    members = members_of(connection, alert_id)
    return _stored(
        row,
        tuple(member.id for member in members),
        tuple(member.id for member in members if not member.answered),
    )


def members_of(connection: Connection, alert_id: str) -> list[Member]:
    """Return the tickets of an alert and of those merged into it, in order of intake."""
    query = (
        select(TICKETS.c.seq, TICKETS.c.id, _M.answered)
        .join(ALERT_MEMBERS, _M.ticket_seq == TICKETS.c.seq)
        .join(ALERTS, _A.seq == _M.alert_seq)
        .where(or_(_A.id == alert_id, _A.merged_into == alert_id))
        .order_by(TICKETS.c.seq)
    )
    return [Member(*row) for row in connection.execute(query)]


def mark_answered(connection: Connection, ticket_seqs: Sequence[int]) -> None:
    """Say that these members have the reply."""
    for seqs in _chunks(ticket_seqs):
        change = update(ALERT_MEMBERS).where(_M.ticket_seq.in_(seqs))
        connection.execute(change.values(answered=True))


def page_of_alerts(
    connection: Connection, state: str, after: Mark | None, limit: int
) -> list[StoredAlert]:
    """Return the next alerts without their members, those with the latest call first.

    Args:
        state: only alerts in it; empty for all that were not merged into another.
    """
    query = select(ALERTS).where(_A.state == state if state else _A.state != "merged")
    if after is not None:
        query = query.where(
            _A.last_at <= after.at,
            or_(_A.last_at < after.at, and_(_A.last_at == after.at, _A.seq < after.seq)),
        )
    rows = connection.execute(query.order_by(_A.last_at.desc(), _A.seq.desc()).limit(limit))
    return [_stored(row) for row in rows]


def set_members(connection: Connection, alert_seq: int, ticket_ids: Collection[str]) -> int:
    """Let exactly these tickets be the members of an alert; return how many are new in it."""
    query = (
        select(TICKETS.c.id, TICKETS.c.seq)
        .join(ALERT_MEMBERS, _M.ticket_seq == TICKETS.c.seq)
        .where(_M.alert_seq == alert_seq)
    )
    present = {row.id: row.seq for row in connection.execute(query)}
    wanted = set(ticket_ids)
    for left in _chunks(sorted(seq for known, seq in present.items() if known not in wanted)):
        connection.execute(delete(ALERT_MEMBERS).where(_M.ticket_seq.in_(left)))
    added = sorted(_seqs(connection, sorted(wanted.difference(present))))
    if added:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        rows = [{"ticket_seq": seq, "alert_seq": alert_seq, "answered": False} for seq in added]
        statement = dialect.insert(ALERT_MEMBERS)
        moved = statement.on_conflict_do_update(
            index_elements=["ticket_seq"], set_={"alert_seq": statement.excluded.alert_seq}
        )
        connection.execute(moved, rows)
    return len(added)


def _seqs(connection: Connection, ticket_ids: Sequence[str]) -> set[int]:
    found: set[int] = set()
    for ids in _chunks(ticket_ids):
        query = select(TICKETS.c.seq).where(TICKETS.c.id.in_(ids))
        found.update(connection.execute(query).scalars())
    return found


def alerts_holding(connection: Connection, ticket_ids: Collection[str]) -> list[str]:
    """Return the alerts that these tickets are stored under, the one with most of them first."""
    seqs = sorted(_seqs(connection, sorted(ticket_ids)))
    counts: dict[str, int] = {}
    for chunk in _chunks(seqs):
        query = (
            select(_A.id, func.count())
            .join(ALERT_MEMBERS, _M.alert_seq == _A.seq)
            .where(_M.ticket_seq.in_(chunk))
            .group_by(_A.id)
        )
        for alert_id, count in connection.execute(query):
            counts[alert_id] = counts.get(alert_id, 0) + count
    return sorted(counts, key=lambda alert_id: (-counts[alert_id], alert_id))


def join_alerts(connection: Connection, gone: str, into: str, at: datetime) -> None:
    """Mark an alert, and all that was merged into it, as merged into another."""
    connection.execute(
        update(ALERTS).where(_A.merged_into == gone).values(merged_into=into, changed_at=at)
    )
    connection.execute(
        update(ALERTS)
        .where(_A.id == gone)
        .values(state="merged", merged_into=into, changed_at=at, version=_A.version + 1)
    )


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[i : i + _CHUNK] for i in range(0, len(items), _CHUNK))


def _stored(
    row: Row[Any],  # Any: the columns of ALERTS
    members: tuple[str, ...] = (),
    unanswered: tuple[str, ...] = (),
) -> StoredAlert:
    return StoredAlert(
        seq=row.seq,
        id=row.id,
        version=row.version,
        state=row.state,
        title=row.title,
        heat=row.heat,
        is_urgent=row.urgent,
        first_at=row.first_at,
        last_at=row.last_at,
        changed_at=row.changed_at,
        merged_into=row.merged_into,
        body=orjson.loads(row.body),
        members=members,
        unanswered=unanswered,
    )
