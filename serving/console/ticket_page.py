"""One ticket on one screen."""

from collections.abc import Sequence
from dataclasses import replace

from fastapi import Request, Response

from jiesu.router.decision import Candidate, Decision
from jiesu.serving.console.rendering import page, pieces, shown_span
from jiesu.serving.doors.callers import Caller
from jiesu.serving.doors.shown import shown_view
from jiesu.serving.engine import Engine
from jiesu.serving.queue_desk import is_open
from jiesu.serving.store.knowledge import Entry
from jiesu.serving.store.records import Act, TicketView
from jiesu.serving.unit_desk import open_request
from jiesu.serving.workplace import Workplace

_CLASSES, _LEADS, _UNITS_LISTED = 5, 4, 8
_CITED = 3
"""Classes whose knowledge entries are offered."""


def ticket_page(
    request: Request,
    engine: Engine,
    workplace: Workplace,
    caller: Caller,
    view: TicketView,
    *,
    queue: str = "",
    done: str = "",
    problem: str = "",
) -> Response:
    """Return the page of a ticket; with a problem it says what could not be done."""
    shown = shown_view(view, caller)
    if caller.may("see_personal"):
        workplace.doors.record_look(caller, view.stored.ticket.id)
    decision, ticket = shown.suggestion.decision, shown.stored.ticket
    returned = _last_act(shown, "return") if view.stored.state == "returned" else None
    can_decide = caller.may("work_tickets") and is_open(view.stored)
    values = {
        "city": engine.city,
        "view": shown,
        "stored": shown.stored,
        "ticket": ticket,
        "decision": decision,
        "pieces": pieces(ticket.text, _marked(workplace, view, shown)),
        "classes": decision.classes[:_CLASSES],
        **unit_options(decision.candidates, shown.stored.standing.unit_id),
        "now": workplace.queues.seat(caller.name).now,
        "queue": queue,
        "done": done,
        "problem": problem,
        "can_decide": can_decide,
        "returned": returned,
        "named_unit": returned.detail.get("right_unit_id", "") if returned else "",
        "called": _last_act(shown, "call_units") if view.stored.state == "consulting" else None,
        "is_mine": view.holder == caller.name,
        "asked": open_request(view),
        "alert": workplace.alerts.view(view.alert_id) if view.alert_id else None,
        "alike": workplace.queues.alike(view) if can_decide else (),
        "knowledge": _knowledge(workplace, caller, shown),
        "similar": workplace.queues.similar(view) if not caller.unit_id else (),
    }
    return page(request, "ticket.html", values, 409 if problem else 200)


def _knowledge(workplace: Workplace, caller: Caller, view: TicketView) -> Sequence[Entry]:
    """Return entries that may be cited in an answer, where the ticket still needs one."""
    if view.stored.state == "closed" or not caller.may("read_knowledge"):
        return ()
    codes = [ranked.code for ranked in view.suggestion.decision.classes[:_CITED]]
    held = view.stored.standing.class_code
    text = view.stored.ticket.full_text()
    return workplace.knowledge.answers(text, list(dict.fromkeys([*([held] * bool(held)), *codes])))


def _last_act(view: TicketView, what: str) -> Act | None:
    return next((act for act in reversed(view.acts) if act.what == what), None)


def _marked(workplace: Workplace, view: TicketView, shown: TicketView) -> Decision:
    """Return the suggestion with its evidence and place as they stand in the text that is shown."""
    decision, ticket = shown.suggestion.decision, shown.stored.ticket
    evidence = decision.evidence
    if not evidence and decision.classes:
        evidence = workplace.suggester.evidence(ticket, decision.classes[0].code)
    whole = view.suggestion.decision.place.span
    span = shown_span(view.stored.ticket.text, ticket.text, whole)
    return replace(decision, evidence=evidence, place=replace(decision.place, span=span))


def unit_options(candidates: Sequence[Candidate], unit_id: str = "") -> dict[str, object]:
    """Return the units that can be chosen, the one that is, and those that assist."""
    leads = [c for c in candidates if c.part == "lead" and c.unit_id][:_LEADS]
    others = [c for c in candidates if c.part != "lead"][:_UNITS_LISTED]
    offered = [unit.unit_id for unit in leads]
    chosen = unit_id if unit_id in offered else next(iter(offered), "")
    return {"leads": leads, "others": others, "chosen_unit": chosen}
