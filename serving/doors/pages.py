"""The pages of the doors: signing in, signing out, changing one's password; and refusals."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from jiesu.serving.api.state import State
from jiesu.serving.doors.access import SIGNED_IN, CurrentCaller
from jiesu.serving.doors.gatekeeper import LOGIN_PATH, SESSION_COOKIE, session_token
from jiesu.serving.doors.guard import LoginRefused, LoginThrottled
from jiesu.serving.doors.passwords import LONGEST, SHORTEST, PasswordError
from jiesu.serving.doors.rendering import page

router = APIRouter(include_in_schema=False)

Secret = Annotated[str, Form(max_length=LONGEST)]
Field = Annotated[str, Form(max_length=100)]


@router.get(LOGIN_PATH)
async def login_page(request: Request, next: str = "/") -> Response:
    """Ask who it is."""
    return _login_page(request, next)


@router.post(LOGIN_PATH)
def login(
    request: Request, state: State, login: Field, password: Secret, next: Field = "/"
) -> Response:
    """Begin a session and go on to the page that was asked for."""
    name = login.strip()
    try:
        token = state.doors.sign_in(name, password, address_of(request))
    except LoginThrottled as error:
        headers = {"Retry-After": str(error.seconds)}
        return _login_page(request, next, name, str(error), 429, headers)
    except LoginRefused as error:
        return _login_page(request, next, name, str(error), 401)
    answer = RedirectResponse(own_path(next), 303)
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path="/",
    )
    return answer


@router.post("/logout", dependencies=[SIGNED_IN])
def logout(request: Request, state: State) -> Response:
    """End the session."""
    state.doors.sign_out(session_token(request.headers))
    answer = RedirectResponse(LOGIN_PATH, 303)
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


@router.get("/account", dependencies=[SIGNED_IN])
async def account_page(request: Request, caller: CurrentCaller) -> Response:
    """Show who is signed in, and a form to change the password."""
    return _account_page(request)


@router.post("/account/password", dependencies=[SIGNED_IN])
def change_password(
    request: Request, state: State, caller: CurrentCaller, old: Secret, new: Secret, again: Secret
) -> Response:
    """Change one's own password."""
    if caller.user is None:
        return _account_page(request, problem="本机免登录，没有密码可改", status=422)
    if new != again:
        return _account_page(request, problem="两次输入的新密码不同", status=422)
    try:
        state.doors.change_password(caller, old, new, session_token(request.headers))
    except (LoginThrottled, LoginRefused, PasswordError) as error:
        return _account_page(request, problem=str(error), status=422)
    return _account_page(request, done="密码已改；您在其他设备上的登录已退出")


def own_path(wanted: str) -> str:
    r"""Return where to go after signing in; never to another site.

    >>> own_path("/desk?q=1"), own_path("//evil.example/"), own_path("/\\evil.example")
    ('/desk?q=1', '/', '/')
    """
    parts = urlsplit(wanted)
    is_ours = wanted.startswith("/") and not parts.scheme and not parts.netloc
    return wanted if is_ours and "\\" not in wanted and wanted.isprintable() else "/"


def address_of(request: Request) -> str:
    """Return the address that a request comes from."""
    return request.client.host if request.client else ""


def _login_page(
    request: Request,
    next_path: str,
    login: str = "",
    problem: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    values = {"next": own_path(next_path), "login": login, "problem": problem}
    return page(request, "login.html", values, status, headers)


def _account_page(
    request: Request, problem: str = "", done: str = "", status: int = 200
) -> Response:
    values = {"problem": problem, "done": done, "shortest": SHORTEST}
    return page(request, "account.html", values, status)
