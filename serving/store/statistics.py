"""Queries that count tickets by day, class and place: for themes, lists and forecasts.

Each function works inside the caller's transaction.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Date,
    Select,
    case,
    cast,
    func,
    literal_column,
    select,
)

from jiesu.router.mass.tally import Tally
from jiesu.serving.store.tables import DECISIONS, OUTCOMES, TICKETS

_T = TICKETS.c


def tallies(
    connection: Connection, since: datetime, until: datetime, *, by_subdistrict: bool = False
) -> list[Tally]:
    """Count the tickets received in a span of time by day, class and district.

    Args:
        until: not included.
        by_subdistrict: by day and subdistrict in place of class, as the model read the place.
    """
    query = _by_subdistrict(connection) if by_subdistrict else _by_class(connection)
    rows = connection.execute(query.where(_T.received_at >= since, _T.received_at < until))
    return [_tally(*row) for row in rows]


def latest_texts(
    connection: Connection, since: datetime, until: datetime, most: int
) -> list[tuple[str, datetime, str, str, str, str]]:
    """Return (id, time, caller, title, text, class) of the latest tickets of a span, in order."""
    query = (
        select(_T.id, _T.received_at, _T.caller, _T.title, _T.text, _T.class_code)
        .where(_T.received_at >= since, _T.received_at < until)
        .order_by(_T.received_at.desc(), _T.seq.desc())
        .limit(most)
    )
    return [tuple(row) for row in reversed(connection.execute(query).all())]


def last_day(connection: Connection) -> datetime | None:
    """Return when the latest ticket was received; None where there is none."""
    latest: datetime | None = connection.execute(select(func.max(_T.received_at))).scalar()
    return latest


def _by_class(connection: Connection) -> Select[Any]:
    last = (
        select(OUTCOMES.c.ticket_seq, func.max(OUTCOMES.c.seq).label("seq"))
        .group_by(OUTCOMES.c.ticket_seq)
        .subquery()
    )
    day, solved = _day(connection), OUTCOMES.c.resolved
    return (
        select(
            day,
            _T.class_code,
            _T.district,
            literal_column("''"),
            func.count(),
            func.count(solved),
            func.sum(case((solved.is_(False), 1), else_=0)),
        )
        .select_from(TICKETS)
        .outerjoin(last, last.c.ticket_seq == _T.seq)
        .outerjoin(OUTCOMES, OUTCOMES.c.seq == last.c.seq)
        .group_by(day, _T.class_code, _T.district)
    )


def _by_subdistrict(connection: Connection) -> Select[Any]:
    """Read the subdistrict from the last suggestion, which keeps the place as it was read."""
    last = (
        select(DECISIONS.c.ticket_seq, func.max(DECISIONS.c.number).label("number"))
        .group_by(DECISIONS.c.ticket_seq)
        .subquery()
    )
    name, day = _subdistrict(connection), _day(connection)
    return (
        select(day, literal_column("''"), _T.district, func.coalesce(name, ""), func.count())
        .select_from(TICKETS)
        .join(last, last.c.ticket_seq == _T.seq)
        .join(
            DECISIONS,
            (DECISIONS.c.ticket_seq == last.c.ticket_seq) & (DECISIONS.c.number == last.c.number),
        )
        .group_by(day, _T.district, name)
    )


def _subdistrict(connection: Connection) -> ColumnElement[Any]:
    if connection.dialect.name == "sqlite":
        return func.json_extract(DECISIONS.c.body, "$.place.subdistrict")
    path: ColumnElement[Any] = cast(DECISIONS.c.body, JSON)[("place", "subdistrict")].as_string()
    return path


def _day(connection: Connection) -> ColumnElement[Any]:
    """The day of intake on the country's clock."""
    if connection.dialect.name == "sqlite":
        return func.date(_T.received_at, "+8 hours")
    return cast(func.timezone("Asia/Shanghai", _T.received_at), Date)


def _tally(
    day: str | date,
    code: str,
    district: str,
    subdistrict: str,
    count: int,
    asked: int = 0,
    unsolved: int = 0,
) -> Tally:
    when = day if isinstance(day, date) else date.fromisoformat(day)
    return Tally(when, code, district, subdistrict, count, asked, unsolved)
