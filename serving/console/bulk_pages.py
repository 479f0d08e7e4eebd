"""Several tickets at once: confirm near copies from the list, dispatch the members of an alert."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from jiesu.serving.api.state import OpenWorkplace, ReadyEngine
from jiesu.serving.choices import Choice
from jiesu.serving.console.alert_pages import alert_page, open_members
from jiesu.serving.console.desk_pages import queue_page
from jiesu.serving.doors.access import CurrentCaller, require
from jiesu.serving.store.queues import QueueName
from jiesu.taxonomy.errors import InputError

router = APIRouter(include_in_schema=False)

Ids = Annotated[list[str], Form(max_length=200)]
Queue = Annotated[QueueName, Form()]


@router.post("/desk/confirm", dependencies=[require("work_tickets")])
def confirm(
    request: Request,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
    queue: Queue,
    ticked: Ids = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Dispatch each ticket that was ticked to the unit that is suggested for it."""
    done, failed = workplace.queues.confirm_all(_versions(ticked), caller.name)
    values = {"bulk": done, "failed": failed}
    return queue_page(request, engine, workplace, caller, queue, extra=values)


@router.post("/desk/undo", dependencies=[require("work_tickets")])
def undo(
    request: Request,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
    queue: Queue,
    ids: Ids = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Take back several of one's own last decisions, and let go of the tickets."""
    failed = workplace.queues.undo_all(ids, caller.name)
    return queue_page(request, engine, workplace, caller, queue, extra={"failed": failed})


@router.post("/alerts/{alert_id}/dispatch", dependencies=[require("work_tickets")])
def dispatch_members(
    request: Request,
    alert_id: str,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
    unit_id: Annotated[str, Form(max_length=100)] = "",
    why: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Dispatch every member of an alert that still waits to one unit."""
    waiting = open_members(workplace, alert_id)
    if not unit_id:
        return alert_page(request, engine.city, workplace, alert_id, "请选承办单位")
    choice = Choice("dispatch", unit_id=unit_id, why=why.strip() or f"群体诉求 {alert_id}")
    try:
        _, failed = workplace.queues.decide_all(
            [stored.ticket.id for stored in waiting], caller.name, choice
        )
    except InputError as error:
        return alert_page(request, engine.city, workplace, alert_id, str(error))
    if failed:
        told = f"{len(waiting) - len(failed)} 件已派；没有派成的：" + "；".join(failed.values())
        return alert_page(request, engine.city, workplace, alert_id, told)
    return RedirectResponse(f"/alerts/{alert_id}", 303)


def _versions(ticked: Sequence[str]) -> Mapping[str, int]:
    """Read "id version" as the boxes of the list hold it; what is no such pair is left out."""
    pairs = (each.rpartition(" ") for each in ticked)
    return {name: int(version) for name, _, version in pairs if name and version.isdecimal()}
