"""Queries that count what the desk did in a span of time, for the dashboard and the map.

Each function works inside the caller's transaction. Every query is bounded by the time of intake
or of the act, for both of which there is an index.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Integer, cast, extract, func, select

from jiesu.serving.store.tables import ACTS, CORRECTIONS, OUTCOMES, TICKETS

By = Literal["class1", "class2", "class_code", "district", "outcome", "state", "kind"]
_T, _C, _O = TICKETS.c, CORRECTIONS.c, OUTCOMES.c


@dataclass(frozen=True, slots=True)
class Kept:
    """How often what was suggested for one class or unit was kept by the person who decided.

    Attributes:
        decided: decisions of people.
        kept: those with the suggested class and unit.
        returned: tickets that the unit sent back.
    """

    code: str
    decided: int
    kept: int
    returned: int = 0


@dataclass(frozen=True, slots=True)
class CallBacks:
    """Call-backs: how many reached somebody, and what these said."""

    made: int
    contacted: int
    resolved: int
    satisfied: int


def counts_by(
    connection: Connection, by: By, since: datetime, *, wanted: Mapping[By, str] | None = None
) -> dict[str, int]:
    """Return how many tickets came in, by one column; the most frequent first.

    Args:
        wanted: column → value that the tickets must have.
    """
    column = _T[by]
    query = select(column, func.count()).where(_T.received_at >= since, *_equal(wanted))
    rows = connection.execute(query.group_by(column).order_by(func.count().desc(), column))
    return {str(value): count for value, count in rows}


def counts_by_hour(
    connection: Connection, since: datetime, *, wanted: Mapping[By, str] | None = None
) -> list[int]:
    """Return how many tickets came in in each hour of the day, on the country's clock."""
    hour = _hour(connection)
    query = select(hour, func.count()).where(_T.received_at >= since, *_equal(wanted))
    found = {int(value): count for value, count in connection.execute(query.group_by(hour))}
    return [found.get(number, 0) for number in range(24)]


def counts_by_district(
    connection: Connection,
    since: datetime,
    *,
    hour: int | None = None,
    wanted: Mapping[By, str] | None = None,
) -> dict[str, int]:
    """Return how many tickets came in from each district, at one hour of the day or at all."""
    query = select(_T.district, func.count()).where(_T.received_at >= since, *_equal(wanted))
    if hour is not None:
        query = query.where(_hour(connection) == hour)
    return {str(name): count for name, count in connection.execute(query.group_by(_T.district))}


def kept_by(connection: Connection, by: Literal["class", "unit"], since: datetime) -> list[Kept]:
    """Return how often suggestions were kept, by suggested class or unit, the most used first."""
    key = _C.suggested_code if by == "class" else _C.suggested_unit_id
    same = (_C.code == _C.suggested_code) & (_C.unit_id == _C.suggested_unit_id)
    query = (
        select(key, func.count(), func.sum(cast(same, Integer)))
        .where(_C.at >= since, key != "")
        .group_by(key)
        .order_by(func.count().desc(), key)
    )
    returned = _returned(connection, since) if by == "unit" else {}
    return [
        Kept(str(code), decided, int(kept or 0), returned.get(str(code), 0))
        for code, decided, kept in connection.execute(query)
    ]


def call_backs(connection: Connection, since: datetime) -> CallBacks:
    """Return how the call-backs went."""
    query = select(
        func.count(),
        func.sum(cast(_O.contacted, Integer)),
        func.sum(cast(_O.resolved, Integer)),
        func.sum(cast(_O.satisfied, Integer)),
    ).where(_O.at >= since)
    return CallBacks(*(int(value or 0) for value in connection.execute(query).one()))


def decision_seconds(connection: Connection, since: datetime, most: int) -> Sequence[float]:
    """Return how long people worked on a ticket, from claim to decision, of the latest ones."""
    query = (
        select(ACTS.c.ticket_seq, ACTS.c.at, ACTS.c.what)
        .where(ACTS.c.at >= since, ACTS.c.what.in_(("claim", "decide")))
        .order_by(ACTS.c.seq.desc())
        .limit(most)
    )
    decided: dict[int, datetime] = {}
    seconds = []
    for seq, at, what in connection.execute(query):
        if what == "decide":
            decided[seq] = at
        elif seq in decided:
            seconds.append((decided.pop(seq) - at).total_seconds())
    return seconds


def _returned(connection: Connection, since: datetime) -> dict[str, int]:
    query = (
        select(_T.unit_id, func.count())
        .select_from(ACTS.join(TICKETS, ACTS.c.ticket_seq == _T.seq))
        .where(ACTS.c.at >= since, ACTS.c.what == "return")
        .group_by(_T.unit_id)
    )
    return {str(unit): count for unit, count in connection.execute(query)}


def _equal(wanted: Mapping[By, str] | None) -> list[ColumnElement[bool]]:
    return [_T[column] == value for column, value in (wanted or {}).items() if value]


def _hour(connection: Connection) -> ColumnElement[Any]:
    if connection.dialect.name == "sqlite":
        return cast(func.strftime("%H", _T.received_at, "+8 hours"), Integer)
    return cast(extract("hour", func.timezone("Asia/Shanghai", _T.received_at)), Integer)
