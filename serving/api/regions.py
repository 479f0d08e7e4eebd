"""GET /v1/regions: districts, subdistricts and communities (区划)."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from jiesu.serving.api.paging import Cursor, Limit, page
from jiesu.serving.api.state import ReadyEngine
from jiesu.serving.doors.access import require
from jiesu.taxonomy.regions import Region, RegionLevel

router = APIRouter(prefix="/v1/regions", dependencies=[require("read_catalogue")], tags=["区划"])


class RegionItem(BaseModel):
    """One region."""

    code: str = Field(description="统计用区划代码")
    name: str
    level: RegionLevel
    parent: str = Field(description="上一级区划的代码；区一级为空")
    aliases: list[str]


class RegionPage(BaseModel):
    """One page of regions."""

    items: list[RegionItem]
    next: str | None = Field(description="下一页的翻页标记；没有下一页时为 null")


@router.get("", summary="列出区划")
def list_regions(
    engine: ReadyEngine,
    level: Annotated[RegionLevel | None, Query(description="只列这一级的")] = None,
    parent: Annotated[str | None, Query(description="只列这个区划的下一级")] = None,
    q: Annotated[str | None, Query(max_length=100, description="名称或别名中的字词")] = None,
    cursor: Cursor = None,
    limit: Limit = 200,
) -> RegionPage:
    """List the regions in order of code."""
    chosen = sorted(
        (
            region
            for region in engine.city.regions.values()
            if level in (None, region.level)
            and parent in (None, region.parent)
            and (not q or any(q in name for name in (region.name, *region.aliases)))
        ),
        key=lambda region: region.code,
    )
    items, following = page(chosen, lambda region: region.code, cursor, limit)
    return RegionPage(items=[_item(region) for region in items], next=following)


def _item(region: Region) -> RegionItem:
    return RegionItem(
        code=region.code,
        name=region.name,
        level=region.level,
        parent=region.parent,
        aliases=list(region.aliases),
    )
