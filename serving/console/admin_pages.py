"""Users, keys and the audit, for administrators."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from jiesu.serving.api.state import OpenWorkplace, ReadyEngine
from jiesu.serving.console.rendering import page
from jiesu.serving.doors.access import CurrentCaller, require
from jiesu.serving.doors.register import plain_user
from jiesu.serving.doors.rights import PROGRAM_RIGHTS, RIGHT_NAMES, RIGHTS, ROLE_NAMES
from jiesu.serving.store.errors import StoreConflict
from jiesu.serving.workplace import Workplace, china_now
from jiesu.taxonomy.errors import InputError

router = APIRouter(prefix="/admin", include_in_schema=False)

_ENTRIES = 100

Line = Annotated[str, Form(max_length=200)]


@router.get("/users", dependencies=[require("manage_users")])
def users(request: Request, workplace: OpenWorkplace) -> Response:
    """List users."""
    return _users_page(request, workplace)


@router.post("/users", dependencies=[require("manage_users")])
def change_user(
    request: Request,
    engine: ReadyEngine,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
    act: Annotated[Literal["add", "disable", "enable", "password"], Form()],
    login: Line = "",
    name: Line = "",
    role: Line = "operator",
    unit_id: Line = "",
    password: Line = "",
) -> Response:
    """Add a user, let one in or out, or set a password."""
    register, by = workplace.register, caller.name
    units = engine.city.units_by_id

    def add() -> None:
        register.add_user(by, plain_user(login, name, role, unit_id), password, units)

    acts: dict[str, Callable[[], object]] = {
        "add": add,
        "disable": lambda: register.disable(by, login),
        "enable": lambda: register.enable(by, login),
        "password": lambda: register.set_password(by, login, password),
    }
    try:
        acts[act]()
    except (StoreConflict, InputError) as error:
        return _users_page(request, workplace, str(error))
    return RedirectResponse("/admin/users", 303)


@router.get("/keys", dependencies=[require("manage_keys")])
def keys(request: Request, workplace: OpenWorkplace) -> Response:
    """List API keys."""
    return _keys_page(request, workplace)


@router.post("/keys", dependencies=[require("manage_keys")])
def change_key(
    request: Request,
    workplace: OpenWorkplace,
    caller: CurrentCaller,
    act: Annotated[Literal["add", "revoke"], Form()],
    name: Line = "",
    scopes: Annotated[list[str], Form(max_length=30)] = [],  # noqa: B006 - FastAPI copies it
    days: Annotated[int, Form(ge=1, le=3650)] = 365,
) -> Response:
    """Make a key, which is shown this once, or end one."""
    try:
        if act == "revoke":
            workplace.register.revoke_key(caller.name, name)
            return RedirectResponse("/admin/keys", 303)
        made = workplace.register.add_key(caller.name, name, scopes, days)
    except (StoreConflict, InputError) as error:
        return _keys_page(request, workplace, problem=str(error))
    return _keys_page(request, workplace, made=made)


@router.get("/audit", dependencies=[require("read_audit")])
def audit(
    request: Request, workplace: OpenWorkplace, by: str = "", what: str = "", before: int = 0
) -> Response:
    """List who looked at or did what."""
    found = workplace.register.audit(
        by=by[:100], what=what[:40], before=before or None, limit=_ENTRIES
    )
    values = {"entries": found, "by": by, "what": what, "now": china_now(), "most": _ENTRIES}
    return page(request, "audit.html", values)


def _users_page(request: Request, workplace: Workplace, problem: str = "") -> Response:
    values = {"users": workplace.register.users(), "roles": ROLE_NAMES, "problem": problem}
    return page(request, "users.html", values, 409 if problem else 200)


def _keys_page(
    request: Request, workplace: Workplace, made: str = "", problem: str = ""
) -> Response:
    values = {
        "keys": workplace.register.keys(),
        "rights": [(right, RIGHT_NAMES[right]) for right in RIGHTS if right in PROGRAM_RIGHTS],
        "made": made,
        "problem": problem,
        "now": china_now(),
    }
    return page(request, "keys.html", values, 409 if problem else 200)
