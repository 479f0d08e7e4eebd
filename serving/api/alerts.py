"""GET /v1/alerts and what people do about them: mass complaints found by the watch."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Response

from jiesu.serving.alert_desk import AlertView
from jiesu.serving.api.alert_schemas import (
    AcknowledgeRequest,
    AlertOut,
    AlertPageOut,
    CloseRequest,
    MergeRequest,
    ReopenAlertRequest,
    ReplyRequest,
    TakeRequest,
    alert_json,
    alert_summary_json,
)
from jiesu.serving.api.body import JsonRoute
from jiesu.serving.api.paging import Cursor
from jiesu.serving.api.state import OpenWorkplace
from jiesu.serving.api.store_fields import ItemId, cursor_of, mark_of
from jiesu.serving.doors.access import CurrentCaller, require
from jiesu.serving.store.records import AlertState

READ, WORK = require("read_alerts"), require("work_alerts")

router = APIRouter(prefix="/v1/alerts", tags=["群体诉求预警"], route_class=JsonRoute)

PageSize = Annotated[int, Query(ge=1, le=200, description="每页最多几条")]


@router.get("", dependencies=[READ], summary="列出群体诉求预警", response_model=AlertPageOut)
def list_alerts(
    workplace: OpenWorkplace,
    state: Annotated[
        AlertState | None, Query(description="只列这个状态的；不填则列出全部未并入其他的")
    ] = None,
    cursor: Cursor = None,
    limit: PageSize = 50,
) -> Response:
    """List the alerts, those with the latest call first."""
    page = workplace.alerts.page(state or "", mark_of(cursor), limit)
    items = [alert_summary_json(alert) for alert in page.items]
    body = orjson.dumps({"items": items, "next": cursor_of(page.next)})
    return Response(body, media_type="application/json")


@router.get(
    "/{alert_id}", dependencies=[READ], summary="一条预警及其成员和历史", response_model=AlertOut
)
def get_alert(alert_id: ItemId, workplace: OpenWorkplace) -> Response:
    """Return one alert with its members and history."""
    return _response(workplace.alerts.view(alert_id))


@router.post(
    "/{alert_id}/acknowledge", dependencies=[WORK], summary="确认预警", response_model=AlertOut
)
def acknowledge(
    alert_id: ItemId, request: AcknowledgeRequest, workplace: OpenWorkplace, caller: CurrentCaller
) -> Response:
    """Say that somebody has seen the alert and deals with it."""
    return _response(
        workplace.alerts.acknowledge(
            alert_id, request.version, caller.acts_as(request.operator), request.reason
        )
    )


@router.post(
    "/{alert_id}/take", dependencies=[WORK], summary="开始办理预警", response_model=AlertOut
)
def take(
    alert_id: ItemId, request: TakeRequest, workplace: OpenWorkplace, caller: CurrentCaller
) -> Response:
    """Say that the units are at work on it."""
    return _response(
        workplace.alerts.take(
            alert_id, request.version, caller.acts_as(request.operator), request.reason
        )
    )


@router.post(
    "/{alert_id}/reply", dependencies=[WORK], summary="统一答复全部成员", response_model=AlertOut
)
def reply(
    alert_id: ItemId, request: ReplyRequest, workplace: OpenWorkplace, caller: CurrentCaller
) -> Response:
    """Give one reply to all members that have none yet."""
    return _response(
        workplace.alerts.reply(
            alert_id, request.version, caller.acts_as(request.operator), request.text
        )
    )


@router.post(
    "/{alert_id}/merge", dependencies=[WORK], summary="并入另一条预警", response_model=AlertOut
)
def merge(
    alert_id: ItemId, request: MergeRequest, workplace: OpenWorkplace, caller: CurrentCaller
) -> Response:
    """Merge an alert into another; the answer is that other."""
    return _response(
        workplace.alerts.merge(
            alert_id,
            request.into,
            request.version,
            caller.acts_as(request.operator),
            request.reason,
        )
    )


@router.post("/{alert_id}/close", dependencies=[WORK], summary="关闭预警", response_model=AlertOut)
def close(
    alert_id: ItemId, request: CloseRequest, workplace: OpenWorkplace, caller: CurrentCaller
) -> Response:
    """Close an alert; it opens again when more people call."""
    return _response(
        workplace.alerts.close(
            alert_id, request.version, caller.acts_as(request.operator), request.reason
        )
    )


@router.post(
    "/{alert_id}/reopen", dependencies=[WORK], summary="重新打开预警", response_model=AlertOut
)
def reopen(
    alert_id: ItemId, request: ReopenAlertRequest, workplace: OpenWorkplace, caller: CurrentCaller
) -> Response:
    """Open a closed alert again."""
    return _response(
        workplace.alerts.reopen(
            alert_id, request.version, caller.acts_as(request.operator), request.reason
        )
    )


def _response(view: AlertView) -> Response:
    return Response(orjson.dumps(alert_json(view)), media_type="application/json")
