"""What every request passes before it reaches a resource, outermost first.

`RequestRecord` numbers, times, counts and logs it and turns a bug into a problem+json; behind it
the gatekeeper (`jiesu.serving.doors`) asks who it is.
Plain ASGI: Starlette's BaseHTTPMiddleware would copy each body through a queue.
"""

import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jiesu.serving.api.metrics import Metrics
from jiesu.serving.api.problem import (
    INTERNAL,
    ProblemError,
    answer,
)
from jiesu.serving.log import LOGGER

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""A page loads from this server only, and runs no script and no style written into it."""

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
                _add_headers(message, number, scope["path"])
            await send(message)

        try:
            await self.app(scope, receive, send_numbered)
        except Exception:
            # The border of the process: a bug in one request must not take the others along.
            log.exception("request failed", extra={"fields": {"request_id": number}})
            if not status:
                problem = ProblemError(INTERNAL, f"请把请求编号 {number} 告诉管理员")
                await answer(Request(scope), problem)(scope, receive, send_numbered)
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


def _request_number(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex


def _add_headers(message: Message, number: str, path: str) -> None:
    headers = MutableHeaders(scope=message)
    headers["X-Request-ID"] = number
    if path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-cache")  # kept, and asked after by its mark
    for name, value in _SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    is_page = headers.get("content-type", "").startswith("text/html")
    headers.setdefault("Content-Security-Policy", _PAGE_POLICY if is_page else _DATA_POLICY)
