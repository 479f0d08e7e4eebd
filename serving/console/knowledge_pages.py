"""The knowledge base: search, read, write."""

import secrets
from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from jiesu.serving.api.state import OpenWorkplace, ReadyEngine
from jiesu.serving.console.rendering import page
from jiesu.serving.doors.access import CurrentCaller, require
from jiesu.serving.engine import Engine
from jiesu.serving.store.errors import StoreConflict
from jiesu.serving.store.knowledge import Entry
from jiesu.serving.times import CHINA_TIME
from jiesu.serving.workplace import Workplace, china_now
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.ticket import Ticket

router = APIRouter(prefix="/knowledge", include_in_schema=False)

# Fewer characters have no class.
_LEAST_MEANING = 4
Line = Annotated[str, Form(max_length=300)]


@router.get("", dependencies=[require("read_knowledge")])
def entries(
    request: Request, engine: ReadyEngine, workplace: OpenWorkplace, q: str = ""
) -> Response:
    """List entries, or what a search finds by its words and by what they mean."""
    q = q[:100]
    found = workplace.knowledge.find(q)
    values = {"entries": found, "alike": _alike(engine, workplace, q, found), "q_entry": q}
    return page(request, "knowledge.html", values)


def _alike(engine: Engine, workplace: Workplace, q: str, found: list[Entry]) -> list[Entry]:
    if len(q.strip()) < _LEAST_MEANING:
        return []
    decision = workplace.suggester.suggest(Ticket("", q), china_now())
    return workplace.knowledge.alike(q, decision.classes, engine.city.tree, found)


@router.get("/new", dependencies=[require("edit_knowledge")])
async def new(request: Request, engine: ReadyEngine) -> Response:
    """Show an empty form."""
    return _entry_page(request, engine, Entry("", "", ""), is_new=True)


@router.get("/{entry_id}", dependencies=[require("read_knowledge")])
def entry(
    request: Request, entry_id: str, engine: ReadyEngine, workplace: OpenWorkplace
) -> Response:
    """Show one entry, with a form for those who may change it."""
    return _entry_page(request, engine, workplace.knowledge.entry(entry_id))


@router.post("", dependencies=[require("edit_knowledge")])
def keep(
    request: Request,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
    title: Line = "",
    text: Annotated[str, Form(max_length=20_000)] = "",
    source: Line = "",
    class_code: Line = "",
    entry_id: Line = "",
    version: Annotated[int, Form(ge=0)] = 0,
    valid_from: Line = "",
    valid_until: Line = "",
) -> Response:
    """Store or change an entry."""
    name = entry_id or f"K-{china_now():%Y%m%d}-{secrets.token_hex(3)}"
    draft = Entry(
        name,
        title.strip(),
        text.strip(),
        source.strip(),
        class_code.strip(),
        valid_from=_midnight(valid_from),
        valid_until=_midnight(valid_until),
    )
    try:
        workplace.knowledge.keep(draft, caller.name, version)
    except (StoreConflict, InputError) as error:
        return _entry_page(request, engine, draft, is_new=not version, problem=str(error))
    return RedirectResponse(f"/knowledge/{name}", 303)


def _entry_page(
    request: Request,
    engine: ReadyEngine,
    shown: Entry,
    *,
    is_new: bool = False,
    problem: str = "",
) -> Response:
    values = {
        "entry": shown,
        "is_new": is_new,
        "problem": problem,
        "city": engine.city,
        "now": china_now(),
    }
    return page(request, "entry.html", values, 409 if problem else 200)


def _midnight(day: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), time(), CHINA_TIME) if day else None
    except ValueError:
        return None
