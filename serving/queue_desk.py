"""The queues of the desk: what waits, whose turn it is, and what is like the ticket in hand."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from jiesu.router.decision import Decision
from jiesu.serving.choices import TO_UNITS, Choice
from jiesu.serving.desk import OPEN, Desk
from jiesu.serving.store import history, queues, tickets
from jiesu.serving.store.errors import ClaimedByOther, StoreConflict, WrongState
from jiesu.serving.store.queues import QueueName, Seat
from jiesu.serving.store.records import Act, Actor, CallBack, StoredTicket, TicketView
from jiesu.serving.suggestions import Clock
from jiesu.taxonomy.errors import InputError

_TRIES = 8
"""So many heads of a queue are tried before it counts as taken by others."""
_LOOKED_AT = 60
"""So many tickets of the same class are compared with the one in hand."""
_ALIKE = 0.45
"""Two texts share so much of their character pairs when they are near copies (Jaccard)."""
_UNDO = "撤销上一步"


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of a queue, and where the next begins; None at the end."""

    items: tuple[StoredTicket, ...]
    next: tickets.Mark | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Alike:
    """A ticket that resembles another.

    Attributes:
        share: how much of their character pairs the two have in common, in [0, 1].
        call: what its caller said last when called back; None where nobody asked, or yet.
    """

    stored: StoredTicket
    share: float
    call: CallBack | None = None


