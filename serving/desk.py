"""The desk: what people do with a ticket from its intake to the call-back.

Every transaction of these acts begins and ends here; intake has its own, in `reception`. The
clock is given, the store only stores, the router only decides. Each use case leaves an act in the
history: who, what, when, why.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from jiesu.serving.choices import (
    Choice,
    check_choice,
    check_due,
    chosen_standing,
    corrected_detail,
    correction_of,
    decided_detail,
    standing_of,
)
from jiesu.serving.store import history, tickets
from jiesu.serving.store.database import Database
from jiesu.serving.store.errors import ClaimedByOther, WrongState
from jiesu.serving.store.records import (
    Act,
    Actor,
    CallBack,
    StoredTicket,
    TicketState,
    TicketView,
)
from jiesu.serving.suggestions import Clock, Suggester, suggest_act
from jiesu.taxonomy.ticket import Ticket
from jiesu.taxonomy.tree import LabelTree

OPEN: tuple[TicketState, ...] = ("waiting", "consulting", "returned")
"""States in which a dispatcher has something to do."""

_BATCH, _BATCHES = 200, 20
"""A search that hides what is masked looks no further than so many tickets at a time."""

STATE_NAMES = {
    "waiting": "待处理",
    "consulting": "会商中",
    "dispatched": "已派单",
    "returned": "已退回",
    "closed": "已办结",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, and where the next begins; None at the end."""

    items: tuple[StoredTicket, ...]
    next: tickets.Mark | None
    now: datetime


