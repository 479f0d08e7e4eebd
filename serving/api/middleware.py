"""What every request passes before it reaches a resource, outermost first.

`RequestRecord` numbers, times, counts and logs it and turns a bug into a problem+json;
`KeyCheck` asks for an API key.
Plain ASGI: Starlette's BaseHTTPMiddleware would copy each body through a queue.
"""

import hashlib
import hmac
import logging
import re
import time
import uuid
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jiesu.serving.api.metrics import Metrics
from jiesu.serving.api.problem import (
    INTERNAL,
    UNAUTHORISED,
    ProblemError,
    problem_response,
)
from jiesu.serving.log import LOGGER

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_OPEN_PATHS = ("/healthz", "/readyz", "/version", "/docs", "/openapi")
_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}

log = logging.getLogger(f"{LOGGER}.http")


class RequestRecord:
    """Number, time, count and log a request; answer 500 where the app fails."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number = _request_number(scope)
        scope.setdefault("state", {})["request_id"] = number
        began = time.perf_counter()
        status = 0

        async def send_numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, number)
            await send(message)

        try:
            await self.app(scope, receive, send_numbered)
        except Exception:
            # The border of the process: a bug in one request must not take the others along.
            log.exception("request failed", extra={"fields": {"request_id": number}})
            if not status:
                problem = ProblemError(INTERNAL, f"请把请求编号 {number} 告诉管理员")
                await problem_response(problem, number)(scope, receive, send_numbered)
        finally:
            self._record(scope, number, status, time.perf_counter() - began)

    def _record(self, scope: Scope, number: str, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route = getattr(scope.get("route"), "path", "unmatched")
        self.metrics.observe(method, route, status, seconds)
        fields = {
            "request_id": number,
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
        }
        log.info("request", extra={"fields": fields})


class KeyCheck:
    """Ask for an API key on everything but the signs of life and the docs."""

    def __init__(self, app: ASGIApp, key_hashes: Sequence[str]) -> None:
        self.app = app
        self.key_hashes = tuple(key_hashes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or _is_open(scope["path"]) or self._has_key(scope):
            await self.app(scope, receive, send)
            return
        problem = ProblemError(
            UNAUTHORISED,
            "请带上请求头 Authorization: Bearer 密钥",
            headers={"WWW-Authenticate": "Bearer"},
        )
        await problem_response(problem, Request(scope).state.request_id)(scope, receive, send)

    def _has_key(self, scope: Scope) -> bool:
        scheme, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
        digest = hashlib.sha256(key.strip().encode()).hexdigest()
        # No early exit: the time must not tell which key was nearly right.
        matches = [hmac.compare_digest(digest, known) for known in self.key_hashes]
        return scheme.lower() == "bearer" and any(matches)


def _request_number(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex


def _add_headers(message: Message, number: str) -> None:
    headers = MutableHeaders(scope=message)
    headers["X-Request-ID"] = number
    for name, value in _SECURITY_HEADERS.items():
        headers.setdefault(name, value)


def _is_open(path: str) -> bool:
    return path == "/" or path.startswith(_OPEN_PATHS)
