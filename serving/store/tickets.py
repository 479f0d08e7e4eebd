"""Queries on tickets: insert, look up, change, and pages of lists.

Each function works inside the caller's transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from jiesu.serving.store.columns import NEVER, BigNumber, Moment
from jiesu.serving.store.errors import TicketExists, UnknownTicket, VersionConflict
from jiesu.serving.store.records import Standing, StoredTicket, TicketState
from jiesu.serving.store.tables import TICKETS
from jiesu.serving.store.words import match, store_words, words_table
from jiesu.taxonomy.ticket import Ticket

Order = Literal["received", "deadline"]
Values = Mapping[str, Any]  # Any: column values
_T = TICKETS.c
_ADD = insert(TICKETS).returning(_T.seq)
"""Made once: making the statement takes longer than running it."""


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets a list holds; what is empty does not narrow.

    Attributes:
        class_code: a class of any level.
        level: level of that class, from 1; 0 where it is a leaf.
        since, until: bounds of the time of intake, the second not included.
        words: phrases that must all occur; the list is then in the order of storing.
    """

    state: str = ""
    unit_id: str = ""
    class_code: str = ""
    level: int = 0
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """The last ticket of a page: its key in the order of the list, and its number."""

    at: datetime
    seq: int


def add_ticket(
    connection: Connection, ticket: Ticket, state: TicketState, standing: Standing, now: datetime
) -> StoredTicket:
    """Store a ticket that has an id and a time.

    Raises:
        TicketExists: its id is taken.
    """
    values = {
        "id": ticket.id,
        "version": 1,
        "state": state,
        "text": ticket.text,
        "title": ticket.title,
        "address": ticket.address,
        "caller": ticket.caller,
        "channel": ticket.channel,
        "received_at": ticket.received_at,
        "stored_at": now,
        **standing_values(standing),
        "claimed_by": "",
    }
    try:
        seq = connection.execute(_ADD, values).scalar_one()
    except IntegrityError:
        raise TicketExists(ticket.id) from None
    store_words(connection, [(seq, searched(ticket))])
    return StoredTicket(seq, 1, state, ticket, now, standing)


def searched(ticket: Ticket) -> str:
    """Return what a search looks at."""
    return " ".join((ticket.title, ticket.text, ticket.address))


def standing_values(standing: Standing) -> dict[str, Any]:
    """Return the columns of what holds for a ticket."""
    classes = (*standing.classes, "", "")
    return {
        "outcome": standing.outcome,
        "kind": standing.kind,
        "class1": classes[0],
        "class2": classes[1],
        "class_code": standing.class_code,
        "district": standing.district,
        "unit_id": standing.unit_id,
        "due_at": standing.due_at or NEVER,
        "turn_at": standing.turn_at or standing.due_at or NEVER,
        "degraded": standing.is_degraded,
        "place_code": standing.place_code,
    }


