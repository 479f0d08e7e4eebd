"""The queues of the desk: which tickets wait in each, how many, and the next that is free.

Each function works inside the caller's transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from jiesu.serving.store.records import StoredTicket
from jiesu.serving.store.tables import ACTS, ALERT_ACTS, TICKETS
from jiesu.serving.store.tickets import Mark, page_by_deadline

QueueName = Literal[
    "mine",
    "urgent",
    "confirm",
    "human",
    "district",
    "other",
    "consult",
    "returned",
    "overdue",
    "unit",
]
QUEUES: tuple[QueueName, ...] = get_args(QueueName)

URGENT_WITHIN = timedelta(hours=4)
"""What is due so soon is urgent whatever its outcome."""
COUNTED = 1000
"""Longer queues are not counted to the end: nobody reads the difference."""

_T = TICKETS.c
_OPEN = ("waiting", "consulting", "returned")
_OTHER = ("emergency", "statutory", "repeat", "out_of_scope", "elsewhere", "answer")


@dataclass(frozen=True, slots=True)
class Seat:
    """From where a queue is looked at.

    Attributes:
        by: who looks, as in claims.
        unit_id: only this unit's tickets; empty for the desk, which sees all.
    """

    by: str
    now: datetime
    unit_id: str = ""


def page_of_queue(
    connection: Connection, queue: QueueName, seat: Seat, after: Mark | None, limit: int
) -> list[StoredTicket]:
    """Return the next tickets of a queue, those due first at its head."""
    return page_by_deadline(connection, _conditions(queue, seat), after, limit)


def free_tickets(
    connection: Connection, queue: QueueName, seat: Seat, limit: int
) -> list[StoredTicket]:
    """Return the first tickets of a queue that nobody else holds."""
    free = or_(
        _T.claimed_by.in_(("", seat.by)), _T.claimed_until.is_(None), _T.claimed_until <= seat.now
    )
    return page_by_deadline(connection, [*_conditions(queue, seat), free], None, limit)


def counts_of_queues(
    connection: Connection, seat: Seat, queues: Sequence[QueueName] = QUEUES
) -> Mapping[QueueName, int]:
    """Return how many tickets wait in each queue, up to `COUNTED`."""
    return {queue: _count(connection, _conditions(queue, seat)) for queue in queues}


def last_change(connection: Connection) -> tuple[int, int]:
    """Return numbers that grow with every act on a ticket and on an alert."""
    ticket = connection.execute(select(func.max(ACTS.c.seq))).scalar_one() or 0
    alert = connection.execute(select(func.max(ALERT_ACTS.c.seq))).scalar_one() or 0
    return ticket, alert


def _count(connection: Connection, conditions: Sequence[ColumnElement[bool]]) -> int:
    found = select(_T.seq).where(*conditions).limit(COUNTED).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()


def _conditions(queue: QueueName, seat: Seat) -> list[ColumnElement[bool]]:
    own = [_T.unit_id == seat.unit_id] if seat.unit_id else []
    match queue:
        case "mine":
            held = and_(_T.claimed_by == seat.by, _T.claimed_until > seat.now)
            return [*own, _T.state.in_(_OPEN), held]
        case "urgent":
            return [*own, _T.state == "waiting", _T.due_at <= seat.now + URGENT_WITHIN]
        case "confirm":
            return [*own, _T.state == "waiting", _T.outcome.in_(("confirm", "auto"))]
        case "human" | "district":
            return [*own, _T.state == "waiting", _T.outcome == queue]
        case "other":
            return [*own, _T.state == "waiting", _T.outcome.in_(_OTHER)]
        case "consult":
            waits = and_(_T.state == "waiting", _T.outcome == "consult")
            return [*own, or_(_T.state == "consulting", waits)]
        case "returned":
            return [*own, _T.state == "returned"]
        case "overdue":
            return [*own, _T.state.in_((*_OPEN, "dispatched")), _T.due_at < seat.now]
        case "unit":
            return [*own, _T.state == "dispatched"]
