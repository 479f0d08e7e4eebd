"""Read a JSON body strictly: size, media type and syntax, before any field is looked at."""

import re
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute

from jiesu.serving.api.problem import BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, ProblemError
from jiesu.serving.api.state import app_state

_JSON_TYPE = re.compile(r"\s*application/(?:json|[\w.-]+\+json)\s*(?:;.*)?", re.IGNORECASE)


class StrictRequest(Request):
    """A request whose body is bounded and parsed by orjson.

    The standard parser takes NaN, lone surrogates and nesting without end; orjson takes none.
    """

    async def body(self) -> bytes:
        """Return the body, or refuse it as soon as it is too large."""
        if not hasattr(self, "_body"):
            limit = app_state(self).settings.max_body_bytes
            self._body = await self._read(limit)
        return self._body

    async def _read(self, limit: int) -> bytes:
        declared = self.headers.get("content-length", "0")
        if declared.isascii() and declared.isdigit() and int(declared) > limit:
            raise _too_large(limit)
        chunks: list[bytes] = []
        size = 0
        async for chunk in self.stream():
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
            chunks.append(chunk)
        return b"".join(chunks)

    async def json(self) -> Any:  # Any: as in the class above
        """Return the parsed body; a mistake is a JSONDecodeError, as the framework expects."""
        return orjson.loads(await self.body())


class JsonRoute(APIRoute):
    """A route that takes application/json only."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the framework's handler so that it sees a strict request."""
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            strict_request = StrictRequest(request.scope, request.receive)
            if self.body_field is not None:
                _check_media_type(strict_request)
                await strict_request.body()  # outside the framework, which would answer 400
            return await handle(strict_request)

        return strict


def _check_media_type(request: Request) -> None:
    kind = request.headers.get("content-type", "")
    if not _JSON_TYPE.fullmatch(kind):
        raise ProblemError(UNSUPPORTED_MEDIA_TYPE, f"Content-Type 现为 {kind[:80]!r}")
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise ProblemError(
            UNSUPPORTED_MEDIA_TYPE, f"不支持压缩的请求体（Content-Encoding：{encoding[:20]}）"
        )


def _too_large(limit: int) -> ProblemError:
    return ProblemError(BODY_TOO_LARGE, f"请求体超过上限 {limit} 字节；请分成几个请求")