def get_ticket(connection: Connection, ticket_id: str, *, lock: bool = False) -> StoredTicket:
    """Return one ticket.

    Args:
        lock: keep others from changing it until the transaction ends.

    Raises:
        UnknownTicket: there is none.
    """
    query = select(TICKETS).where(_T.id == ticket_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise UnknownTicket(ticket_id)
    return stored_ticket(row)


def tickets_by_seq(connection: Connection, seqs: Sequence[int]) -> dict[int, StoredTicket]:
    """Return tickets by their numbers."""
    rows = connection.execute(select(TICKETS).where(_T.seq.in_(seqs)))
    return {row.seq: stored_ticket(row) for row in rows}


def change_ticket(
    connection: Connection, ticket: StoredTicket, version: int, values: Values
) -> StoredTicket:
    """Change a ticket that is still at the version which the caller saw.

    Raises:
        VersionConflict: it has changed since.
    """
    if version != ticket.version:
        raise VersionConflict(f"工单 {ticket.ticket.id}", version, ticket.version)
    change = (
        update(TICKETS)
        .where(_T.seq == ticket.seq, _T.version == version)
        .values(version=version + 1, **values)
    )
    if connection.execute(change).rowcount != 1:
        raise VersionConflict(f"工单 {ticket.ticket.id}", version, version + 1)
    row = connection.execute(select(TICKETS).where(_T.seq == ticket.seq)).one()
    return stored_ticket(row)


def page_of_tickets(
    connection: Connection, wanted: TicketFilter, order: Order, after: Mark | None, limit: int
) -> list[StoredTicket]:
    """Return the next tickets of a list, at most `limit`.

    The latest come first, or with order "deadline" those that are due first.
    """
    if wanted.words:
        return _searched_page(connection, wanted, after, limit)
    column, descending = (_T.due_at, False) if order == "deadline" else (_T.received_at, True)
    query = select(TICKETS).where(*_conditions(wanted))
    if after is not None:
        query = query.where(_beyond(column, descending, after.at, after.seq))
    keys = [key.desc() if descending else key.asc() for key in (column, _T.seq)]
    return _all(connection, query.order_by(*keys).limit(limit))


def by_turn(conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:  # Any: columns
    """Return the question for tickets whose turn it is first; parameter `most`: how many."""
    most = bindparam("most", type_=Integer())
    query = select(TICKETS).where(*conditions)
    return query.order_by(_T.turn_at.asc(), _T.seq.asc()).limit(most)


def beyond_turn() -> ColumnElement[bool]:
    """Return the condition that a list by turn goes on after `after_at`, `after_seq`."""
    at, seq = bindparam("after_at", type_=Moment()), bindparam("after_seq", type_=BigNumber)
    return _beyond(_T.turn_at, False, at, seq)


def turn_mark(ticket: StoredTicket) -> Mark:
    """Return where a list by turn goes on after this ticket."""
    return Mark(ticket.standing.turn_at or NEVER, ticket.seq)


def mark_of(ticket: StoredTicket, order: Order) -> Mark:
    """Return where a list goes on after this ticket."""
    if order == "deadline":
        return Mark(ticket.standing.due_at or NEVER, ticket.seq)
    assert ticket.ticket.received_at is not None  # a stored ticket always has a time
    return Mark(ticket.ticket.received_at, ticket.seq)


def _beyond(
    column: ColumnElement[Any],
    descending: bool,
    at: Any,  # Any, here and below: a value or a parameter of SQL
    seq: Any,
) -> ColumnElement[bool]:
    # The first condition alone lets an index find the place; the second is exact.
    if descending:
        return and_(column <= at, or_(column < at, and_(column == at, _T.seq < seq)))
    return and_(column >= at, or_(column > at, and_(column == at, _T.seq > seq)))


def _conditions(wanted: TicketFilter) -> list[ColumnElement[bool]]:
    class_column = {1: _T.class1, 2: _T.class2}.get(wanted.level, _T.class_code)
    equal = (
        (_T.state, wanted.state),
        (_T.unit_id, wanted.unit_id),
        (class_column, wanted.class_code),
        (_T.outcome, wanted.outcome),
    )
    conditions = [column == value for column, value in equal if value]
    if wanted.since is not None:
        conditions.append(_T.received_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(_T.received_at < wanted.until)
    return conditions


def _searched_page(
    connection: Connection, wanted: TicketFilter, after: Mark | None, limit: int
) -> list[StoredTicket]:
    """Walk through the matches from the latest; the order of storing needs no sorting."""
    found = words_table(connection.dialect.name)
    query = (
        select(TICKETS)
        .select_from(found.join(TICKETS, found.c.seq == _T.seq))
        .where(match(connection.dialect.name, wanted.words), *_conditions(wanted))
        .order_by(found.c.seq.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(found.c.seq < after.seq)
    return _all(connection, query)


def tickets_after(connection: Connection, seq: int, limit: int) -> list[StoredTicket]:
    """Return the next tickets in the order of storing."""
    return _all(connection, select(TICKETS).where(_T.seq > seq).order_by(_T.seq).limit(limit))


def first_seq_since(connection: Connection, since: datetime) -> int:
    """Return the number of the first ticket that came in at or after a moment; 0 if none did."""
    query = select(func.min(_T.seq)).where(_T.received_at >= since)
    return connection.execute(query).scalar_one() or 0


def _all(connection: Connection, query: Select[Any]) -> list[StoredTicket]:
    return [stored_ticket(row) for row in connection.execute(query)]


def stored_ticket(row: Row[Any]) -> StoredTicket:  # Any: the columns of TICKETS
    """Return a row of the table as a ticket."""
    classes = dict.fromkeys((row.class1, row.class2, row.class_code))
    return StoredTicket(
        seq=row.seq,
        version=row.version,
        state=row.state,
        ticket=Ticket(
            row.id,
            row.text,
            row.title,
            row.address,
            row.received_at,
            row.caller,
            row.channel,
        ),
        stored_at=row.stored_at,
        standing=Standing(
            row.outcome,
            row.kind,
            tuple(code for code in classes if code),
            row.district,
            row.unit_id,
            None if row.due_at == NEVER else row.due_at,
            row.degraded,
            None if row.turn_at == NEVER else row.turn_at,
            row.place_code,
        ),
        claimed_by=row.claimed_by,
        claimed_until=row.claimed_until,
    )
