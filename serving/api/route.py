"""POST /v1/route: tickets → decisions; stores nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import anyio
import orjson
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from jiesu.router.decision import Decision, Outcome, Part, ReasonType
from jiesu.serving.api.body import JsonRoute
from jiesu.serving.api.items import TicketItem, tickets_of
from jiesu.serving.api.state import ReadyEngine, State
from jiesu.serving.decisions import decision_json
from jiesu.serving.doors.access import require
from jiesu.serving.times import CHINA_TIME
from jiesu.taxonomy.ticket import Kind, Urgency

router = APIRouter(dependencies=[require("classify")], tags=["分类与派单"], route_class=JsonRoute)

Probability = Annotated[float, Field(ge=0, le=1)]


class RankedClassOut(BaseModel):
    """One class with its path."""

    code: str
    path: list[str] = Field(description="从一级到末级的名称")
    p: list[Probability] = Field(description="路径上每一级的校准概率")


class PlaceOut(BaseModel):
    """Where the matter is, as far as the text tells."""

    district: str | None
    subdistrict: str | None
    community: str | None
    p: Probability
    span: list[int] | None = Field(
        description="读出地点的字在文本中的起止位置 [起, 止)", min_length=2, max_length=2
    )


class ReasonOut(BaseModel):
    """Why a unit is suggested."""

    type: ReasonType
    text: str
    source: str = Field(description="出处：法规条款、规则文件或“惯例，未核实”")


class CandidateOut(BaseModel):
    """A unit that may act."""

    unit_id: str
    unit: str
    unit_role: str
    part: Part = Field(description="lead 主办、assist 协办、copy 抄送")
    p: Probability
    reasons: list[ReasonOut]


class EvidenceOut(BaseModel):
    """Words that speak for or against the first class."""

    start: int
    end: int
    weight: float


class GateOut(BaseModel):
    """What let the decision through or held it back."""

    threshold: float | None
    guarantee: str
    policy: str


class VersionsOut(BaseModel):
    """Versions of everything that the decision was made from."""

    model: str
    taxonomy: str
    rules: str
    policy: str


class DecisionOut(BaseModel):
    """What jiesu suggests for one ticket."""

    model_config = ConfigDict(extra="forbid")

    ticket_id: str
    outcome: Outcome
    classes: list[RankedClassOut]
    kind: Kind | Literal[""] = Field(description="诉求性质；没有模型时可能为空")
    urgency: Urgency
    deadline: datetime | None
    place: PlaceOut
    candidates: list[CandidateOut]
    evidence: list[EvidenceOut]
    similar: list[str]
    mass_alert: str | None
    gate: GateOut
    versions: VersionsOut
    degraded: list[str] = Field(description="没有工作的部分，如 model；都正常时为空")
    reasons: list[str] = Field(description="为什么是这个结果，一条一句")
    limit: str = Field(description="时限：2h、24h、7d、15d；没有规定时为空")


class RouteRequest(BaseModel):
    """Tickets to decide together."""

    model_config = ConfigDict(extra="forbid")

    items: list[TicketItem]
    top_k: Annotated[int, Field(ge=1, le=50)] | None = Field(
        None, description="每条给出几个候选事项；不填按服务设置", examples=[3]
    )


class RouteResponse(BaseModel):
    """A decision for each ticket, in the order of the request."""

    items: list[DecisionOut]


@router.post("/v1/route", summary="诉求派单建议", response_model=RouteResponse)
async def route(request: RouteRequest, state: State, engine: ReadyEngine) -> Response:
    """Suggest class, place, unit, outcome and deadline for each ticket; stores nothing."""
    tickets = tickets_of(request.items, state.settings)
    top_k = request.top_k or state.settings.top_k
    now = datetime.now(CHINA_TIME).replace(microsecond=0)
    decisions = await anyio.to_thread.run_sync(
        engine.route, tickets, now, top_k, limiter=state.limiter
    )
    _count(state, decisions)
    items = [decision_json(decision, engine.city.tree) for decision in decisions]
    return Response(orjson.dumps({"items": items}), media_type="application/json")


def _count(state: State, decisions: Sequence[Decision]) -> None:
    for decision in decisions:
        state.metrics.tickets.labels(decision.outcome).inc()
        for part in decision.degraded:
            state.metrics.tickets_degraded.labels(part).inc()
