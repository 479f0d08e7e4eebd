"""The middleware that finds out who sends a request, and lets nobody else past.

It stands before the body is read: a stranger's megabytes are never parsed. What a known caller
may do is the routes' to say (`access.require`).
"""

import hashlib
import hmac
import math
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jiesu.serving.api.problem import (
    BODY_TOO_LARGE,
    CROSS_SITE,
    RATE_LIMITED,
    UNAUTHORISED,
    ProblemError,
    answer,
    wants_page,
)
from jiesu.serving.api.state import AppState
from jiesu.serving.doors.access import SAFE_METHODS
from jiesu.serving.doors.callers import LOCAL, Caller, program
from jiesu.serving.doors.guard import csrf_token_of
from jiesu.serving.doors.rates import Rates

SESSION_COOKIE = "jiesu_session"
LOGIN_PATH = "/login"
_LOGIN_BYTES = 64 * 1024
"""A stranger's form needs no more."""
_OPEN_PATHS = frozenset({"/healthz", "/readyz", "/version", LOGIN_PATH, "/favicon.ico"})
_OPEN_FOLDERS = ("/docs", "/openapi", "/static/")


class Gatekeeper:
    """Finds the caller of each request; answers strangers itself."""

    def __init__(self, app: ASGIApp, state: AppState) -> None:
        self.app = app
        self.state = state
        self.rates = Rates(state.settings.rate_limit)
        self.stranger_rates = Rates(state.settings.stranger_rate_limit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            limit = self._size_limit(scope)
            await self._admit(scope)
        except ProblemError as problem:
            await self._answer(problem, scope)(scope, receive, send)
            return
        await self.app(scope, bounded(receive, limit), send)

    def _size_limit(self, scope: Scope) -> int:
        """Return how many bytes the body may have.

        Raises:
            ProblemError: it says itself that it has more.
        """
        limit = self.state.settings.max_body_bytes
        if scope["path"] == LOGIN_PATH:
            limit = min(limit, _LOGIN_BYTES)
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isascii() and declared.isdigit() and int(declared) > limit:
            raise ProblemError(BODY_TOO_LARGE, f"请求体超过上限 {limit} 字节；请分成几个请求")
        return limit

    async def _admit(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        key = given_key(headers)
        if key is None:
            _check_site(scope, headers)
        if _is_open(scope["path"]):
            return
        try:
            caller = await self._caller(scope, headers, key)
        except ProblemError as problem:
            if problem.kind is UNAUTHORISED:
                _slow_down(self.stranger_rates.wait(_address_of(scope)))
            raise
        if caller is not LOCAL:
            _slow_down(self.rates.wait(caller.id))
        scope["state"]["caller"] = caller

    async def _caller(self, scope: Scope, headers: Headers, key: str | None) -> Caller:
        if self.state.settings.lets_everybody_in or await self._is_unguarded():
            return LOCAL
        if key is not None:
            return await self._program(key)
        token = session_token(headers)
        if token:
            caller = await anyio.to_thread.run_sync(self.state.doors.find_person, token)
            if caller is not None:
                scope["state"]["csrf_token"] = csrf_token_of(token)
                return caller
        raise _stranger()

    async def _program(self, key: str) -> Caller:
        digest = hashlib.sha256(key.encode()).hexdigest()
        # No early exit: the time must not tell which key was nearly right.
        matches = [hmac.compare_digest(digest, known) for known in self.state.settings.api_keys]
        if any(matches):
            return program(f"密钥 {digest[:12]}")
        if self.state.has_doors or not self.state.settings.api_keys:
            caller = await anyio.to_thread.run_sync(self.state.doors.find_program, key)
            if caller is not None:
                return caller
        raise _stranger()

    async def _is_unguarded(self) -> bool:
        """Tell whether this machine's own user comes in without a key: there is none yet."""
        settings = self.state.settings
        if not settings.may_be_open:
            return False
        if not self.state.has_doors:
            return True  # without the database there is nothing to guard: it answers 503
        return not await anyio.to_thread.run_sync(self.state.doors.has_anybody)

    def _answer(self, problem: ProblemError, scope: Scope) -> Response:
        request = Request(scope)
        if problem.kind is UNAUTHORISED:
            if "hx-request" in request.headers:
                return Response(status_code=401, headers={"HX-Redirect": LOGIN_PATH})
            if wants_page(request) and scope["method"] in SAFE_METHODS:
                return RedirectResponse(f"{LOGIN_PATH}?next={quote(_here(scope), safe='/')}", 303)
        return answer(request, problem)


def bounded(receive: Receive, limit: int) -> Receive:
    """Return a receiver that refuses to go on once a body is too large, whatever it declared."""
    size = 0

    async def receive_bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise ProblemError(BODY_TOO_LARGE, f"请求体超过上限 {limit} 字节；请分成几个请求")
        return message

    return receive_bounded


def _slow_down(wait: float) -> None:
    if wait > 0:
        headers = {"Retry-After": str(math.ceil(wait))}
        raise ProblemError(RATE_LIMITED, f"请 {math.ceil(wait)} 秒后再试", headers=headers)


def _address_of(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def given_key(headers: Mapping[str, str]) -> str | None:
    """Return the API key of a request; None where it carries none.

    Any `Authorization` counts as one, so that a wrong sort never passes for no key at all.
    """
    if (given := headers.get("x-api-key")) is not None:
        return given.strip()
    given = headers.get("authorization")
    if given is None:
        return None
    scheme, _, key = given.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def session_token(headers: Mapping[str, str]) -> str:
    """Return the token in the session cookie; empty where there is none."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(SESSION_COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _check_site(scope: Scope, headers: Headers) -> None:
    """Refuse a change that another site's page sends through a visitor's browser.

    Source: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site; browsers
    that do not send it send Origin.
    """
    if scope["method"] in SAFE_METHODS:
        return
    site = headers.get("sec-fetch-site")
    if site is not None:
        is_ours = site in ("same-origin", "none")
    else:
        origin = headers.get("origin")
        is_ours = origin is None or urlsplit(origin).netloc == headers.get("host", "")
    if not is_ours:
        raise ProblemError(CROSS_SITE, "请从本服务的页面操作")


def _stranger() -> ProblemError:
    return ProblemError(
        UNAUTHORISED,
        "请登录，或带上请求头 Authorization: Bearer 密钥（也可用 X-API-Key: 密钥）",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _here(scope: Scope) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    path = quote(scope["path"])
    return f"{path}?{query}" if query else path


def _is_open(path: str) -> bool:
    return path in _OPEN_PATHS or path.startswith(_OPEN_FOLDERS)
