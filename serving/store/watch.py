"""Queries of the policy watch: what happened since, and how the drift test of a policy stands.

Each function works inside the caller's transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Integer, Row, bindparam, func, insert, select, update

from jiesu.serving.store.door_tables import POLICIES
from jiesu.serving.store.policies import Policy
from jiesu.serving.store.records import Act, Actor
from jiesu.serving.store.tables import ACTS, TICKETS
from jiesu.serving.store.watch_tables import POLICY_WATCH

_W = POLICY_WATCH.c


@dataclass(frozen=True, slots=True)
class WatchState:
    """How the drift test of one policy stands.

    Attributes:
        seen: number of the last act that it has read.
        level, decisions, units: as in `DriftTest`.
        withdrawn_at: None while the policy counts.
    """

    seen: int
    level: float = 0.0
    decisions: int = 0
    units: dict[str, float] | None = None
    withdrawn_at: datetime | None = None
    why: str = ""


def last_act(connection: Connection) -> int:
    """Return the number of the latest act; 0 where there is none."""
    return connection.execute(select(func.max(ACTS.c.seq))).scalar_one() or 0


def policy_in_force(connection: Connection) -> Policy | None:
    """Return the policy that was put in force last; None where none was."""
    query = select(POLICIES).order_by(POLICIES.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else Policy(row.name, row.made_at, row.by_name, row.note, row.body)


def watch_state(connection: Connection, policy: str) -> WatchState | None:
    """Return how a policy stands; None where it was never watched."""
    row = connection.execute(select(POLICY_WATCH).where(_W.policy == policy)).first()
    if row is None:
        return None
    state = orjson.loads(row.state)
    return WatchState(row.seen, **state, withdrawn_at=row.withdrawn_at, why=row.why)


def begin_watch(connection: Connection, policy: str) -> WatchState:
    """Watch a policy from the acts that come from now on."""
    state = WatchState(last_act(connection))
    connection.execute(insert(POLICY_WATCH).values(policy=policy, **_values(state)))
    return state


def keep_watch(connection: Connection, policy: str, state: WatchState) -> None:
    """Keep how a policy stands."""
    connection.execute(update(POLICY_WATCH).where(_W.policy == policy).values(_values(state)))


def _values(state: WatchState) -> dict[str, Any]:  # Any: column values
    body = {"level": state.level, "decisions": state.decisions, "units": state.units or {}}
    return {
        "seen": state.seen,
        "state": orjson.dumps(body).decode(),
        "withdrawn_at": state.withdrawn_at,
        "why": state.why,
    }


_ACTS_AFTER = (  # made once: it is asked at every intake
    select(
        ACTS.c.seq,
        ACTS.c.ticket_seq,
        ACTS.c.at,
        ACTS.c.by_kind,
        ACTS.c.what,
        ACTS.c.detail,
        TICKETS.c.id,
        TICKETS.c.title,
        TICKETS.c.text,
        TICKETS.c.class_code,
        TICKETS.c.place_code,
    )
    .join(TICKETS, TICKETS.c.seq == ACTS.c.ticket_seq)
    .where(ACTS.c.seq > bindparam("after"), ACTS.c.what.in_(bindparam("kinds", expanding=True)))
    .order_by(ACTS.c.seq)
    .limit(bindparam("most", type_=Integer))
)


def acts_after(
    connection: Connection, seq: int, what: Sequence[str], limit: int
) -> list[Row[Any]]:  # Any: columns of ACTS and of the ticket
    """Return the next acts of some kinds, each with its ticket, in order."""
    values = {"after": seq, "kinds": what, "most": limit}
    return list(connection.execute(_ACTS_AFTER, values))


def first_act_since(connection: Connection, since: datetime) -> int:
    """Return a number such that every act since a moment has a greater one."""
    query = select(func.max(ACTS.c.seq)).where(ACTS.c.at < since)
    return connection.execute(query).scalar_one() or 0


def acts_until(connection: Connection, ticket_seq: int, seq: int) -> list[Act]:
    """Return the acts of a ticket up to one of them, oldest first."""
    query = select(ACTS).where(ACTS.c.ticket_seq == ticket_seq, ACTS.c.seq <= seq)
    return [
        Act(r.at, Actor(r.by_kind, r.by_name), r.what, r.why, orjson.loads(r.detail))
        for r in connection.execute(query.order_by(ACTS.c.seq))
    ]
