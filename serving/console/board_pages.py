"""The dashboard, the map of the districts, and what comes next."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from jiesu.router.explain import OUTCOME_NAMES
from jiesu.router.mass.outlook import verdict_of
from jiesu.router.mass.rules import FILE
from jiesu.serving.api.state import OpenWorkplace, ReadyEngine
from jiesu.serving.console.rendering import page
from jiesu.serving.console.shapes import read_atlas
from jiesu.serving.doors.access import require
from jiesu.serving.figures import Figures
from jiesu.serving.mass.phrases import KINDS
from jiesu.serving.outlook import OutlookDesk
from jiesu.serving.workplace import china_now
from jiesu.taxonomy.city import City

router = APIRouter(include_in_schema=False)

PERIODS: Mapping[int, str] = {1: "24 小时", 7: "7 天", 30: "30 天", 90: "90 天"}
_SHADES = 6
_TOP = 12
_SHOWN = 10
_FORECASTS = 6

Days = Annotated[int, Query(ge=1, le=366)]
Code = Annotated[str, Query(max_length=20)]
Hour = Annotated[str, Query(max_length=2, pattern=r"^\d{0,2}$")]


@router.get("/board", dependencies=[require("read_stats")])
def board(
    request: Request,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    days: Days = 7,
    code: Code = "",
) -> Response:
    """Show volumes and how suggestions fared."""
    city = engine.city
    found = Figures(workplace.database, city, china_now).board(days, code)
    tree = city.tree
    values = {
        "city": city,
        "board": found,
        "periods": PERIODS,
        "days": days,
        "code": code if code in tree.labels else "",
        "classes": [
            (tree.labels[key].name if key in tree.labels else "未判断", count, key)
            for key, count in _top(found.classes)
        ],
        "districts": [(name or "不详", count) for name, count in _top(found.districts)],
        "outcomes": [
            (OUTCOME_NAMES.get(name, name), count)  # type: ignore[call-overload]
            for name, count in found.outcomes.items()
        ],
        "hours": [[f"{hour} 时", count] for hour, count in enumerate(found.hours)],
        "by_class": found.by_class[:_TOP],
        "by_unit": found.by_unit[:_TOP],
    }
    return page(request, "board.html", values)


@router.get("/map", dependencies=[require("read_stats")])
def districts(
    request: Request,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    days: Days = 7,
    code: Code = "",
    hour: Hour = "",
) -> Response:
    """Show how many tickets each district has."""
    at = int(hour) if hour and int(hour) < 24 else None
    counts = Figures(workplace.database, engine.city, china_now).map(days, code, at)
    values = {
        "city": engine.city,
        "atlas": read_atlas(engine.city.folder),
        "counts": dict(sorted(counts.items(), key=lambda item: -item[1])),
        "shades": _shades(counts),
        "periods": PERIODS,
        "days": days,
        "code": code,
        "hour": at,
        "tops": engine.city.tree.on_level(1),
        "total": sum(counts.values()),
    }
    return page(request, "map.html", values)


@router.get("/outlook", dependencies=[require("read_stats")])
def outlook(request: Request, engine: ReadyEngine, workplace: OpenWorkplace) -> Response:
    """Show what comes next: themes, subdistricts, forecasts, words and parties."""
    if not (engine.city.folder / FILE).is_file():
        return page(request, "outlook.html", {"themes": (), "is_missing": True})
    desk = OutlookDesk(workplace.database, engine.city, china_now)
    forecasts = desk.forecasts(most=_FORECASTS)
    values = {
        "themes": desk.themes(most=_SHOWN),
        "care": desk.subdistricts(),
        "care_note": desk.care_note(),
        "sensitive": [(KINDS.get(row.kind, row.kind), row) for row in desk.sensitive()],
        "forecasts": [(row, verdict_of(row)) for row in forecasts],
        "words": desk.words()[: 2 * _SHOWN],
        "parties": desk.parties()[:_SHOWN],
        "city": engine.city,
        "names": class_names(engine.city),
    }
    return page(request, "outlook.html", values)


def class_names(city: City) -> Mapping[str, str]:
    """Return code → name of all classes."""
    return {code: label.name for code, label in city.tree.labels.items()}


def _top(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return list(counts.items())[:_TOP]


def _shades(counts: Mapping[str, int]) -> Mapping[str, int]:
    """Return district → shade, 1 to 6, by its share of the most; 0 for none."""
    most = max(counts.values(), default=0)
    return {
        name: min(1 + count * _SHADES // (most + 1), _SHADES) if count else 0
        for name, count in counts.items()
    }
