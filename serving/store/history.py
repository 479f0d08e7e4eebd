"""Queries on what happened to a ticket: acts, suggestions, corrections, call-backs.

Everything here is only ever added to. Each function works inside the caller's transaction.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, Table, func, insert, select

from jiesu.router.decision import Decision
from jiesu.serving.store.records import Act, Actor, CallBack, Correction, StoredDecision
from jiesu.serving.store.tables import (
    ACTS,
    ALERT_ACTS,
    ALERT_MEMBERS,
    ALERTS,
    CORRECTIONS,
    DECISIONS,
    OUTCOMES,
    TICKETS,
)

_DECISION = TypeAdapter(Decision)
# Statements that never change are made once: making them takes longer than running them.
_ADD_DECISION = insert(DECISIONS)
_ADD_ACT = insert(ACTS)


def add_decision(connection: Connection, seq: int, stored: StoredDecision) -> None:
    """Keep a suggestion whole, with the versions that it was made from."""
    versions = stored.decision.versions
    row = {
        "ticket_seq": seq,
        "number": stored.number,
        "made_at": stored.made_at,
        "top_k": stored.top_k,
        "model": versions.model,
        "taxonomy": versions.taxonomy,
        "rules": versions.rules,
        "policy": versions.policy,
        "body": decision_body(stored.decision),
    }
    connection.execute(_ADD_DECISION, row)


def decision_body(decision: Decision) -> str:
    """Write a decision with all its parts."""
    return orjson.dumps(decision).decode()


def read_decision(body: str) -> Decision:
    """Read what `decision_body` wrote; the two are equal."""
    return _DECISION.validate_json(body)


def last_decision(connection: Connection, seq: int) -> StoredDecision:
    """Return the latest suggestion of a ticket; every ticket has one."""
    query = select(DECISIONS).where(DECISIONS.c.ticket_seq == seq)
    row = connection.execute(query.order_by(DECISIONS.c.number.desc()).limit(1)).one()
    return _decision(row)


def last_region(connection: Connection, seq: int) -> str:
    """Return the code of the finest region that the latest suggestion read; empty if none.

    Reads no more of the suggestion than that: it is asked for thousands of tickets at once.
    """
    query = select(DECISIONS.c.body).where(DECISIONS.c.ticket_seq == seq)
    body = connection.execute(query.order_by(DECISIONS.c.number.desc()).limit(1)).scalar_one()
    return str(orjson.loads(body)["place"]["code"])


def decisions_of(connection: Connection, seq: int) -> list[StoredDecision]:
    """Return all suggestions of a ticket, oldest first."""
    query = select(DECISIONS).where(DECISIONS.c.ticket_seq == seq).order_by(DECISIONS.c.number)
    return [_decision(row) for row in connection.execute(query)]


def _decision(row: Row[Any]) -> StoredDecision:  # Any: the columns of DECISIONS
    return StoredDecision(row.number, row.made_at, row.top_k, read_decision(row.body))


def add_act(connection: Connection, seq: int, act: Act) -> None:
    """Add one act to the history of a ticket."""
    add_acts(connection, seq, [act])


def add_acts(connection: Connection, seq: int, acts: Sequence[Act]) -> None:
    """Add acts to the history of a ticket, in order."""
    rows = [{"ticket_seq": seq, **_act_values(act)} for act in acts]
    connection.execute(_ADD_ACT, rows)


def add_alert_act(connection: Connection, alert_seq: int, act: Act) -> None:
    """Add one act to the history of an alert."""
    connection.execute(insert(ALERT_ACTS).values(alert_seq=alert_seq, **_act_values(act)))


def acts_of(connection: Connection, seq: int) -> list[Act]:
    """Return the history of a ticket, oldest first."""
    return _acts(connection, ACTS, "ticket_seq", seq)


def alert_acts_of(connection: Connection, alert_seq: int) -> list[Act]:
    """Return the history of an alert, oldest first."""
    return _acts(connection, ALERT_ACTS, "alert_seq", alert_seq)


def _acts(connection: Connection, table: Table, owner: str, seq: int) -> list[Act]:
    rows = connection.execute(select(table).where(table.c[owner] == seq).order_by(table.c.seq))
    return [
        Act(r.at, Actor(r.by_kind, r.by_name), r.what, r.why, orjson.loads(r.detail)) for r in rows
    ]


def _act_values(act: Act) -> dict[str, Any]:  # Any: column values
    return {
        "at": act.at,
        "by_kind": act.by.kind,
        "by_name": act.by.name,
        "what": act.what,
        "why": act.why,
        "detail": orjson.dumps(dict(act.detail)).decode(),
    }


def add_correction(connection: Connection, seq: int, correction: Correction) -> None:
    """Keep what a person decided beside what had been suggested."""
    row = {
        "ticket_seq": seq,
        "decision": correction.decision,
        "at": correction.at,
        "by_name": correction.by,
        "suggested_code": correction.suggested_code,
        "code": correction.code,
        "suggested_unit_id": correction.suggested_unit_id,
        "unit_id": correction.unit_id,
        "suggested_outcome": correction.suggested_outcome,
        "outcome": correction.outcome,
        "kind": correction.kind,
        "suggested_kind": correction.suggested_kind,
        "suggested_place": correction.suggested_place,
        "place": correction.place,
        "suggested_due_at": correction.suggested_due_at,
        "due_at": correction.due_at,
    }
    connection.execute(insert(CORRECTIONS).values(row))


def is_corrected(connection: Connection, seq: int) -> bool:
    """Tell whether a person has decided the ticket before."""
    query = select(CORRECTIONS.c.seq).where(CORRECTIONS.c.ticket_seq == seq).limit(1)
    return connection.execute(query).first() is not None


def correction_rows(connection: Connection, batch: int) -> Iterator[list[Row[Any]]]:
    """Go through the last correction of each ticket with its text and suggestion, in batches."""
    last = select(func.max(CORRECTIONS.c.seq)).group_by(CORRECTIONS.c.ticket_seq)
    query = (
        select(
            CORRECTIONS,
            TICKETS.c.id,
            TICKETS.c.text,
            TICKETS.c.title,
            TICKETS.c.address,
            TICKETS.c.received_at,
            DECISIONS.c.model,
            DECISIONS.c.taxonomy,
            DECISIONS.c.rules,
            DECISIONS.c.policy,
        )
        .join(TICKETS, TICKETS.c.seq == CORRECTIONS.c.ticket_seq)
        .join(
            DECISIONS,
            (DECISIONS.c.ticket_seq == CORRECTIONS.c.ticket_seq)
            & (DECISIONS.c.number == CORRECTIONS.c.decision),
        )
        .where(CORRECTIONS.c.seq.in_(last))
        .order_by(CORRECTIONS.c.seq)
    )
    result = connection.execution_options(yield_per=batch).execute(query)
    for rows in result.partitions():
        yield list(rows)


def add_call_back(connection: Connection, seq: int, call: CallBack) -> None:
    """Keep what the caller said when called back."""
    row = {
        "ticket_seq": seq,
        "at": call.at,
        "by_name": call.by,
        "contacted": call.contacted,
        "resolved": call.resolved,
        "satisfied": call.satisfied,
        "note": call.note,
    }
    connection.execute(insert(OUTCOMES).values(row))


def call_backs_of(connection: Connection, seq: int) -> list[CallBack]:
    """Return all call-backs of a ticket, oldest first."""
    query = select(OUTCOMES).where(OUTCOMES.c.ticket_seq == seq).order_by(OUTCOMES.c.seq)
    return [
        CallBack(r.at, r.by_name, r.contacted, r.resolved, r.satisfied, r.note)
        for r in connection.execute(query)
    ]


def alert_of(connection: Connection, seq: int) -> str | None:
    """Return the id of the alert that a ticket belongs to, after mergers; None if to none."""
    query = (
        select(ALERTS.c.id, ALERTS.c.merged_into)
        .join(ALERT_MEMBERS, ALERT_MEMBERS.c.alert_seq == ALERTS.c.seq)
        .where(ALERT_MEMBERS.c.ticket_seq == seq)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else row.merged_into or row.id
