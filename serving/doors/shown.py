"""What a caller is shown of a ticket: whose it is, and with or without personal data."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from jiesu.serving.doors.callers import Caller
from jiesu.serving.masking import mask
from jiesu.serving.store.errors import UnknownTicket
from jiesu.serving.store.records import Act, CallBack, StoredTicket, TicketView
from jiesu.serving.store.tickets import searched
from jiesu.serving.store.words import stands_in
from jiesu.taxonomy.ticket import Ticket

HIDDEN_CALLER = "〔来电人〕"


def may_see(stored: StoredTicket, caller: Caller) -> bool:
    """Tell whether a ticket is the caller's to see: a unit sees its own only."""
    return not caller.unit_id or stored.standing.unit_id == caller.unit_id


def findable(words: str, caller: Caller) -> Callable[[StoredTicket], bool] | None:
    """Return which tickets a search may find; None where it may find all.

    Whoever sees texts masked finds what stands in the masked text: a search for a number must not
    tell whether it occurs.
    """
    if not words or caller.may("see_personal"):
        return None
    return lambda stored: stands_in(words, mask(searched(stored.ticket)))


def check_seen(stored: StoredTicket, caller: Caller) -> None:
    """Answer as if a ticket did not exist that is not the caller's to see.

    Raises:
        UnknownTicket: it belongs to another unit.
    """
    if not may_see(stored, caller):
        raise UnknownTicket(stored.ticket.id)


def shown_ticket(ticket: Ticket, caller: Caller) -> Ticket:
    """Return a ticket as the caller may see it."""
    if caller.may("see_personal"):
        return ticket
    return replace(
        ticket,
        text=mask(ticket.text),
        title=mask(ticket.title),
        address=mask(ticket.address),
        caller=HIDDEN_CALLER if ticket.caller else "",
    )


def shown_view(view: TicketView, caller: Caller) -> TicketView:
    """Return a ticket with its history as the caller may see it."""
    if caller.may("see_personal"):
        return view
    return replace(
        view,
        stored=replace(view.stored, ticket=shown_ticket(view.stored.ticket, caller)),
        acts=tuple(_masked_act(act) for act in view.acts),
        call_backs=tuple(_masked_call(call) for call in view.call_backs),
        suggestion=replace(
            view.suggestion,
            # Spans and words point into the text, which is no longer the one that was read.
            decision=replace(
                view.suggestion.decision,
                evidence=(),
                place=replace(view.suggestion.decision.place, span=None),
            ),
        ),
    )


def _masked_act(act: Act) -> Act:
    return replace(act, why=mask(act.why), detail=_masked_values(act.detail))


def _masked_call(call: CallBack) -> CallBack:
    return replace(call, note=mask(call.note))


def _masked_values(detail: Mapping[str, Any]) -> dict[str, Any]:  # Any: JSON values
    return {name: mask(v) if isinstance(v, str) else v for name, v in detail.items()}
