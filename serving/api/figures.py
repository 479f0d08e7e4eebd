"""GET /v1/stats: the figures of the dashboard."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from jiesu.serving.api.body import JsonRoute
from jiesu.serving.api.problem import FieldProblem, invalid_fields
from jiesu.serving.api.state import OpenWorkplace, ReadyEngine
from jiesu.serving.doors.access import require
from jiesu.serving.figures import Board, Figures
from jiesu.serving.store.desk_figures import Kept
from jiesu.serving.workplace import china_now
from jiesu.taxonomy.city import City

router = APIRouter(prefix="/v1/stats", tags=["统计"], route_class=JsonRoute)


class CountOut(BaseModel):
    """How many tickets have one value."""

    key: str = Field(description="代码或名称；不知道的为空")
    name: str
    count: int


class KeptOut(BaseModel):
    """How suggestions of one class or unit fared."""

    key: str
    name: str
    decided: int = Field(description="人处理过的件数")
    kept: int = Field(description="其中事项和单位都照建议的")
    returned: int = Field(description="被退单的件数；按事项时为 0")


class CallBacksOut(BaseModel):
    """Call-backs."""

    made: int
    contacted: int
    resolved: int
    satisfied: int


class FiguresOut(BaseModel):
    """The dashboard of the last days."""

    days: int
    total: int = Field(description="受理件数")
    acceptance: float | None = Field(description="处理时照建议的比例；没有人处理过为 null")
    median_seconds: float | None = Field(description="从领取到处理的中位秒数；没有为 null")
    classes: list[CountOut]
    districts: list[CountOut]
    outcomes: list[CountOut]
    hours: list[int] = Field(description="一天 24 小时各受理几件")
    by_class: list[KeptOut]
    by_unit: list[KeptOut]
    call_backs: CallBacksOut


@router.get(
    "",
    dependencies=[require("read_stats")],
    summary="受理量和建议的成效",
    response_model=FiguresOut,
)
def figures(
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    days: Annotated[int, Query(ge=1, le=366, description="最近几天")] = 7,
    label: Annotated[
        str, Query(alias="class", max_length=100, description="只算这个事项的（任一级代码）")
    ] = "",
) -> Response:
    """Return what the dashboard shows."""
    city = engine.city
    if label and label not in city.tree.labels:
        raise invalid_fields([FieldProblem(field="class", message=f"没有代码为 {label!r} 的事项")])
    board = Figures(workplace.database, city, china_now).board(days, label)
    return Response(orjson.dumps(_json(board, city)), media_type="application/json")


def _json(board: Board, city: City) -> dict[str, object]:
    classes = {code: label.name for code, label in city.tree.labels.items()}
    units = {unit.id: unit.name for unit in city.units}
    return {
        "days": board.days,
        "total": board.total,
        "acceptance": board.acceptance,
        "median_seconds": board.seconds,
        "classes": [_count(key, classes.get(key, ""), n) for key, n in board.classes.items()],
        "districts": [_count(key, key, n) for key, n in board.districts.items()],
        "outcomes": [_count(key, key, n) for key, n in board.outcomes.items()],
        "hours": board.hours,
        "by_class": [_kept(item, classes) for item in board.by_class],
        "by_unit": [_kept(item, units) for item in board.by_unit],
        "call_backs": board.call_backs,
    }


def _count(key: str, name: str, count: int) -> dict[str, object]:
    return {"key": key, "name": name, "count": count}


def _kept(item: Kept, names: dict[str, str]) -> dict[str, object]:
    return {
        "key": item.code,
        "name": names.get(item.code, ""),
        "decided": item.decided,
        "kept": item.kept,
        "returned": item.returned,
    }
