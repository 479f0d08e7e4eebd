"""Takes out of the store what tells a person; what statistics need stays.

Of an erased ticket remain its id, times, class, unit, outcome and the bare acts. Each function
works inside the caller's transaction.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import orjson
from sqlalchemy import Connection, delete, select, text, update

from jiesu.serving.store.history import decision_body, read_decision
from jiesu.serving.store.tables import (
    ACTS,
    ALERT_MEMBERS,
    ALERTS,
    DECISIONS,
    IDEMPOTENCY_KEYS,
    OUTCOMES,
    TICKETS,
)
from jiesu.serving.store.tickets import searched, stored_ticket
from jiesu.serving.store.words import forget_words
from jiesu.taxonomy.ticket import Ticket

ERASED = "〔已删除〕"
"""Stands where the text was."""

_BATCH = 1000
_CODES = frozenset(
    {
        *("channel", "decision", "degraded", "unit_id", "right_unit_id", "outcome", "code"),
        *("class_code", "kind", "was", "until", "due_at", "deadline", "contacted", "resolved"),
        "satisfied",
    }
)
"""Values of an act that hold no free text."""

_T = TICKETS.c


def tickets_that(
    connection: Connection, matches: Callable[[Ticket], bool], after: int = 0
) -> Iterator[str]:
    """Return the ids of all tickets not yet erased that match, in the order of intake."""
    while True:
        query = select(TICKETS).where(_T.seq > after, _T.text != ERASED)
        rows = connection.execute(query.order_by(_T.seq).limit(_BATCH)).all()
        if not rows:
            return
        yield from (row.id for row in rows if matches(stored_ticket(row).ticket))
        after = rows[-1].seq


def closed_before(connection: Connection, before: datetime) -> list[str]:
    """Return the ids of closed tickets, not yet erased, that came in before a moment."""
    query = select(_T.id).where(_T.state == "closed", _T.received_at < before, _T.text != ERASED)
    return list(connection.execute(query.order_by(_T.received_at)).scalars())


def known_among(connection: Connection, ids: Sequence[str]) -> list[str]:
    """Return those of these ids that there are tickets of."""
    return list(connection.execute(select(_T.id).where(_T.id.in_(ids))).scalars())


def erase(connection: Connection, ids: Sequence[str]) -> None:
    """Erase tickets, at most a few hundred at a time."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA secure_delete = ON"))  # overwrite, not only unlink
    rows = connection.execute(select(TICKETS).where(_T.id.in_(ids))).all()
    seqs = [row.seq for row in rows]
    forget_words(connection, [(row.seq, searched(stored_ticket(row).ticket)) for row in rows])
    emptied = {"text": ERASED, "title": "", "address": "", "caller": ""}
    connection.execute(
        update(TICKETS).where(_T.seq.in_(seqs)).values(version=_T.version + 1, **emptied)
    )
    _erase_decisions(connection, seqs)
    _erase_acts(connection, seqs)
    connection.execute(update(OUTCOMES).where(OUTCOMES.c.ticket_seq.in_(seqs)).values(note=""))
    _erase_samples(connection, seqs, set(ids))


def _erase_decisions(connection: Connection, seqs: Sequence[int]) -> None:
    for row in connection.execute(select(DECISIONS).where(DECISIONS.c.ticket_seq.in_(seqs))).all():
        decision = read_decision(row.body)
        bare = replace(
            decision,
            reasons=(),
            evidence=(),
            place=replace(decision.place, community=None, span=None, alternatives=()),
            candidates=tuple(replace(one, reasons=()) for one in decision.candidates),
        )
        connection.execute(
            update(DECISIONS)
            .where(DECISIONS.c.ticket_seq == row.ticket_seq, DECISIONS.c.number == row.number)
            .values(body=decision_body(bare))
        )


def _erase_acts(connection: Connection, seqs: Sequence[int]) -> None:
    for row in connection.execute(select(ACTS).where(ACTS.c.ticket_seq.in_(seqs))).all():
        detail = {k: v for k, v in orjson.loads(row.detail).items() if k in _CODES}
        values = {"why": "", "detail": orjson.dumps(detail).decode()}
        connection.execute(update(ACTS).where(ACTS.c.seq == row.seq).values(values))


def _erase_samples(connection: Connection, seqs: Sequence[int], ids: Collection[str]) -> None:
    query = (
        select(ALERTS.c.seq, ALERTS.c.body)
        .join(ALERT_MEMBERS, ALERT_MEMBERS.c.alert_seq == ALERTS.c.seq)
        .where(ALERT_MEMBERS.c.ticket_seq.in_(seqs))
        .distinct()
    )
    for row in connection.execute(query).all():
        body = orjson.loads(row.body)
        body["samples"] = [s for s in body.get("samples", []) if s.get("id") not in ids]
        change = update(ALERTS).where(ALERTS.c.seq == row.seq)
        connection.execute(change.values(body=orjson.dumps(body).decode()))


def erase_answers(connection: Connection, ids: Collection[str]) -> None:
    """Delete the kept answers to requests that brought these tickets in."""
    keys = IDEMPOTENCY_KEYS.c
    query = select(keys.scope, keys.key, keys.answer).where(keys.answer.is_not(None))
    gone = [
        (row.scope, row.key)
        for row in connection.execute(query.execution_options(yield_per=_BATCH))
        if orjson.loads(row.answer).get("id") in ids
    ]
    for scope, key in gone:
        connection.execute(delete(IDEMPOTENCY_KEYS).where(keys.scope == scope, keys.key == key))
