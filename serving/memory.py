"""Reads what people did since the last look, so that it counts in the next suggestion.

From the acts in the store it keeps two things up to date: the experience (units that settled or
sent back tickets), and the watch on the certified policy, which it withdraws when the drift test
fires. The state of the watch lies in the store: it outlives a restart, and all processes on one
database share it. A decision is never changed by this afterwards, only those to come.
"""

import logging
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Row

from jiesu.router.decision import Decision
from jiesu.router.dispatch_policy import DispatchPolicy, PolicyError, parse_policy
from jiesu.router.experience import REMEMBERED, Settlement
from jiesu.router.repeats import RepeatReader
from jiesu.serving.engine import Engine
from jiesu.serving.log import LOGGER
from jiesu.serving.policy_watch import JUDGING, state_of, test_of, verdict_of
from jiesu.serving.repeat_calls import RepeatCalls
from jiesu.serving.store import history, watch
from jiesu.serving.store.database import Database
from jiesu.serving.suggestions import Clock
from jiesu.taxonomy.ticket import Ticket

_REMEMBERING = ("decide", "return")
_BATCH = 1000
_MOST_ACTS = 20_000
"""So many acts are read at the start; older ones are what `jiesu train --unit` is for."""
_LATE = 1000
"""On PostgreSQL an act may be committed after so many with greater numbers."""
_LOOK = timedelta(seconds=2)
"""How often the store is asked for another policy or for what other processes withdrew."""

log = logging.getLogger(LOGGER)


class Memory:
    """Keeps an engine's experience and policy up to date with the store."""

    def __init__(self, database: Database, engine: Engine, clock: Clock) -> None:
        self.problem = ""
        self._database = database
        self._engine = engine
        self._clock = clock
        self._repeats = RepeatCalls(database, RepeatReader.from_city(engine.city))
        self._given = engine.lately.dispatch
        self._seen: int | None = None
        self._taken: set[int] = set()
        self._looked_at: datetime | None = None
        self._guard = threading.Lock()
        self._begun = self._done = 0

    def catch_up(self) -> None:
        """Take in what happened since the last look.

        Of several that ask while one looks, the next looks for all of them: its look begins after
        they asked.
        """
        wanted = self._begun + 1
        with self._guard:
            if self._done >= wanted:
                return
            self._begun += 1
            self._look()
            self._done = self._begun

    def _look(self) -> None:
        with self._database.read() as connection:
            self._remember(connection)
            self._take_policy(connection)
        if self._engine.lately.dispatch is not None:
            self._watch(self._engine.lately.dispatch)

    def watched(self) -> tuple[str, int, float]:
        """Return version, judged suggestions and level of the drift test; empty for no policy."""
        policy = self._engine.lately.dispatch
        if policy is None:
            return "", 0, 0.0
        with self._database.read() as connection:
            state = watch.watch_state(connection, policy.version)
        return (policy.version, state.decisions, state.level) if state else (policy.version, 0, 0.0)

    def marked(self, ticket: Ticket, decision: Decision, now: datetime) -> Decision:
        """Return the suggestion, with an earlier ticket of the caller on the same matter named."""
        return self._repeats.marked(ticket, decision, now)

    def _remember(self, connection: Connection) -> None:
        if self._seen is None:
            since = watch.first_act_since(connection, self._clock() - REMEMBERED)
            self._seen = max(since, watch.last_act(connection) - _MOST_ACTS)
        last = watch.last_act(connection)
        while rows := self._next(connection, self._seen):
            found = [_settlement(connection, row) for row in rows if _is_settlement(row)]
            if found:
                lately = self._engine.lately
                lately.experience = lately.experience.with_new(found)
        # What is no settlement was seen too: else the same thousands are passed at each intake.
        self._seen = max(self._seen, last)

    def _next(self, connection: Connection, seen: int) -> list[Row[Any]]:  # Any: `acts_after`
        """Return the next acts; one that was committed after a later one is not passed over."""
        rows = watch.acts_after(connection, max(0, seen - _LATE), _REMEMBERING, _BATCH)
        fresh = [row for row in rows if row.seq not in self._taken]
        if fresh:
            self._seen = max(seen, fresh[-1].seq)
            taken = self._taken.union(row.seq for row in fresh)
            self._taken = {seq for seq in taken if seq > self._seen - _LATE}
        return fresh

    def _take_policy(self, connection: Connection) -> None:
        """Heed the policy that was put in force in the store, else the one of the settings."""
        now = self._clock()
        if self._looked_at is not None and now - self._looked_at < _LOOK:
            return
        self._looked_at = now
        stored = watch.policy_in_force(connection)
        policy, self.problem = self._given, ""
        if stored is not None:
            try:
                policy = parse_policy(stored.body, f"策略 {stored.name}")
            except PolicyError as error:
                policy, self.problem = None, str(error)
        state = watch.watch_state(connection, policy.version) if policy else None
        self._engine.lately.dispatch = _as_it_stands(policy, state)

    def _watch(self, policy: DispatchPolicy) -> None:
        """Let the drift test of a policy see the acts that it has not seen."""
        if policy.withdrawn:
            return
        with self._database.read() as connection:
            state = watch.watch_state(connection, policy.version)
            if state and not watch.acts_after(connection, state.seen, JUDGING, 1):
                return
        with self._database.write() as connection:
            state = watch.watch_state(connection, policy.version)
            if state is None:
                watch.begin_watch(connection, policy.version)
                return
            state = _tested(connection, policy, state)
            watch.keep_watch(connection, policy.version, state)
        self._engine.lately.dispatch = _as_it_stands(policy, state)


