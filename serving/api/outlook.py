"""GET /v1/stats/themes, subdistricts, forecast, words, sensitive, parties (未诉先办)."""

from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Response

from jiesu.router.mass.rules import FILE
from jiesu.serving.api.body import JsonRoute
from jiesu.serving.api.outlook_schemas import (
    ForecastOut,
    PartiesOut,
    SensitiveOut,
    SubdistrictsOut,
    ThemesOut,
    WordsOut,
)
from jiesu.serving.api.problem import NOT_READY, FieldProblem, ProblemError, invalid_fields
from jiesu.serving.api.state import OpenWorkplace, ReadyEngine
from jiesu.serving.doors.access import require
from jiesu.serving.mass.rows import (
    care_json,
    forecast_json,
    party_json,
    sensitive_json,
    theme_json,
    word_json,
)
from jiesu.serving.outlook import OutlookDesk
from jiesu.serving.workplace import china_now

router = APIRouter(
    prefix="/v1/stats",
    dependencies=[require("read_stats")],
    tags=["未诉先办"],
    route_class=JsonRoute,
)

Month = Annotated[
    str | None,
    Query(
        pattern=r"^(19|20)\d\d-(0[1-9]|1[0-2])$", description="月份，如 2026-11；不填取最近一个月"
    ),
]


def outlook_desk(workplace: OpenWorkplace, engine: ReadyEngine) -> OutlookDesk:
    """Return the lists of the city.

    Raises:
        ProblemError: the city has no rules for them.
    """
    if not (engine.city.folder / FILE).is_file():
        raise ProblemError(NOT_READY, f"这座城市的数据中没有 {FILE}，不能给出未诉先办的清单")
    return OutlookDesk(workplace.database, engine.city, china_now)


Outlook = Annotated[OutlookDesk, Depends(outlook_desk)]
Most = Annotated[int, Query(ge=1, le=200, description="最多几项")]


@router.get("/themes", summary="每月一题：候选事项排序", response_model=ThemesOut)
def list_themes(desk: Outlook, month: Month = None, limit: Most = 20) -> Response:
    """Rank the classes that are frequent, growing, common and long unsolved."""
    return _answer([theme_json(row) for row in desk.themes(_month(month), limit)])


@router.get("/subdistricts", summary="治理类街乡镇", response_model=SubdistrictsOut)
def list_subdistricts(desk: Outlook, month: Month = None) -> Response:
    """List the subdistricts under care this month, then those that left the list and why."""
    items = [care_json(row) for row in desk.subdistricts(_month(month))]
    return _answer(items, note=desk.care_note())


@router.get("/forecast", summary="诉求量预测（旁附季节朴素法）", response_model=ForecastOut)
def list_forecasts(
    desk: Outlook,
    engine: ReadyEngine,
    code: Annotated[str, Query(max_length=20, description="事项编码，任一级；不填取最常见的")] = "",
    district: Annotated[str, Query(max_length=40, description="区名；不填为全市")] = "",
    days: Annotated[int, Query(ge=1, le=90, description="预测几天")] = 90,
    limit: Most = 20,
) -> Response:
    """Forecast requests by class, in the city or in one district."""
    if code and code not in engine.city.tree.labels:
        message = f"没有事项 {code}；可用 /v1/taxonomy/search 查编码"
        raise invalid_fields([FieldProblem(field="code", message=message)])
    rows = desk.forecasts(code, district, days=days, most=limit)
    return _answer([forecast_json(row) for row in rows])


@router.get("/words", summary="热词、新词", response_model=WordsOut)
def list_words(
    desk: Outlook,
    days: Annotated[int, Query(ge=1, le=366, description="最近几天，与之前同样多天相比")] = 30,
    limit: Most = 50,
) -> Response:
    """List the words that more texts use than in the period before."""
    return _answer([word_json(row) for row in desk.words(days, limit)])


@router.get("/sensitive", summary="敏感词", response_model=SensitiveOut)
def list_sensitive(
    desk: Outlook,
    days: Annotated[int, Query(ge=1, le=366, description="最近几天")] = 30,
    limit: Annotated[int, Query(ge=1, le=200, description="每个词最多列出几件工单")] = 20,
) -> Response:
    """List the sensitive words that tickets use; the words are data of the city."""
    return _answer([sensitive_json(row) for row in desk.sensitive(days, limit)])


@router.get("/parties", summary="被诉求主体", response_model=PartiesOut)
def list_parties(
    desk: Outlook,
    engine: ReadyEngine,
    days: Annotated[int, Query(ge=1, le=3660, description="最近几天")] = 90,
    limit: Most = 50,
) -> Response:
    """List the complained-about parties with counts, trend and kinds of matters."""
    return _answer([party_json(row, engine.city.tree) for row in desk.parties(days, limit)])


def _month(text: str | None) -> date | None:
    return date(int(text[:4]), int(text[5:]), 1) if text else None


def _answer(items: list[dict[str, Any]], **more: str) -> Response:  # Any: JSON objects
    return Response(orjson.dumps({"items": items, **more}), media_type="application/json")
