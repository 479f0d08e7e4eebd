"""The reception: tickets come in, get a suggestion, and are stored, each exactly once.

The suggestion is made before the transaction begins: a slow model never holds the database.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from jiesu.serving.choices import decided_detail, standing_of
from jiesu.serving.store import history, keys, tickets
from jiesu.serving.store.database import Database
from jiesu.serving.store.records import Act, Actor, StoredDecision, TicketState, TicketView
from jiesu.serving.suggestions import Clock, Suggester, suggest_act
from jiesu.serving.times import CHINA_TIME
from jiesu.taxonomy.ticket import Ticket

_KEYS_KEPT = timedelta(days=2)

Render = Callable[[TicketView], keys.Answer]


class Reception:
    """The use cases of intake."""

    def __init__(
        self,
        database: Database,
        suggester: Suggester,
        clock: Clock,
        on_received: Callable[[], None] = lambda: None,
    ) -> None:
        """Put the reception together.

        Args:
            on_received: called after each commit of a new ticket.
        """
        self._database = database
        self._suggester = suggester
        self._clock = clock
        self._on_received = on_received

    def receive(self, ticket: Ticket, by: str) -> TicketView:
        """Take a ticket in and suggest what to do with it.

        Raises:
            TicketExists: its id is taken.
        """
        ticket = self._complete(ticket)
        suggestion = self._suggester.record(ticket, 1, self._clock())
        view = self._database.write_together(
            lambda connection: self._store(connection, ticket, suggestion, by)
        )
        self._on_received()
        return view

    def receive_once(
        self, ticket: Ticket, by: str, key: keys.Key, render: Render
    ) -> tuple[keys.Answer, bool]:
        """Take a ticket in, unless this request was answered before.

        Returns:
            The answer, and whether it is a repeated one.

        Raises:
            TicketExists, KeyInFlight, KeyReused, KeyLost: nothing was stored.
        """
        with self._database.write(durable=False) as connection:
            token = keys.take_key(connection, key, self._clock())
        if isinstance(token, keys.Answer):
            return token, True
        try:
            answer = self._receive_for(ticket, by, key, token, render)
        except BaseException:
            with self._database.write(durable=False) as connection:
                keys.free_key(connection, key, token)
            raise
        self._on_received()
        return answer, False

    def _receive_for(
        self, ticket: Ticket, by: str, key: keys.Key, token: str, render: Render
    ) -> keys.Answer:
        ticket = self._complete(ticket)
        suggestion = self._suggester.record(ticket, 1, self._clock())

        def store(connection: Connection) -> keys.Answer:
            answer = render(self._store(connection, ticket, suggestion, by))
            keys.answer_key(connection, key, token, answer)
            return answer

        return self._database.write_together(store)

    def _complete(self, ticket: Ticket) -> Ticket:
        """Give a ticket an id and a time where it has none; days are those of the country."""
        now = self._clock()
        number = f"{now:%Y%m%d%H%M%S}-{secrets.token_hex(5)}"
        received_at = (ticket.received_at or now).astimezone(CHINA_TIME)
        return replace(ticket, id=ticket.id or number, received_at=received_at)

    def _store(
        self, connection: Connection, ticket: Ticket, suggestion: StoredDecision, by: str
    ) -> TicketView:
        standing = standing_of(suggestion.decision, self._suggester.engine.city.tree)
        is_sent = standing.outcome == "auto" and bool(standing.unit_id)
        state: TicketState = "dispatched" if is_sent else "waiting"
        now = self._clock()
        stored = tickets.add_ticket(connection, ticket, state, standing, now)
        history.add_decision(connection, stored.seq, suggestion)
        acts = [
            Act(now, Actor("person", by), "receive", detail={"channel": ticket.channel}),
            suggest_act(suggestion, now),
        ]
        if is_sent:
            why = "；".join(suggestion.decision.reasons)
            acts.append(Act(now, acts[1].by, "decide", why, decided_detail("dispatch", standing)))
        history.add_acts(connection, stored.seq, acts)
        return TicketView(stored, suggestion, tuple(acts), (), "", None)

    def forget_keys(self) -> int:
        """Delete idempotency keys that nobody will send again; return how many."""
        with self._database.write() as connection:
            return keys.forget_keys(connection, self._clock() - _KEYS_KEPT)
