"""Errors as problem+json (RFC 9457): a stable `code`, Chinese title, detail naming the field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.routing import Match

from jiesu.serving.validation import describe, field_name
from jiesu.taxonomy.errors import JiesuError

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class ProblemKind:
    """One sort of problem; programs compare `code`, people read `title`."""

    code: str
    status: int
    title: str


MALFORMED_JSON = ProblemKind("malformed-json", 400, "请求体不是有效的 JSON")
BAD_REQUEST = ProblemKind("bad-request", 400, "请求不合规范")
UNAUTHORISED = ProblemKind("unauthorised", 401, "没有登录，也没有有效的 API 密钥")
FORBIDDEN = ProblemKind("forbidden", 403, "没有权限")
CSRF = ProblemKind("csrf", 403, "页面已过期")
CROSS_SITE = ProblemKind("cross-site", 403, "来自其他网站的请求")
NOT_FOUND = ProblemKind("not-found", 404, "没有这个地址")
UNKNOWN_CLASS = ProblemKind("unknown-class", 404, "没有这个事项")
UNKNOWN_TICKET = ProblemKind("unknown-ticket", 404, "没有这件工单")
UNKNOWN_ALERT = ProblemKind("unknown-alert", 404, "没有这条预警")
UNKNOWN_USER = ProblemKind("unknown-user", 404, "没有这个用户")
UNKNOWN_KEY = ProblemKind("unknown-key", 404, "没有这个 API 密钥")
UNKNOWN_ENTRY = ProblemKind("unknown-entry", 404, "没有这个知识条目")
METHOD_NOT_ALLOWED = ProblemKind("method-not-allowed", 405, "这个地址不支持这种请求方法")
VERSION_CONFLICT = ProblemKind("version-conflict", 409, "已被他人更改")
CLAIMED = ProblemKind("claimed", 409, "他人正在处理")
WRONG_STATE = ProblemKind("wrong-state", 409, "当前状态不能这样操作")
TICKET_EXISTS = ProblemKind("ticket-exists", 409, "工单编号已存在")
NAME_TAKEN = ProblemKind("name-taken", 409, "名称已有人用")
KEY_IN_FLIGHT = ProblemKind("key-in-flight", 409, "同一请求正在处理")
BODY_TOO_LARGE = ProblemKind("body-too-large", 413, "请求体太大")
UNSUPPORTED_MEDIA_TYPE = ProblemKind("unsupported-media-type", 415, "请求体应为 application/json")
INVALID_FIELD = ProblemKind("invalid-field", 422, "字段不合要求")
KEY_REUSED = ProblemKind("key-reused", 422, "幂等键已用于其他内容")
INTERNAL = ProblemKind("internal", 500, "服务内部错误")
RATE_LIMITED = ProblemKind("rate-limited", 429, "请求太频繁")
NOT_READY = ProblemKind("not-ready", 503, "服务尚未就绪")
MODEL_UNAVAILABLE = ProblemKind("model-unavailable", 503, "分类模型不可用")
STORE_UNAVAILABLE = ProblemKind("store-unavailable", 503, "数据库不可用")

PROBLEMS = (
    MALFORMED_JSON,
    BAD_REQUEST,
    UNAUTHORISED,
    FORBIDDEN,
    CSRF,
    CROSS_SITE,
    NOT_FOUND,
    UNKNOWN_CLASS,
    UNKNOWN_TICKET,
    UNKNOWN_ALERT,
    UNKNOWN_USER,
    UNKNOWN_KEY,
    UNKNOWN_ENTRY,
    METHOD_NOT_ALLOWED,
    VERSION_CONFLICT,
    CLAIMED,
    WRONG_STATE,
    TICKET_EXISTS,
    NAME_TAKEN,
    KEY_IN_FLIGHT,
    BODY_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    INVALID_FIELD,
    KEY_REUSED,
    RATE_LIMITED,
    INTERNAL,
    NOT_READY,
    MODEL_UNAVAILABLE,
    STORE_UNAVAILABLE,
)
"""Every problem that a caller may meet, in order of status."""

_BY_STATUS = {
    kind.status: kind
    for kind in (BAD_REQUEST, NOT_FOUND, METHOD_NOT_ALLOWED, BODY_TOO_LARGE, NOT_READY)
}


_DATA_PATHS = ("/v1/", "/healthz", "/readyz", "/version", "/metrics", "/openapi")


class FieldProblem(BaseModel):
    """One field that is wrong."""

    field: str = Field(description="字段的位置，如 items[0].text")
    message: str = Field(description="哪里不对、应当怎样")


class Problem(BaseModel):
    """The body of every error (application/problem+json, RFC 9457)."""

    type: str = Field(description="urn:jiesu:problem:代码")
    title: str = Field(description="这一类问题的中文名称")
    status: int = Field(description="HTTP 状态码")
    code: str = Field(description="稳定的代码，供程序判断")
    detail: str = Field(description="这一次哪里不对")
    request_id: str = Field(description="请求编号，与日志和 X-Request-ID 响应头相同")
    errors: list[FieldProblem] = Field(default=[], description="逐个字段的问题，仅 422 有")


class ProblemError(JiesuError):
    """Raised where a request cannot be answered; becomes a problem+json response."""

    def __init__(
        self,
        kind: ProblemKind,
        detail: str,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


PageOf = Callable[[Request, ProblemError], Response]
"""Makes a page of a problem; the doors put theirs into the app's state."""


