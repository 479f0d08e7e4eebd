"""Mass alerts: the list, one alert with its members, and what is done about it."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from jiesu.router.mass.states import STATE_NAMES
from jiesu.serving.api.state import OpenWorkplace, ReadyEngine
from jiesu.serving.api.store_fields import cursor_of, mark_of
from jiesu.serving.console.rendering import page
from jiesu.serving.desk import OPEN
from jiesu.serving.doors.access import CurrentCaller, require
from jiesu.serving.mass.phrases import growth_of
from jiesu.serving.store.errors import StoreConflict, UnknownAlert
from jiesu.serving.store.records import StoredTicket
from jiesu.serving.workplace import Workplace, china_now
from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import InputError

router = APIRouter(prefix="/alerts", include_in_schema=False)

_PAGE, _MEMBERS = 50, 200

Act = Literal["acknowledge", "take", "reply", "close", "reopen", "merge"]


@router.get("", dependencies=[require("read_alerts")])
def alerts(
    request: Request, workplace: OpenWorkplace, state: str = "", cursor: str = ""
) -> Response:
    """List alerts, those with the latest call first."""
    wanted = state if state in STATE_NAMES else ""
    found = workplace.alerts.page(wanted, mark_of(cursor or None), _PAGE)
    values = {
        "items": found.items,
        "next": cursor_of(found.next),
        "state": wanted,
        "states": STATE_NAMES,
        "now": china_now(),
    }
    return page(request, "alerts.html", values)


@router.get("/{alert_id}", dependencies=[require("read_alerts")])
def alert(
    request: Request, alert_id: str, engine: ReadyEngine, workplace: OpenWorkplace
) -> Response:
    """Show one alert."""
    return alert_page(request, engine.city, workplace, alert_id)


@router.post("/{alert_id}/{act}", dependencies=[require("work_alerts")])
def do_act(
    request: Request,
    alert_id: str,
    act: Act,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
    version: Annotated[int, Form(ge=1)],
    text: Annotated[str, Form(max_length=2000)] = "",
    into: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Do something about an alert, and show it again."""
    desk, by, words = workplace.alerts, caller.name, text.strip()
    acts: dict[Act, Callable[[], object]] = {
        "acknowledge": lambda: desk.acknowledge(alert_id, version, by, words),
        "take": lambda: desk.take(alert_id, version, by, words),
        "reply": lambda: desk.reply(alert_id, version, by, words),
        "close": lambda: desk.close(alert_id, version, by, words),
        "reopen": lambda: desk.reopen(alert_id, version, by, words),
        "merge": lambda: desk.merge(alert_id, into, version, by, words),
    }
    if act in ("reply", "close", "reopen", "merge") and not words:
        return alert_page(request, engine.city, workplace, alert_id, "请写明内容或理由")
    try:
        acts[act]()
    except UnknownAlert as error:
        if not into:
            raise
        return alert_page(request, engine.city, workplace, alert_id, str(error))
    except (StoreConflict, InputError) as error:
        return alert_page(request, engine.city, workplace, alert_id, str(error))
    return RedirectResponse(f"/alerts/{into if act == 'merge' else alert_id}", 303)


def alert_page(
    request: Request, city: City, workplace: Workplace, alert_id: str, problem: str = ""
) -> Response:
    """Return the page of an alert; with a problem it says what could not be done."""
    view = workplace.alerts.view(alert_id)
    body = view.stored.body
    growth = growth_of(body["timeline"])
    members = [
        workplace.desk.view(member).stored for member in view.stored.members[-_MEMBERS:][::-1]
    ]
    waiting = open_members(workplace, alert_id)
    values = {
        "city": city,
        "view": view,
        "alert": view.stored,
        "body": body,
        "growth": [[f"{p.day:%m-%d}", p.count, p.total] for p in growth],
        "members": members,
        "waiting": waiting,
        "usual_unit": usual_unit(waiting),
        "state_names": {**{str(k): v for k, v in STATE_NAMES.items()}, "merged": "已并入"},
        "problem": problem,
        "now": china_now(),
    }
    return page(request, "alert.html", values, 409 if problem else 200)


def open_members(workplace: Workplace, alert_id: str) -> list[StoredTicket]:
    """Return the members of an alert that wait for a dispatcher."""
    members = workplace.alerts.view(alert_id).stored.members
    found = (workplace.desk.view(member).stored for member in members)
    return [stored for stored in found if stored.state in OPEN]


def usual_unit(members: Iterable[StoredTicket]) -> str:
    """Return the unit that most of these tickets have; empty where none has one."""
    units = Counter(stored.standing.unit_id for stored in members if stored.standing.unit_id)
    return units.most_common(1)[0][0] if units else ""
