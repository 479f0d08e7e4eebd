"""Browsers of classes and rules; anyone may try a text on the rules."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from jiesu.router.explain import sentences
from jiesu.router.rules import load_rules
from jiesu.serving.api.state import OpenWorkplace, ReadyEngine, State
from jiesu.serving.console.rendering import page
from jiesu.serving.doors.access import require
from jiesu.serving.times import CHINA_TIME
from jiesu.serving.workplace import china_now
from jiesu.taxonomy.ticket import Ticket

router = APIRouter(include_in_schema=False)

_FOUND = 30

Word = Annotated[str, Query(max_length=100)]


@router.get("/taxonomy", dependencies=[require("read_catalogue")])
def taxonomy(request: Request, state: State, code: Word = "", q: Word = "") -> Response:
    """Show the classes: the tops, the children of one, one leaf, or what a query finds."""
    city = state.engine.city
    label = city.tree.labels.get(code)
    parent = code if label else None
    values = {
        "city": city,
        "label": label,
        "path": city.tree.path(code) if label else (),
        "children": [x for x in city.tree.labels.values() if x.parent == parent],
        "found": [match.label for match in state.search.find(q, _FOUND)] if q.strip() else None,
        "q_class": q,
    }
    return page(request, "taxonomy.html", values)


@router.get("/rules", dependencies=[require("read_catalogue")])
def rules(request: Request, engine: ReadyEngine, file: Word = "") -> Response:
    """Show the rules by field."""
    return _rules_page(request, engine, file=file)


@router.post("/rules/try", dependencies=[require("classify")])
def try_text(
    request: Request,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    text: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Show what the rules say of a text, and why."""
    if not text.strip():
        return _rules_page(request, engine, problem="请写一段诉求")
    now = china_now()
    decision = workplace.suggester.suggest(Ticket("", text, received_at=now), now)
    told = sentences(decision, engine.city.tree, CHINA_TIME)
    return _rules_page(request, engine, text=text, told=told)


def _rules_page(
    request: Request, engine: ReadyEngine, *, file: str = "", **values: object
) -> Response:
    found = load_rules(engine.city.folder)
    files: dict[str, int] = {}
    for rule in found:
        files[rule.file] = files.get(rule.file, 0) + 1
    chosen = file if file in files else next(iter(files), "")
    shown = [rule for rule in found if rule.file == chosen]
    all_values = {"city": engine.city, "files": files, "file": chosen, "rules": shown, **values}
    return page(request, "rules.html", all_values, 422 if values.get("problem") else 200)
