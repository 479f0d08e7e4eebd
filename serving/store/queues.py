"""The queues of the desk: which tickets wait in each, how many, and the next that is free.

Each function works inside the caller's transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal, get_args

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    ScalarSelect,
    Select,
    Text,
    bindparam,
    func,
    or_,
    select,
)

from jiesu.serving.store.columns import Moment
from jiesu.serving.store.records import StoredTicket
from jiesu.serving.store.tables import ACTS, ALERT_ACTS, TICKETS
from jiesu.serving.store.tickets import Mark, beyond_turn, by_turn, stored_ticket, turn_mark

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


@dataclass(frozen=True, slots=True)
class _Look:
    """A seat as conditions take it: values, or the parameters that stand for them."""

    by: Any  # Any, here and below: a value or a parameter of SQL
    now: Any
    soon: Any
    unit_id: Any


_NAMED = _Look(
    bindparam("by", type_=Text()),
    bindparam("now", type_=Moment()),
    bindparam("soon", type_=Moment()),
    bindparam("unit_id", type_=Text()),
)
"""Statements are made once for each queue: making them takes longer than running them."""


def page_of_queue(
    connection: Connection, queue: QueueName, seat: Seat, after: Mark | None, limit: int
) -> list[StoredTicket]:
    """Return the next tickets of a queue, those whose turn it is at its head."""
    selects = _selects(queue, bool(seat.unit_id), is_beyond=after is not None)
    return _merged(connection, selects, _values(seat, limit, after), limit)


def free_tickets(
    connection: Connection, queue: QueueName, seat: Seat, limit: int
) -> list[StoredTicket]:
    """Return the first tickets of a queue that nobody else holds."""
    selects = _selects(queue, bool(seat.unit_id), is_free=True)
    return _merged(connection, selects, _values(seat, limit), limit)


def counts_of_queues(
    connection: Connection, seat: Seat, queues: Sequence[QueueName] = QUEUES
) -> Mapping[QueueName, int]:
    """Return how many tickets wait in each queue, up to `COUNTED`; one question to the database."""
    counted, owners = _counting(tuple(queues), bool(seat.unit_id))
    found = connection.execute(counted, _values(seat, COUNTED)).one()
    sums = dict.fromkeys(queues, 0)
    for queue, count in zip(owners, found, strict=True):
        sums[queue] = min(sums[queue] + count, COUNTED)
    return sums


def last_change(connection: Connection) -> tuple[int, int]:
    """Return numbers that grow with every act on a ticket and on an alert."""
    ticket = connection.execute(select(func.max(ACTS.c.seq))).scalar_one() or 0
    alert = connection.execute(select(func.max(ALERT_ACTS.c.seq))).scalar_one() or 0
    return ticket, alert


def _merged(
    connection: Connection,
    selects: Sequence[Select[Any]],  # Any: the columns of TICKETS
    values: Mapping[str, object],
    limit: int,
) -> list[StoredTicket]:
    # Each part is read in order through an index; one query for all would sort the whole queue.
    found = [
        stored_ticket(row) for query in selects for row in connection.execute(query, dict(values))
    ]
    return sorted(found, key=_turn)[:limit]


def _turn(ticket: StoredTicket) -> tuple[datetime, int]:
    mark = turn_mark(ticket)
    return mark.at, mark.seq


def _values(seat: Seat, limit: int, after: Mark | None = None) -> dict[str, object]:
    return {
        "by": seat.by,
        "now": seat.now,
        "soon": seat.now + URGENT_WITHIN,
        "unit_id": seat.unit_id,
        "most": limit,
        "after_at": after.at if after else None,
        "after_seq": after.seq if after else None,
    }


@cache
def _selects(
    queue: QueueName, is_unit: bool, *, is_beyond: bool = False, is_free: bool = False
) -> tuple[Select[Any], ...]:  # Any: the columns of TICKETS
    extra: _Part = [beyond_turn()] if is_beyond else []
    if is_free:
        nobody = (_T.claimed_by.in_(("", _NAMED.by)), _T.claimed_until.is_(None))
        extra.append(or_(*nobody, _T.claimed_until <= _NAMED.now))
    return tuple(by_turn([*part, *extra]) for part in _parts(queue, _NAMED, is_unit))


@cache
def _counting(
    queues: tuple[QueueName, ...], is_unit: bool
) -> tuple[Select[Any], tuple[QueueName, ...]]:  # Any: one number a part
    # Counted by deadline alone, which an index answers without looking at the tickets.
    parts = [
        (queue, part) for queue in queues for part in _parts(queue, _NAMED, is_unit, is_read=False)
    ]
    counts: list[Any] = [_counted(part) for _, part in parts]  # Any: its length is not known
    return select(*counts), tuple(queue for queue, _ in parts)


def _counted(part: _Part) -> ScalarSelect[int]:
    most = bindparam("most", type_=Integer())
    found = select(_T.seq).where(*part).limit(most).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


def parts_of(queue: QueueName, seat: Seat) -> list[_Part]:
    """Return what a queue is made of: parts that have no ticket in common."""
    look = _Look(seat.by, seat.now, seat.now + URGENT_WITHIN, seat.unit_id)
    return _parts(queue, look, bool(seat.unit_id))


def _parts(queue: QueueName, look: _Look, is_unit: bool, *, is_read: bool = True) -> list[_Part]:
    own = [_T.unit_id == look.unit_id] if is_unit else []
    return [[*own, *part] for part in _parts_of_all(queue, look, is_read)]


def _due(by: Any, is_read: bool) -> _Part:  # Any: a value or a parameter of SQL
    """Return what is due by a moment.

    Turns are never after deadlines: where the tickets are read by turn, the bound on both lets
    the index by turn find them.
    """
    return [_T.due_at <= by, *([_T.turn_at <= by] if is_read else [])]


def _parts_of_all(queue: QueueName, look: _Look, is_read: bool) -> list[_Part]:
    match queue:
        case "mine":
            return [[_T.claimed_by == look.by, _T.claimed_until > look.now, _T.state != "closed"]]
        case "urgent":
            return [[_T.state == "waiting", *_due(look.soon, is_read)]]
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
            late = _due(look.now, is_read)
            return [[_T.state == state, *late] for state in (*_OPEN, "dispatched")]
        case "unit":
            return [[_T.state == "dispatched"]]


def _waiting(outcome: str) -> _Part:
    return [_T.state == "waiting", _T.outcome == outcome]
