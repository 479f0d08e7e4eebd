"""GET /v1/units: the bodies that can be assigned a ticket (承办单位)."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from jiesu.serving.api.paging import Cursor, Limit, page
from jiesu.serving.api.state import ReadyEngine
from jiesu.serving.doors.access import require
from jiesu.taxonomy.units import Unit, UnitLevel

router = APIRouter(prefix="/v1/units", dependencies=[require("read_catalogue")], tags=["承办单位"])


class UnitItem(BaseModel):
    """One unit."""

    id: str
    name: str
    roles: list[str] = Field(description="承办角色，主要的在前")
    level: UnitLevel
    region: str = Field(description="所管区划的代码；全市的为空")
    parent: str = Field(description="上级单位编号；没有则为空")
    aliases: list[str]
    hotline: str
    since: date | None = Field(description="起用日期")
    until: date | None = Field(description="停用日期")
    source: str = Field(description="出处；practice, unverified 表示来自惯例、未核实")


class UnitPage(BaseModel):
    """One page of units."""

    items: list[UnitItem]
    next: str | None = Field(description="下一页的翻页标记；没有下一页时为 null")


@router.get("", summary="列出承办单位")
def list_units(
    engine: ReadyEngine,
    role: Annotated[str | None, Query(description="只列有这个承办角色的")] = None,
    region: Annotated[str | None, Query(description="只列管这个区划的（区划代码）")] = None,
    level: Annotated[UnitLevel | None, Query(description="只列这一级的")] = None,
    q: Annotated[str | None, Query(max_length=100, description="名称或别名中的字词")] = None,
    cursor: Cursor = None,
    limit: Limit = 200,
) -> UnitPage:
    """List the units in order of id."""
    chosen = sorted(
        (
            unit
            for unit in engine.city.units
            if role in (None, *unit.roles)
            and region in (None, unit.region)
            and level in (None, unit.level)
            and (not q or any(q in name for name in (unit.name, *unit.aliases)))
        ),
        key=lambda unit: unit.id,
    )
    items, following = page(chosen, lambda unit: unit.id, cursor, limit)
    return UnitPage(items=[_item(unit) for unit in items], next=following)


def _item(unit: Unit) -> UnitItem:
    return UnitItem(
        id=unit.id,
        name=unit.name,
        roles=list(unit.roles),
        level=unit.level,
        region=unit.region,
        parent=unit.parent,
        aliases=list(unit.aliases),
        hotline=unit.hotline,
        since=unit.since,
        until=unit.until,
        source=unit.source,
    )
