"""What routes and pages ask of the doors: who is it, may it, and did it see a page of ours.

`require` stands on every route, pages and API alike; a test fails on a route without it.
"""

import hmac
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from markupsafe import Markup

from jiesu.serving.api.problem import CSRF, FORBIDDEN, UNAUTHORISED, ProblemError
from jiesu.serving.doors.callers import LOCAL, Caller
from jiesu.serving.doors.rights import RIGHT_NAMES, Right

CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def current_caller(request: Request) -> Caller:
    """Return who sends the request; the gatekeeper has found out before.

    Raises:
        ProblemError: nobody that we know.
    """
    caller = getattr(request.state, "caller", None)
    if caller is None:
        raise ProblemError(UNAUTHORISED, "请先登录")
    assert isinstance(caller, Caller)
    return caller


CurrentCaller = Annotated[Caller, Depends(current_caller)]


class Requirement:
    """A right that a route asks for; None asks only that somebody is signed in."""

    def __init__(self, right: Right | None) -> None:
        self.right = right

    async def __call__(self, request: Request) -> None:
        """Let the request pass.

        Raises:
            ProblemError: nobody is signed in, the form is not of ours, or the right is missing.
        """
        caller = current_caller(request)
        if self.right is not None and not caller.may(self.right):
            raise ProblemError(FORBIDDEN, f"需要“{RIGHT_NAMES[self.right]}”的权限")
        await _check_form(request)


def require(right: Right | None) -> Any:  # Any: FastAPI types its dependencies so
    """Return what a route puts into its `dependencies`: only who has the right passes."""
    return Depends(Requirement(right))


SIGNED_IN = require(None)


async def _check_form(request: Request) -> None:
    """Refuse a change that does not come from a page of this session."""
    expected = csrf_token(request)
    if request.method in SAFE_METHODS or not expected:
        return
    given = request.headers.get(CSRF_HEADER, "")
    if not given and request.headers.get("content-type", "").startswith(_FORMS):
        given = str((await request.form()).get(CSRF_FIELD, ""))
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise ProblemError(CSRF, "请刷新页面后再试")


def csrf_token(request: Request) -> str:
    """Return the session's token for forms; empty where there is no session."""
    return str(getattr(request.state, "csrf_token", ""))


def page_context(request: Request) -> dict[str, Any]:  # Any: what templates are given
    """Return what every template knows of the caller."""
    caller: Caller | None = getattr(request.state, "caller", None)
    token = csrf_token(request)
    may: Callable[[Right], bool] = caller.may if caller else _may_not
    return {
        "caller": caller,
        "is_local": caller is LOCAL,
        "may": may,
        "csrf_token": token,
        "csrf_field": Markup('<input type="hidden" name="{}" value="{}">').format(
            CSRF_FIELD, token
        ),
    }


def _may_not(_: Right) -> bool:
    return False
