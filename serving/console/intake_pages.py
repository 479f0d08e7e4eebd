"""The call-taker's page: what is typed is routed while the caller still speaks."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from jiesu.serving.api.state import OpenWorkplace, ReadyEngine, State
from jiesu.serving.console.rendering import page, pieces
from jiesu.serving.doors.access import CurrentCaller, require
from jiesu.serving.intake import check_text
from jiesu.serving.workplace import china_now
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.ticket import Ticket

router = APIRouter(prefix="/intake", include_in_schema=False)

_LEAST = 6
"""Fewer characters say too little to be worth a look."""

Body = Annotated[str, Form(max_length=20_000)]
Field = Annotated[str, Form(max_length=300)]


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form."""

    text: str = ""
    address: str = ""
    caller: str = ""
    channel: str = "电话"


@router.get("", dependencies=[require("take_in")])
async def form(request: Request, done: str = "") -> Response:
    """Show an empty form."""
    return page(request, "intake.html", {"typed": Typed(), "done": done})


@router.post("/suggest", dependencies=[require("take_in")])
def suggest(
    request: Request,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    text: Body = "",
    address: Field = "",
) -> Response:
    """Return class, place, unit and look-alikes for what has been typed so far."""
    if len(text.strip()) < _LEAST:
        return page(request, "intake_side.html", {"decision": None})
    ticket = Ticket("", text, address=address, received_at=china_now())
    decision = workplace.suggester.suggest(ticket, china_now())
    values = {
        "city": engine.city,
        "decision": decision,
        "pieces": pieces(text, decision),
        "classes": decision.classes[:3],
        "leads": [c for c in decision.candidates if c.part == "lead"][:3],
        "knowledge": workplace.knowledge.answers(text, [c.code for c in decision.classes[:3]]),
        "alike": workplace.queues.like_text(text, decision),
        "now": china_now(),
    }
    return page(request, "intake_side.html", values)


@router.post("", dependencies=[require("take_in")])
def take_in(
    request: Request,
    state: State,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
    text: Body = "",
    address: Field = "",
    caller_name: Field = "",
    channel: Field = "电话",
) -> Response:
    """Store the ticket and show an empty form again."""
    try:
        check_text(text, state.settings.max_text_chars)
    except InputError as error:
        typed = Typed(text, address, caller_name, channel)
        return page(request, "intake.html", {"typed": typed, "problem": str(error)}, 422)
    ticket = Ticket("", text.strip(), address=address, caller=caller_name, channel=channel)
    view = workplace.reception.receive(ticket, caller.name)
    return RedirectResponse(f"/intake?done={view.stored.ticket.id}", 303)
