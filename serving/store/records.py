"""What the store keeps, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from jiesu.router.decision import Decision
from jiesu.taxonomy.ticket import Ticket

TicketState = Literal["waiting", "consulting", "dispatched", "returned", "closed"]
AlertState = Literal["new", "acknowledged", "in_hand", "closed", "reopened", "merged"]
Detail = Mapping[str, Any]  # Any: JSON values


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something: a person by name, or the model by name and version."""

    kind: Literal["model", "person"]
    name: str


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that was done to a ticket or an alert; never changed afterwards.

    Attributes:
        what: receive, suggest, claim, decide, return, reopen, outcome; for alerts watch,
            acknowledge, take, reply, merge, close, reopen.
        why: the reason that a person gave or the model states; may be empty.
        detail: what changed, as JSON.
    """

    at: datetime
    by: Actor
    what: str
    why: str = ""
    detail: Detail = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for a ticket now, suggested by the model or decided by a person.

    Attributes:
        classes: codes from level 1 down to the leaf; empty where none is known.
        due_at: None where there is no deadline.
        is_degraded: the last suggestion was made while a part did not work.
        turn_at: when it is its turn at the desk; None: at its deadline.
        place_code: region that a person corrected the place to; empty: as suggested.
    """

    outcome: str
    kind: str = ""
    classes: tuple[str, ...] = ()
    district: str = ""
    unit_id: str = ""
    due_at: datetime | None = None
    is_degraded: bool = False
    turn_at: datetime | None = None
    place_code: str = ""

    @property
    def class_code(self) -> str:
        """Code of the leaf; empty where no class is known."""
        return self.classes[-1] if self.classes else ""


@dataclass(frozen=True, slots=True)
class StoredTicket:
    """A ticket in the store.

    Attributes:
        seq: number in the order of intake.
        version: grows by one with every act.
        claimed_by: who works on it; empty, or past `claimed_until`, when nobody does.
    """

    seq: int
    version: int
    state: TicketState
    ticket: Ticket
    stored_at: datetime
    standing: Standing
    claimed_by: str = ""
    claimed_until: datetime | None = None

    def holder(self, now: datetime) -> str:
        """Return who holds the ticket at a moment; empty when nobody does."""
        until = self.claimed_until
        return self.claimed_by if until is not None and until > now else ""


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A suggestion of the model, whole, with what is needed to make it again.

    Attributes:
        number: 1 for the first of its ticket.
        made_at: the `now` that the router was given.
        top_k: how many classes it was asked for.
    """

    number: int
    made_at: datetime
    top_k: int
    decision: Decision


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person decided beside what had been suggested.

    Attributes:
        decision: number of the suggestion that the person saw.
        suggested_place, place: codes of regions; empty where none is known.
    """

    decision: int
    at: datetime
    by: str
    suggested_code: str
    code: str
    suggested_unit_id: str
    unit_id: str
    suggested_outcome: str
    outcome: str
    kind: str
    suggested_kind: str = ""
    suggested_place: str = ""
    place: str = ""
    suggested_due_at: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallBack:
    """What the caller said when called back (回访).

    Attributes:
        resolved, satisfied: None where the caller was not reached or did not say.
    """

    at: datetime
    by: str
    contacted: bool
    resolved: bool | None
    satisfied: bool | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """A mass alert in the store.

    Attributes:
        merged_into: id of the alert that a person or the watch joined it to; empty otherwise.
        body: the alert as the watch described it last, in the shape of `alert_row`.
        members: ids of its tickets in order of intake, with those of alerts merged into it.
        unanswered: those of them that no reply was given to.
    """

    seq: int
    id: str
    version: int
    state: AlertState
    title: str
    heat: float
    is_urgent: bool
    first_at: datetime
    last_at: datetime
    changed_at: datetime
    merged_into: str
    body: Detail
    members: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TicketView:
    """One ticket with everything known of it.

    Attributes:
        holder: who works on it now; empty when nobody does.
        alert_id: the mass alert that it belongs to; None when it belongs to none.
    """

    stored: StoredTicket
    suggestion: StoredDecision
    acts: tuple[Act, ...]
    call_backs: tuple[CallBack, ...]
    holder: str
    alert_id: str | None
