"""The queues of the desk: which tickets wait in each, how many, and the next that is free.

Each function works inside the caller's transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import ColumnElement, Connection, ScalarSelect, func, or_, select

from jiesu.serving.store.records import StoredTicket
from jiesu.serving.store.tables import ACTS, ALERT_ACTS, TICKETS
from jiesu.serving.store.tickets import Mark, page_by_turn, turn_mark

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
_Part = list[ColumnElement[bool]]
"""Conditions that must all hold."""
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
    """Return the next tickets of a queue, those whose turn it is at its head."""
    return _merged(connection, parts_of(queue, seat), after, limit)


def free_tickets(
    connection: Connection, queue: QueueName, seat: Seat, limit: int
) -> list[StoredTicket]:
    """Return the first tickets of a queue that nobody else holds."""
    free = or_(
        _T.claimed_by.in_(("", seat.by)), _T.claimed_until.is_(None), _T.claimed_until <= seat.now
    )
    return _merged(connection, [[*part, free] for part in parts_of(queue, seat)], None, limit)


def counts_of_queues(
    connection: Connection, seat: Seat, queues: Sequence[QueueName] = QUEUES
) -> Mapping[QueueName, int]:
    """Return how many tickets wait in each queue, up to `COUNTED`; one question to the database."""
    parts = [(queue, part) for queue in queues for part in parts_of(queue, seat)]
    found = connection.execute(select(*(_counted(part) for _, part in parts))).one()
    sums = dict.fromkeys(queues, 0)
    for (queue, _), count in zip(parts, found, strict=True):
        sums[queue] = min(sums[queue] + count, COUNTED)
    return sums


def last_change(connection: Connection) -> tuple[int, int]:
    """Return numbers that grow with every act on a ticket and on an alert."""
    ticket = connection.execute(select(func.max(ACTS.c.seq))).scalar_one() or 0
    alert = connection.execute(select(func.max(ALERT_ACTS.c.seq))).scalar_one() or 0
    return ticket, alert


def _merged(
    connection: Connection, parts: Sequence[_Part], after: Mark | None, limit: int
) -> list[StoredTicket]:
    # Each part is read in order through an index; one query for all would sort the whole queue.
    found = [ticket for part in parts for ticket in page_by_turn(connection, part, after, limit)]
    return sorted(found, key=lambda ticket: astuple(turn_mark(ticket)))[:limit]


def _counted(part: _Part) -> ScalarSelect[int]:
    found = select(_T.seq).where(*part).limit(COUNTED).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


def parts_of(queue: QueueName, seat: Seat) -> list[_Part]:
    """Return what a queue is made of: parts that have no ticket in common."""
    own = [_T.unit_id == seat.unit_id] if seat.unit_id else []
    return [[*own, *part] for part in _parts_of_all(queue, seat)]


def _parts_of_all(queue: QueueName, seat: Seat) -> list[_Part]:
    soon = seat.now + URGENT_WITHIN
    match queue:
        case "mine":
            return [[_T.claimed_by == seat.by, _T.claimed_until > seat.now, _T.state != "closed"]]
        case "urgent":
            # Turns are never after deadlines: the bound on both lets the index by turn find it.
            return [[_T.state == "waiting", _T.due_at <= soon, _T.turn_at <= soon]]
        case "confirm":
            return [_waiting(outcome) for outcome in ("confirm", "auto")]
        case "human" | "district":
            return [_waiting(queue)]
        case "other":
            return [_waiting(outcome) for outcome in _OTHER]
        case "consult":
            return [[_T.state == "consulting"], _waiting("consult")]
        case "returned":
            return [[_T.state == "returned"]]
        case "overdue":
            late = [_T.due_at < seat.now, _T.turn_at < seat.now]
            return [[_T.state == state, *late] for state in (*_OPEN, "dispatched")]
        case "unit":
            return [[_T.state == "dispatched"]]


def _waiting(outcome: str) -> _Part:
    return [_T.state == "waiting", _T.outcome == outcome]
