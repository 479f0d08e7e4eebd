"""The OpenAPI 3.1 description: what FastAPI finds, plus our problems and the API key."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from jiesu.serving.api.problem import (
    BODY_TOO_LARGE,
    CLAIMED,
    CROSS_SITE,
    CSRF,
    FORBIDDEN,
    INTERNAL,
    INVALID_FIELD,
    KEY_IN_FLIGHT,
    KEY_REUSED,
    MALFORMED_JSON,
    MEDIA_TYPE,
    MODEL_UNAVAILABLE,
    NAME_TAKEN,
    NOT_READY,
    RATE_LIMITED,
    STORE_UNAVAILABLE,
    TICKET_EXISTS,
    UNAUTHORISED,
    UNKNOWN_ALERT,
    UNKNOWN_CLASS,
    UNKNOWN_KEY,
    UNKNOWN_TICKET,
    UNKNOWN_USER,
    UNSUPPORTED_MEDIA_TYPE,
    VERSION_CONFLICT,
    WRONG_STATE,
    Problem,
    ProblemKind,
)
from jiesu.serving.settings import Settings

Json = dict[str, Any]  # Any: JSON values of every kind

DESCRIPTION = """\
把市民诉求分到事项、地点和承办单位，给出派单建议与时限。

- 出错时返回 `application/problem+json`（RFC 9457），程序请判断 `code`，不要判断文字。
- 每个响应带 `X-Request-ID`；请求里自带这个头则沿用。
- 概率都经过校准；上一级事项的概率是下级之和。
- 模型缺失或损坏时 `/v1/route` 照常受理，`degraded` 写明，结果为 `human`（人工）。
"""

_OPERATIONS = {
    "/v1/classify": "每条文本给出最可能的事项与三级概率；同一请求的文本一起计算。"
    "没有可用的模型时返回 503。",
    "/v1/route": "每条诉求给出事项、性质、地点、承办单位及依据、结果和时限；不保存任何内容。"
    "没有可用的模型时照常返回，结果为 human，degraded 含 model。",
    "/v1/taxonomy": "按代码顺序分页；把响应里的 next 作为下一次的 cursor，next 为 null 时结束。",
    "/v1/units": "按编号顺序分页；把响应里的 next 作为下一次的 cursor，next 为 null 时结束。",
    "/v1/regions": "按代码顺序分页；把响应里的 next 作为下一次的 cursor，next 为 null 时结束。",
    "/v1/tickets": "POST：入库并给出建议；带 Idempotency-Key 时，同一请求重发只入库一次，"
    "返回第一次的响应并带 Idempotent-Replayed: true。模型慢、缺失或损坏时照常入库，转人工，"
    "degraded 写明。GET：按条件列出，内容已脱敏；条件之间为“且”。",
    "/v1/tickets/{ticket_id}": "最近一次建议、回访和全部历史；受理内容未脱敏。",
    "/v1/tickets/{ticket_id}/claim": "领取后他人不能操作，到期自动放开；同一人再领即续期。",
    "/v1/tickets/{ticket_id}/decide": "建议与人的决定一并留存，可导出用于训练。",
    "/v1/alerts": "最近有人来电的在前。",
    "/v1/alerts/{alert_id}/merge": "返回并入的那一条；成员随之归它。",
    "/v1/alerts/{alert_id}/close": "关闭后再有新诉求会自动重新打开。",
    "/readyz": "能受理诉求即为 200，哪怕有的部分不能用（写在 degraded 里）；装载完成之前为 503。",
}


_ADMIN_PROBLEMS = {
    ("/v1/users", "post"): [NAME_TAKEN],
    ("/v1/keys", "post"): [NAME_TAKEN],
    ("/v1/users/{login}/disable", "post"): [UNKNOWN_USER],
    ("/v1/users/{login}/enable", "post"): [UNKNOWN_USER],
    ("/v1/users/{login}/password", "post"): [UNKNOWN_USER],
    ("/v1/keys/{name}/revoke", "post"): [UNKNOWN_KEY],
}


def describe_app(app: FastAPI, version: str, settings: Settings) -> Json:
    """Return the description of all routes of the app, with the limits that are set."""
    document: Json = get_openapi(
        title="接诉 jiesu",
        version=version,
        openapi_version="3.1.0",
        description=DESCRIPTION,
        routes=app.routes,
        license_info={"name": "MIT", "identifier": "MIT"},
        servers=[{"url": "/", "description": "本服务"}],
    )
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):  # ours is Problem
        schemas.pop(name, None)
    schemas.update(_problem_schemas())
    for schema in schemas.values():
        schema.pop("description", None)  # docstrings, written for those who read the code
    _state_limits(schemas, settings)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            done = next(iter(operation["responses"]))  # 200, or 201 where something is made
            operation["responses"][done]["description"] = "成功"
            operation["description"] = _OPERATIONS.get(path, "")
            _add_problems(operation, _problems_of(path, method, not settings.lets_everybody_in))
    if not settings.lets_everybody_in:
        _ask_for_key(document)
    return document


def _state_limits(schemas: Json, settings: Settings) -> None:
    for name in ("TextItem", "TicketItem", "NewTicket"):
        schemas[name]["properties"]["text"] |= {
            "minLength": 1,
            "maxLength": settings.max_text_chars,
        }
    for name in ("ClassifyRequest", "RouteRequest"):
        schemas[name]["properties"]["items"] |= {"minItems": 1, "maxItems": settings.max_items}


def _problem_schemas() -> Json:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), "Problem": schema}


def _problems_of(path: str, method: str, asks_who: bool) -> list[ProblemKind]:
    kinds = [INTERNAL]
    if path not in {"/healthz", "/metrics"}:
        kinds.append(NOT_READY)
    if path == "/v1/classify":
        kinds.append(MODEL_UNAVAILABLE)
    if path.startswith("/v1/"):
        kinds.append(INVALID_FIELD)
    if method == "post":
        kinds += [MALFORMED_JSON, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE]
    if "{code}" in path:
        kinds.append(UNKNOWN_CLASS)
    kinds += _store_problems(path, method)
    if asks_who and path.startswith(("/v1/", "/metrics")):
        kinds += [UNAUTHORISED, FORBIDDEN, RATE_LIMITED]
        kinds += [CSRF, CROSS_SITE] if method == "post" else []
    return kinds


def _store_problems(path: str, method: str) -> list[ProblemKind]:
    if path.startswith(("/v1/users", "/v1/keys", "/v1/audit")):
        return [STORE_UNAVAILABLE, *_ADMIN_PROBLEMS.get((path, method), [])]
    if not path.startswith(("/v1/tickets", "/v1/alerts")):
        return []
    kinds = [STORE_UNAVAILABLE]
    if path == "/v1/tickets" and method == "post":
        kinds += [TICKET_EXISTS, KEY_IN_FLIGHT, KEY_REUSED]
    if "{" in path:
        kinds.append(UNKNOWN_TICKET if "{ticket_id}" in path else UNKNOWN_ALERT)
        kinds += [VERSION_CONFLICT, WRONG_STATE] if method == "post" else []
    if "{ticket_id}/" in path:
        kinds.append(CLAIMED)
    return kinds


def _add_problems(operation: Json, kinds: list[ProblemKind]) -> None:
    operation["responses"].pop("422", None)  # FastAPI's own, in another shape
    for kind in sorted(kinds, key=lambda kind: kind.status):
        response = operation["responses"].setdefault(
            str(kind.status),
            {
                "description": "",
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        )
        said = f"{kind.title}（{kind.code}）"
        response["description"] = "；".join(filter(None, (response["description"], said)))


def _ask_for_key(document: Json) -> None:
    schemes = document["components"].setdefault("securitySchemes", {})
    schemes["api_key"] = {"type": "http", "scheme": "bearer", "description": "API 密钥"}
    schemes["api_key_header"] = {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "API 密钥",
    }
    for path, operations in document["paths"].items():
        if path.startswith(("/v1/", "/metrics")):
            for operation in operations.values():
                operation["security"] = [{"api_key": []}, {"api_key_header": []}]