class Desk:
    """The use cases of tickets."""

    def __init__(
        self,
        database: Database,
        suggester: Suggester,
        clock: Clock,
        *,
        lease_seconds: float = 600,
        on_class: Callable[[Ticket, str], object] = lambda ticket, code: None,
    ) -> None:
        """Put the desk together.

        Args:
            lease_seconds: how long a claim lasts.
            on_class: told, once it is stored, of each class that a person confirmed, and with an
                empty one that it is open again.
        """
        self.database = database
        self._suggester = suggester
        self._clock = clock
        self._lease = timedelta(seconds=lease_seconds)
        self._on_class = on_class

    @property
    def tree(self) -> LabelTree:
        """The classes that tickets are decided by."""
        return self._suggester.engine.city.tree

    def suggest(self, ticket_id: str) -> TicketView:
        """Ask the model again, as when it was down at intake; a person's decision stays.

        Raises:
            UnknownTicket: there is no such ticket.
            WrongState: it waits for nobody.
        """
        with self.database.read() as connection:
            stored = tickets.get_ticket(connection, ticket_id)
            last = history.last_decision(connection, stored.seq)
        self._check_state(stored, OPEN, "重新给出建议")
        suggestion = self._suggester.record(stored.ticket, last.number + 1, self._clock())
        standing = standing_of(suggestion.decision, self.tree)
        with self.database.write() as connection:
            is_decided = history.is_corrected(connection, stored.seq)
            values = {} if is_decided else tickets.standing_values(standing)
            changed = tickets.change_ticket(connection, stored, stored.version, values)
            history.add_decision(connection, stored.seq, suggestion)
            history.add_act(connection, stored.seq, suggest_act(suggestion, self._clock()))
            return self.viewed(connection, changed)

    def claim(self, ticket_id: str, version: int, by: str) -> TicketView:
        """Take a ticket to work on it; the claim ends by itself after a while.

        Raises:
            UnknownTicket, VersionConflict, ClaimedByOther, WrongState: nothing was changed.
        """
        until = self._clock() + self._lease
        values = {"claimed_by": by, "claimed_until": until}
        with self.database.write() as connection:
            stored = self.opened(connection, ticket_id, by, OPEN, "领取")
            return self.changed(
                connection,
                stored,
                version,
                values,
                Act(self._clock(), Actor("person", by), "claim", detail={"until": until}),
            )

    def decide(
        self, ticket_id: str, version: int, by: str, choice: Choice, *, called: Sequence[str] = ()
    ) -> TicketView:
        """Decide a ticket: to which unit, or to which other end; what was suggested is kept.

        Args:
            called: units that are called together on it (会商).

        Raises:
            ChoiceError: class or unit cannot be chosen.
            UnknownTicket, VersionConflict, ClaimedByOther, WrongState: nothing was changed.
        """
        now = self._clock()
        check_choice(choice, self._suggester.engine.city, now.date())
        with self.database.write() as connection:
            stored = self.opened(connection, ticket_id, by, OPEN, "派单")
            check_due(choice, stored.ticket.received_at)
            suggestion = history.last_decision(connection, stored.seq)
            standing = chosen_standing(stored.standing, choice, self._suggester.engine.city)
            place = stored.standing.place_code or suggestion.decision.place.code
            correction = correction_of(suggestion, standing, choice, by, now)
            history.add_correction(connection, stored.seq, correction)
            values = {
                **tickets.standing_values(standing),
                "state": choice.state,
                "claimed_by": "",
                "claimed_until": None,
            }
            detail = {
                **decided_detail(choice.outcome, standing),
                **corrected_detail(stored.standing, standing, place),
            }
            person = Actor("person", by)
            acts = [Act(now, person, "decide", choice.why, detail)]
            if called:
                acts.append(Act(now, person, "call_units", choice.why, {"units": list(called)}))
            view = self.changed(connection, stored, version, values, *acts)
        if choice.confirms_class and standing.class_code:
            self._on_class(stored.ticket, standing.class_code)
        return view

    def send_back(
        self, ticket_id: str, version: int, by: str, reason: str, right_unit_id: str = ""
    ) -> TicketView:
        """Return a dispatched ticket to the desk, with the reason and the right unit if known.

        Raises:
            ChoiceError: the unit does not exist.
            UnknownTicket, VersionConflict, WrongState: nothing was changed.
        """
        now = self._clock()
        if right_unit_id:
            named = Choice("dispatch", unit_id=right_unit_id)
            check_choice(named, self._suggester.engine.city, now.date(), field="right_unit_id")
        with self.database.write() as connection:
            stored = self.opened(connection, ticket_id, by, ("dispatched",), "退单")
            detail = {"unit_id": stored.standing.unit_id, "right_unit_id": right_unit_id}
            act = Act(now, Actor("person", by), "return", reason, detail)
            return self.changed(connection, stored, version, {"state": "returned"}, act)

    def reopen(self, ticket_id: str, version: int, by: str, reason: str) -> TicketView:
        """Put a dispatched or closed ticket back to those that wait.

        Raises:
            UnknownTicket, VersionConflict, WrongState: nothing was changed.
        """
        with self.database.write() as connection:
            stored = self.opened(connection, ticket_id, by, ("dispatched", "closed"), "重开")
            act = Act(self._clock(), Actor("person", by), "reopen", reason, {"was": stored.state})
            view = self.changed(connection, stored, version, {"state": "waiting"}, act)
        self._on_class(stored.ticket, "")
        return view

    def record_outcome(self, ticket_id: str, version: int, call: CallBack) -> TicketView:
        """Record what the caller said when called back; a matter that is resolved is closed.

        Args:
            call: its time is set here.

        Raises:
            UnknownTicket, VersionConflict, WrongState: nothing was changed.
        """
        call = replace(call, at=self._clock())
        allowed: tuple[TicketState, ...] = ("dispatched", "closed")
        with self.database.write() as connection:
            stored = self.opened(connection, ticket_id, call.by, allowed, "记录回访")
            history.add_call_back(connection, stored.seq, call)
            detail = {
                "contacted": call.contacted,
                "resolved": call.resolved,
                "satisfied": call.satisfied,
            }
            act = Act(call.at, Actor("person", call.by), "outcome", call.note, detail)
            values = {"state": "closed"} if call.resolved else {}
            return self.changed(connection, stored, version, values, act)

    def view(self, ticket_id: str) -> TicketView:
        """Return one ticket with its history.

        Raises:
            UnknownTicket: there is none.
        """
        with self.database.read() as connection:
            return self.viewed(connection, tickets.get_ticket(connection, ticket_id))

    def page(
        self,
        wanted: tickets.TicketFilter,
        order: tickets.Order,
        after: tickets.Mark | None,
        limit: int,
        may_find: Callable[[StoredTicket], bool] | None = None,
    ) -> Page:
        """Return one page of a list.

        Args:
            may_find: what the others are is told by nothing, not even by a shorter page.
        """
        with self.database.read() as connection:
            if may_find is None:
                found = tickets.page_of_tickets(connection, wanted, order, after, limit + 1)
            else:
                found = _found_openly(connection, wanted, order, after, limit + 1, may_find)
        rest = tickets.mark_of(found[limit - 1], order) if len(found) > limit else None
        return Page(tuple(found[:limit]), rest, self._clock())

    def opened(
        self,
        connection: Connection,
        ticket_id: str,
        by: str,
        allowed: Sequence[TicketState],
        act: str,
    ) -> StoredTicket:
        """Return a ticket that this person may act on now."""
        stored = tickets.get_ticket(connection, ticket_id, lock=True)
        holder = stored.holder(self._clock())
        if holder and holder != by:
            assert stored.claimed_until is not None  # somebody holds it
            raise ClaimedByOther(ticket_id, holder, stored.claimed_until)
        self._check_state(stored, allowed, act)
        return stored

    @staticmethod
    def _check_state(stored: StoredTicket, allowed: Sequence[TicketState], act: str) -> None:
        if stored.state not in allowed:
            names = "、".join(STATE_NAMES[state] for state in allowed)
            raise WrongState(
                f"工单 {stored.ticket.id} {STATE_NAMES[stored.state]}，不能{act}；"
                f"只有{names}的工单可以"
            )

    def changed(
        self,
        connection: Connection,
        stored: StoredTicket,
        version: int,
        values: tickets.Values,
        *acts: Act,
    ) -> TicketView:
        """Change a ticket and leave its acts, inside the caller's transaction."""
        changed = tickets.change_ticket(connection, stored, version, values)
        history.add_acts(connection, stored.seq, acts)
        return self.viewed(connection, changed)

    def viewed(self, connection: Connection, stored: StoredTicket) -> TicketView:
        """Return a ticket with its history, inside the caller's transaction."""
        return TicketView(
            stored,
            history.last_decision(connection, stored.seq),
            tuple(history.acts_of(connection, stored.seq)),
            tuple(history.call_backs_of(connection, stored.seq)),
            stored.holder(self._clock()),
            history.alert_of(connection, stored.seq),
        )


def _found_openly(  # as `Desk.page`, inside one transaction
    connection: Connection,
    wanted: tickets.TicketFilter,
    order: tickets.Order,
    after: tickets.Mark | None,
    limit: int,
    may_find: Callable[[StoredTicket], bool],
) -> list[StoredTicket]:
    found: list[StoredTicket] = []
    for _ in range(_BATCHES):
        batch = tickets.page_of_tickets(connection, wanted, order, after, _BATCH)
        found += filter(may_find, batch)
        if len(found) >= limit or len(batch) < _BATCH:
            break
        after = tickets.mark_of(batch[-1], order)
    return found[:limit]
