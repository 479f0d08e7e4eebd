"""GET /v1/taxonomy: the classes, page by page, one by one, and by what a person types."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from jiesu.serving.api.paging import Cursor, Limit, page
from jiesu.serving.api.problem import UNKNOWN_CLASS, ProblemError
from jiesu.serving.api.state import ReadyEngine, State
from jiesu.serving.doors.access import require
from jiesu.taxonomy.errors import TaxonomyError
from jiesu.taxonomy.tree import Label, LabelTree

router = APIRouter(
    prefix="/v1/taxonomy", dependencies=[require("read_catalogue")], tags=["事项分类"]
)


class ClassItem(BaseModel):
    """One class (事项) in a list."""

    code: str
    name: str
    level: int = Field(description="1 为最高一级")
    parent: str | None = Field(description="上一级的代码")
    path: list[str] = Field(description="从一级到本级的名称")


class ClassPage(BaseModel):
    """One page of classes."""

    version: str = Field(description="分类体系版本")
    items: list[ClassItem]
    next: str | None = Field(description="下一页的翻页标记；没有下一页时为 null")


class Note(BaseModel):
    """A boundary note: when a text belongs elsewhere."""

    when: str
    to: list[str] = Field(description="应看的事项代码")
    text: str


class ClassDetail(ClassItem):
    """One class with all that tells it from its neighbours."""

    definition: str
    boundary: list[Note]
    keywords: list[str]
    kinds: list[str] = Field(description="诉求性质，常见的在前")
    unit_role: str = Field(description="默认承办角色")
    co_roles: list[str] = Field(description="协办角色")
    limit: str = Field(description="办理时限：2h、24h、7d、15d，未规定时为空")
    tag: str = Field(description="七有五性标签")
    examples: list[str]
    children: list[ClassItem] = Field(description="下一级事项")


class Hit(ClassItem):
    """A class that answers a search."""

    by: str = Field(description="凭什么找到：code、name、keyword、pinyin、definition")


class Hits(BaseModel):
    """Classes that answer a search, best first."""

    version: str
    items: list[Hit]


@router.get("", summary="列出事项")
def list_classes(
    engine: ReadyEngine,
    level: Annotated[int | None, Query(ge=1, description="只列这一级")] = None,
    parent: Annotated[str | None, Query(description="只列这个事项的下一级")] = None,
    cursor: Cursor = None,
    limit: Limit = 200,
) -> ClassPage:
    """List the classes in order of code."""
    tree = engine.city.tree
    chosen = [
        label
        for label in tree.labels.values()
        if level in (None, label.level) and parent in (None, label.parent)
    ]
    items, following = page(chosen, lambda label: label.code, cursor, limit)
    return ClassPage(
        version=tree.version, items=[_item(tree, label) for label in items], next=following
    )


@router.get("/search", summary="按代码、名称、关键词、拼音或拼音首字母查找事项")
def search(
    state: State,
    engine: ReadyEngine,
    q: Annotated[str, Query(min_length=1, max_length=100, description="要找的字词")],
    limit: Annotated[int, Query(ge=1, le=100, description="最多几项")] = 20,
) -> Hits:
    """Find classes by what a person types, best first."""
    tree = engine.city.tree
    hits = [
        Hit(**_item(tree, match.label).model_dump(), by=match.by)
        for match in state.search.find(q, limit)
    ]
    return Hits(version=tree.version, items=hits)


@router.get("/{code}", summary="查看一个事项")
def get_class(
    engine: ReadyEngine, code: Annotated[str, Path(max_length=50, description="事项代码")]
) -> ClassDetail:
    """Show one class with definition, boundary, default unit and the classes below it."""
    tree = engine.city.tree
    try:
        label = tree.get(code)
    except TaxonomyError as error:
        raise ProblemError(UNKNOWN_CLASS, str(error)) from None
    notes = [Note(when=note.when, to=list(note.to), text=note.text) for note in label.boundary]
    below = [_item(tree, child) for child in tree.labels.values() if child.parent == code]
    return ClassDetail(
        **_item(tree, label).model_dump(),
        definition=label.definition,
        boundary=notes,
        keywords=list(label.keywords),
        kinds=list(label.kinds),
        unit_role=label.unit_role,
        co_roles=list(label.co_roles),
        limit=label.limit,
        tag=label.tag,
        examples=list(label.examples),
        children=below,
    )


def _item(tree: LabelTree, label: Label) -> ClassItem:
    return ClassItem(
        code=label.code,
        name=label.name,
        level=label.level,
        parent=label.parent,
        path=[part.name for part in tree.path(label.code)],
    )