class QueueDesk:
    """The use cases of queues."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock

    def seat(self, by: str, unit_id: str = "") -> Seat:
        """Return from where a person looks at the queues now."""
        return Seat(by, self._clock(), unit_id)

    def page(
        self, queue: QueueName, seat: Seat, after: tickets.Mark | None, limit: int
    ) -> QueuePage:
        """Return one page of a queue."""
        with self._desk.database.read() as connection:
            found = queues.page_of_queue(connection, queue, seat, after, limit + 1)
        rest = tickets.turn_mark(found[limit - 1]) if len(found) > limit else None
        return QueuePage(tuple(found[:limit]), rest, seat.now)

    def counts(
        self, seat: Seat, names: Sequence[QueueName] = queues.QUEUES
    ) -> Mapping[QueueName, int]:
        """Return how many tickets wait in each queue."""
        with self._desk.database.read() as connection:
            return queues.counts_of_queues(connection, seat, names)

    def last_change(self) -> tuple[int, int]:
        """Return numbers that grow with every act."""
        with self._desk.database.read() as connection:
            return queues.last_change(connection)

    def take_next(self, queue: QueueName, seat: Seat) -> TicketView | None:
        """Claim the first free ticket of a queue; None when there is none.

        Two people never get the same one: whoever comes second finds its version changed, and
        goes on to the next.
        """
        with self._desk.database.read() as connection:
            free = queues.free_tickets(connection, queue, seat, _TRIES)
        for stored in free:
            try:
                return self._desk.claim(stored.ticket.id, stored.version, seat.by)
            except (StoreConflict, ClaimedByOther):
                continue
        return None

    def release(self, ticket_id: str, by: str) -> None:
        """Let go of a claim; nothing happens where this person holds none.

        Raises:
            UnknownTicket: there is no such ticket.
        """
        with self._desk.database.write() as connection:
            stored = tickets.get_ticket(connection, ticket_id, lock=True)
            if stored.holder(self._clock()) != by:
                return
            values = {"claimed_by": "", "claimed_until": None}
            act = Act(self._clock(), Actor("person", by), "release")
            self._desk.changed(connection, stored, stored.version, values, act)

    def undo(self, ticket_id: str, by: str) -> TicketView:
        """Put back to the queue what this person has just decided.

        Raises:
            UnknownTicket: there is no such ticket.
            WrongState: the last act is not this person's decision.
        """
        view = self._desk.view(ticket_id)
        last = view.acts[-1]
        if last.what != "decide" or last.by.name != by:
            raise WrongState(f"工单 {ticket_id} 的上一步不是您的处理，不能撤销")
        stored = view.stored
        if stored.state == "consulting":
            return self._desk.claim(ticket_id, stored.version, by)
        back = self._desk.reopen(ticket_id, stored.version, by, _UNDO)
        return self._desk.claim(ticket_id, back.stored.version, by)

    def alike(self, view: TicketView, limit: int = 12) -> tuple[Alike, ...]:
        """Return open tickets of the same class that say nearly the same, the nearest first."""
        found = self._same_class(view.stored, ("waiting",), limit)
        return tuple(item for item in found if item.share >= _ALIKE)

    def similar(self, view: TicketView, limit: int = 5) -> tuple[Alike, ...]:
        """Return the nearest dispatched or closed tickets of the same class, and how they ended."""
        found = self._same_class(view.stored, ("closed", "dispatched"), limit)
        with self._desk.database.read() as connection:
            calls = [history.call_backs_of(connection, item.stored.seq) for item in found]
        return tuple(
            replace(item, call=said[-1]) if said else item
            for item, said in zip(found, calls, strict=True)
        )

    def like_text(self, text: str, decision: Decision, limit: int = 5) -> tuple[Alike, ...]:
        """Return tickets of the likeliest class that say nearly what is being typed."""
        if not decision.classes:
            return ()
        states = ("waiting", "dispatched", "closed")
        return self._near(text, decision.classes[0].code, states, limit)

    def decide_all(
        self, ids: Iterable[str], by: str, choice: Choice
    ) -> tuple[list[str], dict[str, str]]:
        """Decide several tickets alike, each for itself.

        Returns:
            The ids decided, and id → why not for the others.
        """

        def decide(ticket_id: str) -> None:
            self._desk.decide(ticket_id, self._desk.view(ticket_id).stored.version, by, choice)

        return _each(ids, decide, (StoreConflict,))

    def confirm_all(self, versions: Mapping[str, int], by: str) -> tuple[list[str], dict[str, str]]:
        """Dispatch each ticket to the unit that holds for it, as it was seen.

        Args:
            versions: id → the version that the person saw.

        Returns:
            The ids dispatched, and id → why not for the others.
        """
        return _each(
            versions,
            lambda ticket_id: self._confirm(ticket_id, versions[ticket_id], by),
            (StoreConflict, InputError),
        )

    def undo_all(self, ids: Iterable[str], by: str) -> dict[str, str]:
        """Take back one's own last decision on each ticket and let go of it.

        Returns:
            Id → why not, for those that were not taken back.
        """

        def undo(ticket_id: str) -> None:
            self.undo(ticket_id, by)
            self.release(ticket_id, by)

        return _each(ids, undo, (StoreConflict, InputError))[1]

    def _confirm(self, ticket_id: str, version: int, by: str) -> None:
        standing = self._desk.view(ticket_id).stored.standing
        if standing.outcome not in TO_UNITS:
            raise InputError(f"工单 {ticket_id} 不是建议派单的；请打开它另行处理")
        self._desk.decide(ticket_id, version, by, Choice("dispatch"))

    def consult(
        self, ticket_id: str, version: int, by: str, units: Sequence[str], why: str
    ) -> TicketView:
        """Call units together on a ticket (会商); who was called stands in the history."""
        choice = Choice("consult", why=why or "会商")
        return self._desk.decide(ticket_id, version, by, choice, called=units)

    def _same_class(
        self, stored: StoredTicket, states: Sequence[str], limit: int
    ) -> tuple[Alike, ...]:
        code = stored.standing.class_code
        found = self._near(stored.ticket.text, code, states, limit + 1) if code else ()
        return tuple(item for item in found if item.stored.seq != stored.seq)[:limit]

    def _near(self, text: str, code: str, states: Sequence[str], limit: int) -> tuple[Alike, ...]:
        with self._desk.database.read() as connection:
            found = [
                other
                for state in states
                for other in tickets.page_of_tickets(
                    connection,
                    tickets.TicketFilter(state=state, class_code=code),
                    "received",
                    None,
                    _LOOKED_AT,
                )
            ]
        pairs = _pairs(text)
        ranked = [Alike(other, _jaccard(pairs, _pairs(other.ticket.text))) for other in found]
        return tuple(sorted(ranked, key=lambda item: (-item.share, -item.stored.seq))[:limit])


def _each(
    ids: Iterable[str], act: Callable[[str], None], refusals: tuple[type[Exception], ...]
) -> tuple[list[str], dict[str, str]]:
    """Act on each ticket for itself; return the ids done, and id → why not for the others."""
    done: list[str] = []
    failed: dict[str, str] = {}
    for ticket_id in ids:
        try:
            act(ticket_id)
            done.append(ticket_id)
        except refusals as error:
            failed[ticket_id] = str(error)
    return done, failed


def near_copies(items: Sequence[StoredTicket]) -> Mapping[int, tuple[int, int]]:
    """Find tickets in a list that say nearly the same and would be dispatched alike.

    Returns:
        Number of a ticket → the first ticket of its group, and how many are in it; those that
        stand alone are left out.
    """
    alike: dict[tuple[str, str], list[StoredTicket]] = {}
    for stored in items:
        standing = stored.standing
        if is_open(stored) and standing.class_code and standing.unit_id:
            alike.setdefault((standing.class_code, standing.unit_id), []).append(stored)
    groups: dict[int, list[int]] = {}
    for same in alike.values():
        if len(same) > 1:
            groups |= _grouped(same)
    return {
        seq: (first, len(seqs)) for first, seqs in groups.items() if len(seqs) > 1 for seq in seqs
    }


def _grouped(same: Sequence[StoredTicket]) -> dict[int, list[int]]:
    """Put each ticket to the first one that it resembles."""
    heads: list[tuple[int, frozenset[str]]] = []
    groups: dict[int, list[int]] = {}
    for stored in same:
        pairs = _pairs(stored.ticket.text)
        head = next((seq for seq, known in heads if _jaccard(pairs, known) >= _ALIKE), None)
        if head is None:
            heads.append((stored.seq, pairs))
        groups.setdefault(head or stored.seq, []).append(stored.seq)
    return groups


def is_open(stored: StoredTicket) -> bool:
    """Tell whether a dispatcher has something to do."""
    return stored.state in OPEN


def _pairs(text: str) -> frozenset[str]:
    letters = "".join(filter(str.isalnum, text))
    return frozenset(letters[i : i + 2] for i in range(len(letters) - 1))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0
