"""Queries on one caller's tickets. Each function works inside the caller's transaction."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from jiesu.router.repeats import Earlier
from jiesu.serving.store import history
from jiesu.serving.store.tables import ACTS, TICKETS

_T = TICKETS.c


def tickets_of_caller(
    connection: Connection, caller: str, since: datetime, limit: int
) -> list[Earlier]:
    """Return the latest tickets of a caller, as the search for repeats sees them.

    Args:
        connection: an open transaction.
        caller: as intake stored it; never empty.
        since: earlier ones are left out.
        limit: at most so many.
    """
    last_act = select(func.max(ACTS.c.at)).where(ACTS.c.ticket_seq == _T.seq).scalar_subquery()
    query = (
        select(
            *(_T.seq, _T.id, _T.title, _T.text, _T.class_code, _T.place_code),
            *(_T.state, _T.received_at, last_act.label("last_act")),
        )
        .where(_T.caller == caller, _T.stored_at >= since)
        .order_by(_T.seq.desc())
        .limit(limit)
    )
    return [
        Earlier(
            ticket_id=row.id,
            text=f"{row.title}。{row.text}" if row.title else row.text,
            code=row.class_code,
            region=row.place_code or history.last_region(connection, row.seq),
            is_open=row.state != "closed",
            last_at=row.last_act if row.state == "closed" else row.received_at,
        )
        for row in connection.execute(query)
    ]
