"""POST /v1/tickets/{id}/claim | decide | return | reopen | outcome: what people do."""

from fastapi import APIRouter, Response

from jiesu.serving.api.body import JsonRoute
from jiesu.serving.api.state import OpenWorkplace, ReadyEngine
from jiesu.serving.api.store_fields import ItemId, time_of
from jiesu.serving.api.ticket_schemas import (
    ClaimRequest,
    DecideRequest,
    OutcomeRequest,
    ReopenRequest,
    ReturnRequest,
    TicketOut,
)
from jiesu.serving.api.tickets import own_ticket, seen_response
from jiesu.serving.choices import Choice
from jiesu.serving.doors.access import CurrentCaller, require
from jiesu.serving.store.records import CallBack
from jiesu.serving.workplace import china_now

router = APIRouter(prefix="/v1/tickets/{ticket_id}", tags=["工单"], route_class=JsonRoute)


@router.post(
    "/claim", dependencies=[require("work_tickets")], summary="领取工单", response_model=TicketOut
)
def claim(
    ticket_id: ItemId,
    request: ClaimRequest,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
) -> Response:
    """Take a ticket to work on it; the claim ends by itself after a while."""
    by = own_ticket(ticket_id, workplace, caller).acts_as(request.operator)
    view = workplace.desk.claim(ticket_id, request.version, by)
    return seen_response(view, engine, workplace, caller)


@router.post(
    "/decide",
    dependencies=[require("work_tickets")],
    summary="派单、会商或另行处理",
    response_model=TicketOut,
)
def decide(
    ticket_id: ItemId,
    request: DecideRequest,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
) -> Response:
    """Decide a ticket; what had been suggested is kept beside it."""
    by = own_ticket(ticket_id, workplace, caller).acts_as(request.operator)
    choice = Choice(
        request.outcome,
        code=request.code,
        unit_id=request.unit_id,
        kind=request.kind,
        due_at=time_of("deadline", request.deadline),
        why=request.reason,
        place_code=request.place,
    )
    view = workplace.desk.decide(ticket_id, request.version, by, choice)
    return seen_response(view, engine, workplace, caller)


@router.post(
    "/return", dependencies=[require("return_tickets")], summary="退单", response_model=TicketOut
)
def send_back(
    ticket_id: ItemId,
    request: ReturnRequest,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
) -> Response:
    """Return a dispatched ticket to the desk."""
    by = own_ticket(ticket_id, workplace, caller).acts_as(request.operator)
    view = workplace.desk.send_back(
        ticket_id, request.version, by, request.reason, request.right_unit_id
    )
    return seen_response(view, engine, workplace, caller)


@router.post(
    "/reopen", dependencies=[require("work_tickets")], summary="重开工单", response_model=TicketOut
)
def reopen(
    ticket_id: ItemId,
    request: ReopenRequest,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
) -> Response:
    """Put a dispatched or closed ticket back to those that wait."""
    by = own_ticket(ticket_id, workplace, caller).acts_as(request.operator)
    view = workplace.desk.reopen(ticket_id, request.version, by, request.reason)
    return seen_response(view, engine, workplace, caller)


@router.post(
    "/outcome", dependencies=[require("call_back")], summary="记录回访", response_model=TicketOut
)
def outcome(
    ticket_id: ItemId,
    request: OutcomeRequest,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
) -> Response:
    """Record what the caller said when called back."""
    by = own_ticket(ticket_id, workplace, caller).acts_as(request.operator)
    call = CallBack(
        china_now(),
        by,
        request.contacted,
        request.resolved,
        request.satisfied,
        request.note,
    )
    view = workplace.desk.record_outcome(ticket_id, request.version, call)
    return seen_response(view, engine, workplace, caller)
