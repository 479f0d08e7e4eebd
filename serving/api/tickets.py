"""POST and GET /v1/tickets: intake, lists, one ticket with its history."""

from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Header, Query, Response

from jiesu.router.decision import Outcome
from jiesu.serving.api.body import JsonRoute
from jiesu.serving.api.items import tickets_of
from jiesu.serving.api.paging import Cursor
from jiesu.serving.api.problem import FieldProblem, invalid_fields
from jiesu.serving.api.state import OpenWorkplace, ReadyEngine, State
from jiesu.serving.api.store_fields import ItemId, cursor_of, mark_of, time_of
from jiesu.serving.api.ticket_schemas import (
    NewTicket,
    TicketOut,
    TicketPage,
    summary_json,
    ticket_json,
)
from jiesu.serving.doors.access import CurrentCaller, require
from jiesu.serving.doors.callers import Caller
from jiesu.serving.doors.shown import check_seen, findable, shown_view
from jiesu.serving.engine import Engine
from jiesu.serving.reception import Render
from jiesu.serving.store.keys import Answer, key_of
from jiesu.serving.store.records import TicketState, TicketView
from jiesu.serving.store.tickets import Order, TicketFilter
from jiesu.serving.store.words import is_searchable
from jiesu.serving.workplace import Workplace
from jiesu.taxonomy.errors import TaxonomyError

router = APIRouter(prefix="/v1/tickets", tags=["工单"], route_class=JsonRoute)

JSON = "application/json"

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        description="同一请求重发时不变的随机串；相同的键只入库一次",
    ),
]
PageSize = Annotated[int, Query(ge=1, le=200, description="每页最多几件")]


@router.post(
    "",
    dependencies=[require("take_in")],
    summary="工单入库并给出派单建议",
    response_model=TicketOut,
    status_code=201,
)
def add_ticket(
    ticket: NewTicket,
    state: State,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Store a ticket with its suggestion; with a key, once however often it is sent."""
    (given,) = tickets_of([ticket], state.settings)
    render = _renderer(state.engine)
    if idempotency_key is None:
        answer, repeated = render(workplace.reception.receive(given, caller.name)), False
    else:
        key = key_of(caller.id, idempotency_key, orjson.dumps(ticket.model_dump()))
        answer, repeated = workplace.reception.receive_once(given, caller.name, key, render)
    stored = orjson.loads(answer.body)
    if not repeated:
        _count(state, stored["decision"])
    return _response(answer, stored["id"], repeated)


def _count(state: State, decision: dict[str, Any]) -> None:  # Any: a decision as JSON
    state.metrics.tickets.labels(decision["outcome"]).inc()
    for part in decision["degraded"]:
        state.metrics.tickets_degraded.labels(part).inc()


def _renderer(engine: Engine) -> Render:
    def render(view: TicketView) -> Answer:
        return Answer(201, orjson.dumps(ticket_json(view, engine.city)).decode())

    return render


def _response(answer: Answer, ticket_id: str, repeated: bool) -> Response:
    headers = {"Location": f"/v1/tickets/{quote(ticket_id)}"}
    if repeated:
        headers["Idempotent-Replayed"] = "true"
    return Response(answer.body, answer.status, headers, JSON)


@router.get(
    "", dependencies=[require("read_tickets")], summary="列出工单", response_model=TicketPage
)
def list_tickets(
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
    state: Annotated[TicketState | None, Query(description="只列这个状态的")] = None,
    unit: Annotated[str, Query(max_length=100, description="只列这个承办单位的（编号）")] = "",
    label: Annotated[
        str, Query(alias="class", max_length=100, description="只列这个事项的（任一级代码）")
    ] = "",
    outcome: Annotated[Outcome | None, Query(description="只列这个结果的")] = None,
    since: Annotated[str | None, Query(description="受理时间不早于")] = None,
    until: Annotated[str | None, Query(description="受理时间早于")] = None,
    text: Annotated[
        str,
        Query(max_length=100, description="标题、内容、地址中的字词，空格隔开的都要有"),
    ] = "",
    order: Annotated[
        Order, Query(description="received 新的在前；deadline 先到期的在前；按字词查找时不用")
    ] = "received",
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Response:
    """List tickets; with words, in the order of storing, latest first."""
    wanted = TicketFilter(
        state=state or "",
        unit_id=caller.unit_id or plain("unit", unit),
        class_code=label,
        level=_level("class", label, engine),
        outcome=outcome or "",
        since=time_of("since", since),
        until=time_of("until", until),
        words=_searchable("text", text),
    )
    may_find = findable(wanted.words, caller)
    page = workplace.desk.page(wanted, order, mark_of(cursor), limit, may_find)
    items = [summary_json(ticket, engine.city, page.now) for ticket in page.items]
    body = orjson.dumps({"items": items, "next": cursor_of(page.next)})
    return Response(body, media_type=JSON)


@router.get(
    "/{ticket_id}",
    dependencies=[require("read_tickets")],
    summary="一件工单及其历史",
    response_model=TicketOut,
)
def get_ticket(
    ticket_id: ItemId, engine: ReadyEngine, workplace: OpenWorkplace, caller: CurrentCaller
) -> Response:
    """Return one ticket with all that is known of it."""
    view = workplace.desk.view(ticket_id)
    check_seen(view.stored, caller)
    return seen_response(view, engine, workplace, caller)


def own_ticket(ticket_id: str, workplace: Workplace, caller: Caller) -> Caller:
    """Let a caller pass who may act on a ticket; one of another unit does not exist for a unit.

    Raises:
        UnknownTicket: it is not there, or not the caller's to see.
    """
    if caller.unit_id:
        check_seen(workplace.desk.view(ticket_id).stored, caller)
    return caller


def seen_response(
    view: TicketView, engine: Engine, workplace: Workplace, caller: Caller
) -> Response:
    """Return a ticket as the caller may see it; a look at personal data is noted."""
    if caller.may("see_personal"):
        workplace.doors.record_look(caller, view.stored.ticket.id)
    body = ticket_json(shown_view(view, caller), engine.city)
    return Response(orjson.dumps(body), media_type=JSON)


def plain(field: str, text: str) -> str:
    """Refuse a character that no database keeps."""
    if "\0" in text:
        raise invalid_fields([FieldProblem(field=field, message="不能含有空字符（U+0000）")])
    return text


def _level(field: str, code: str, engine: Engine) -> int:
    """Return the level of a class, 0 for a leaf or for none."""
    if not code or code in engine.city.tree.leaf_index:
        return 0
    try:
        return engine.city.tree.get(code).level
    except TaxonomyError as error:
        raise invalid_fields([FieldProblem(field=field, message=str(error))]) from None


def _searchable(field: str, text: str) -> str:
    if text and not is_searchable(text):
        message = "没有可查的字词；请写汉字、字母或数字"
        raise invalid_fields([FieldProblem(field=field, message=message)])
    return text
