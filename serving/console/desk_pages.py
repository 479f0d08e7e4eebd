"""The queues, one ticket on one screen, and type-ahead over classes and units."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from jiesu.serving.api.state import OpenWorkplace, ReadyEngine, State
from jiesu.serving.api.store_fields import cursor_of, mark_of
from jiesu.serving.choices import Choice, check_choice
from jiesu.serving.console.rendering import page
from jiesu.serving.console.ticket_page import ticket_page, unit_options
from jiesu.serving.doors.access import SIGNED_IN, CurrentCaller, require
from jiesu.serving.doors.callers import Caller
from jiesu.serving.doors.shown import check_seen, findable, shown_view
from jiesu.serving.engine import Engine
from jiesu.serving.queue_desk import near_copies
from jiesu.serving.store.queues import COUNTED, QUEUES, QueueName
from jiesu.serving.store.tickets import TicketFilter
from jiesu.serving.store.words import is_searchable
from jiesu.serving.workplace import Workplace

router = APIRouter(include_in_schema=False)

QUEUE_NAMES: dict[QueueName, str] = {
    "mine": "我的",
    "urgent": "紧急",
    "confirm": "待确认",
    "human": "待判断",
    "district": "派到区",
    "other": "另行处理",
    "consult": "会商",
    "returned": "退单",
    "overdue": "逾期",
    "unit": "承办中",
}
UNIT_QUEUES: tuple[QueueName, ...] = ("unit", "overdue")
_PAGE = 50
_FOUND = 12

Text = Annotated[str, Query(max_length=100)]
TicketId = Annotated[str, Form(max_length=100)]


@router.get("/", dependencies=[SIGNED_IN])
async def home(caller: CurrentCaller) -> Response:
    """Go to where the caller works."""
    return RedirectResponse("/desk" if caller.may("read_tickets") else "/account", 303)


@router.get("/desk", dependencies=[require("read_tickets")])
def desk(
    request: Request,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
    queue: QueueName | None = None,
    cursor: Text = "",
    done: Text = "",
    is_part: Annotated[bool, Query(alias="part")] = False,
) -> Response:
    """Show one queue; with `part` only what changes, for the live update."""
    name = queue or ("unit" if caller.unit_id else "confirm")
    return queue_page(
        request,
        engine,
        workplace,
        caller,
        name,
        cursor=cursor,
        extra={"done": done},
        is_part=is_part,
    )


def queue_page(
    request: Request,
    engine: Engine,
    workplace: Workplace,
    caller: Caller,
    name: QueueName,
    *,
    cursor: str = "",
    extra: Mapping[str, object] | None = None,
    is_part: bool = False,
) -> Response:
    """Return the page of a queue.

    Args:
        extra: what is told above the list.
        is_part: only what changes, for the live update.
    """
    seat = workplace.queues.seat(caller.name, caller.unit_id)
    found = workplace.queues.page(name, seat, mark_of(cursor or None), _PAGE)
    values = {
        "city": engine.city,
        "queue": name,
        "queues": _queues(workplace, caller),
        "items": found.items,
        "next": cursor_of(found.next),
        "now": found.now,
        "counted": COUNTED,
        "groups": near_copies(found.items) if caller.may("work_tickets") else {},
        **(extra or {}),
    }
    return page(request, "queue_list.html" if is_part else "desk.html", values)


@router.get("/desk/search", dependencies=[require("read_tickets")])
def search(
    request: Request,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
    q: Text = "",
) -> Response:
    """List tickets in which all the words stand, or the one with this number."""
    words = q.strip()
    wanted = TicketFilter(words=words, unit_id=caller.unit_id)
    is_wide = bool(words) and is_searchable(words)
    may_find = findable(words, caller)
    found = workplace.desk.page(wanted, "received", None, _PAGE, may_find) if is_wide else None
    values = {
        "city": engine.city,
        "queue": "",
        "queues": _queues(workplace, caller),
        "items": found.items if found else (),
        "next": None,
        "now": workplace.queues.seat(caller.name).now,
        "q": words,
        "counted": COUNTED,
    }
    return page(request, "desk.html", values)


@router.get("/desk/requests", dependencies=[require("review_disputes")])
def requests(request: Request, workplace: OpenWorkplace, caller: CurrentCaller) -> Response:
    """List requests for more time that nobody has ruled on."""
    values = {
        "queue": "",
        "queues": _queues(workplace, caller),
        "counted": COUNTED,
        "asked": workplace.answers.requests(),
        "now": workplace.queues.seat(caller.name).now,
    }
    return page(request, "requests.html", values)


@router.post("/desk/next", dependencies=[require("work_tickets")])
def take_next(
    workplace: OpenWorkplace,
    caller: CurrentCaller,
    queue: Annotated[QueueName, Form()],
    done: TicketId = "",
) -> Response:
    """Claim the next free ticket of a queue and open it."""
    return next_page(workplace, caller, queue, done)


def next_page(workplace: Workplace, caller: Caller, queue: QueueName, done: str = "") -> Response:
    """Open the next free ticket of a queue, or the queue where there is none."""
    view = workplace.queues.take_next(queue, workplace.queues.seat(caller.name, caller.unit_id))
    tail = f"&done={done}" if done else ""
    if view is None:
        return RedirectResponse(f"/desk?queue={queue}{tail}", 303)
    return RedirectResponse(f"/tickets/{view.stored.ticket.id}?queue={queue}{tail}", 303)


@router.get("/tickets/{ticket_id}", dependencies=[require("read_tickets")])
def ticket(
    request: Request,
    ticket_id: str,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
    queue: QueueName | None = None,
    done: Text = "",
) -> Response:
    """Show one ticket with all that is known of it."""
    view = workplace.desk.view(ticket_id)
    check_seen(view.stored, caller)
    return ticket_page(request, engine, workplace, caller, view, queue=queue or "", done=done)


@router.get("/tickets/{ticket_id}/print", dependencies=[require("read_tickets")])
def print_ticket(
    request: Request,
    ticket_id: str,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
) -> Response:
    """Show a ticket as a sheet of paper, with room for what the unit did."""
    view = workplace.desk.view(ticket_id)
    check_seen(view.stored, caller)
    if caller.may("see_personal"):
        workplace.doors.record_look(caller, ticket_id)
    shown = shown_view(view, caller)
    values = {
        "city": engine.city,
        "view": shown,
        "stored": shown.stored,
        "ticket": shown.stored.ticket,
        "decision": shown.suggestion.decision,
        "now": workplace.queues.seat(caller.name).now,
    }
    return page(request, "print.html", values)


@router.get("/tickets/{ticket_id}/units", dependencies=[require("work_tickets")])
def units(
    request: Request,
    ticket_id: str,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
    code: Text,
    place: Text = "",
) -> Response:
    """Return the units for a ticket if it is of this class and there, as the rules say."""
    stored = workplace.desk.view(ticket_id).stored
    check_seen(stored, caller)
    now = workplace.queues.seat(caller.name).now
    check_choice(Choice("dispatch", code=code, place_code=place), engine.city, now.date())
    place = place or stored.standing.place_code
    found = workplace.suggester.units_for(stored.ticket, code, now, place)
    return page(request, "ticket_units.html", unit_options(found))


@router.get("/find/classes", dependencies=[require("read_catalogue")])
def find_classes(request: Request, state: State, q: Text = "") -> Response:
    """Return leaves that answer what is typed: Chinese, code, pinyin or its initials."""
    tree = state.engine.city.tree
    found = [match.label for match in state.search.find(q, 4 * _FOUND) if q.strip()]
    leaves = [label for label in found if label.code in tree.leaf_index][:_FOUND]
    return page(request, "found_classes.html", {"city": state.engine.city, "labels": leaves})


@router.get("/find/places", dependencies=[require("read_catalogue")])
def find_places(request: Request, state: State, q: Text = "") -> Response:
    """Return regions that answer what is typed: Chinese, code, pinyin or its initials."""
    regions = state.places.find(q, _FOUND)
    values = {"city": state.engine.city, "regions": regions}
    return page(request, "found_places.html", values)


@router.get("/find/units", dependencies=[require("read_catalogue")])
def find_units(request: Request, engine: ReadyEngine, q: Text = "") -> Response:
    """Return units whose name or alias holds what is typed."""
    words = q.strip()
    units = [
        unit
        for unit in engine.city.units
        if words and (words in unit.name or any(words in alias for alias in unit.aliases))
    ]
    units.sort(key=lambda unit: (not unit.name.startswith(words), len(unit.name)))
    return page(request, "found_units.html", {"units": units[:_FOUND]})


def _queues(workplace: Workplace, caller: Caller) -> list[tuple[QueueName, str, int]]:
    names = UNIT_QUEUES if caller.unit_id else QUEUES
    counts = workplace.queues.counts(workplace.queues.seat(caller.name, caller.unit_id), names)
    return [(name, QUEUE_NAMES[name], counts[name]) for name in names]