def _as_it_stands(
    policy: DispatchPolicy | None, state: watch.WatchState | None
) -> DispatchPolicy | None:
    if policy is None or state is None or state.withdrawn_at is None:
        return policy
    return policy.withdraw(state.withdrawn_at, state.why)


def _tested(
    connection: Connection, policy: DispatchPolicy, state: watch.WatchState
) -> watch.WatchState:
    test = test_of(policy.drift, state)
    for row in watch.acts_after(connection, state.seen, JUDGING, _BATCH):
        state = replace(state, seen=row.seq)
        decisions = history.decisions_of(connection, row.ticket_seq)
        verdict = verdict_of(
            watch.acts_until(connection, row.ticket_seq, row.seq),
            {stored.number: stored.decision for stored in decisions},
            policy.version,
        )
        if verdict is None:
            continue
        test = test.seen(verdict.unit_id, verdict.p, verdict.was_right)
        if test.has_fired:
            why = f"漂移检验报警：看过 {test.decisions} 件确认和退单，错派明显多于认证时"
            log.warning("policy %s withdrawn: drift after %s", policy.version, test.decisions)
            return replace(state_of(test, state), withdrawn_at=row.at, why=why)
    return state_of(test, state)


def _is_settlement(row: Row[Any]) -> bool:  # Any: columns of `acts_after`
    detail = orjson.loads(row.detail)
    if row.what == "return":
        return bool(detail.get("unit_id"))
    person_sent = row.by_kind == "person" and detail.get("outcome") == "dispatch"
    return person_sent and bool(detail.get("unit_id"))


def _settlement(connection: Connection, row: Row[Any]) -> Settlement:  # Any: as above
    detail = orjson.loads(row.detail)
    return Settlement(
        ticket_id=row.id,
        text=f"{row.title}。{row.text}" if row.title else row.text,
        code=detail.get("code") or row.class_code,
        region=row.place_code or history.last_region(connection, row.ticket_seq),
        unit_id=detail["unit_id"],
        at=row.at,
        was_returned=row.what == "return",
        right_unit_id=detail.get("right_unit_id", ""),
    )