def invalid_fields(errors: Sequence[FieldProblem]) -> ProblemError:
    """Return the problem of fields whose values cannot be used; the first three are in words."""
    detail = "；".join(f"{error.field}：{error.message}" for error in errors[:3])
    return ProblemError(INVALID_FIELD, detail, errors=errors)


def problem_response(error: ProblemError, request_id: str) -> Response:
    """Return the response of a problem."""
    problem = Problem(
        type=f"urn:jiesu:problem:{error.kind.code}",
        title=error.kind.title,
        status=error.kind.status,
        code=error.kind.code,
        detail=error.detail,
        request_id=request_id,
        errors=list(error.errors),
    )
    body = orjson.dumps(problem.model_dump(exclude_defaults=True))
    return Response(body, error.kind.status, error.headers, MEDIA_TYPE)


def install_handlers(app: FastAPI) -> None:
    """Let every error that the framework raises leave as problem+json."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)


def request_id(request: Request) -> str:
    """Return the request's number, set by the outermost middleware."""
    return str(request.state.request_id)


def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return answer(request, error)


def answer(request: Request, problem: ProblemError) -> Response:
    """Return the response of a problem: a page where a person's browser asks for one."""
    page_of: PageOf | None = getattr(request.app.state, "refusal_page", None)
    if page_of is not None and wants_page(request):
        return page_of(request, problem)
    return problem_response(problem, request_id(request))


def wants_page(request: Request) -> bool:
    """Tell whether a person's browser asks for something else than data."""
    is_data = request.url.path.startswith(_DATA_PATHS)
    return not is_data and "text/html" in request.headers.get("accept", "")


def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return answer(request, _from_validation(error.errors()))


def _from_validation(details: Sequence[Any]) -> ProblemError:  # Any: FastAPI does not type them
    if details and details[0]["type"] == "json_invalid":
        at, reason = details[0]["loc"][-1], details[0]["ctx"]["error"]
        return ProblemError(MALFORMED_JSON, f"第 {at} 个字符处不能解析：{reason}")
    return invalid_fields([_field_problem(detail) for detail in details])


def _field_problem(detail: ErrorDetails) -> FieldProblem:
    where = detail["loc"][1:]  # the first step says "body", "query" or "path"
    return FieldProblem(field=field_name(where) or "请求体", message=describe(detail))


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = _BY_STATUS.get(error.status_code)
    if kind is None:
        kind = ProblemKind(f"http-{error.status_code}", error.status_code, "请求不能处理")
    detail = f"{request.method} {request.url.path}"
    headers = dict(error.headers or {})
    if kind is METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_allowed_methods(request))
    return answer(request, ProblemError(kind, detail, headers=headers))


def _allowed_methods(request: Request) -> list[str]:
    """Return the methods of an address; the framework names those of its first route only."""
    return [
        method
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.router.routes
        )
    ]
