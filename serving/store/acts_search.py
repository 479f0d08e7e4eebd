"""The latest acts of some kinds over all tickets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from jiesu.serving.store.tables import ACTS

_BACK = 50_000
"""So many acts back is looked; older requests were answered or are past helping."""


@dataclass(frozen=True, slots=True)
class FoundAct:
    """An act with the number of its ticket."""

    ticket_seq: int
    at: datetime
    by: str
    what: str
    why: str


def latest_acts(connection: Connection, kinds: Sequence[str], limit: int) -> list[FoundAct]:
    """Return the last act of these kinds of each ticket, the latest first."""
    newest = connection.execute(select(ACTS.c.seq).order_by(ACTS.c.seq.desc()).limit(1)).scalar()
    query = (
        select(ACTS)
        .where(ACTS.c.seq > (newest or 0) - _BACK, ACTS.c.what.in_(kinds))
        .order_by(ACTS.c.seq.desc())
    )
    found: dict[int, FoundAct] = {}
    for row in connection.execute(query):
        act = FoundAct(row.ticket_seq, row.at, row.by_name, row.what, row.why)
        found.setdefault(row.ticket_seq, act)
        if len(found) == limit:
            break
    return list(found.values())
