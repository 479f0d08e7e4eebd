"""/v1/users, /v1/keys, /v1/audit: who may come in, and what was looked at."""

from enum import Enum
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query, Response

from jiesu.serving.api.admin_schemas import (
    KEY_NAME_PATTERN,
    LOGIN_PATTERN,
    AuditPage,
    KeyList,
    MadeKey,
    NewKey,
    NewUser,
    PasswordRequest,
    UserList,
    UserOut,
    audit_out,
    key_out,
    user_out,
)
from jiesu.serving.api.body import JsonRoute
from jiesu.serving.api.paging import Cursor, decode_cursor, encode_cursor
from jiesu.serving.api.problem import FieldProblem, invalid_fields
from jiesu.serving.api.state import OpenWorkplace, ReadyEngine
from jiesu.serving.doors.access import CurrentCaller, require
from jiesu.serving.doors.register import plain_user

TAGS: list[str | Enum] = ["用户、密钥与审计"]
users = APIRouter(
    prefix="/v1/users", dependencies=[require("manage_users")], tags=TAGS, route_class=JsonRoute
)
keys = APIRouter(
    prefix="/v1/keys", dependencies=[require("manage_keys")], tags=TAGS, route_class=JsonRoute
)
audit = APIRouter(prefix="/v1/audit", dependencies=[require("read_audit")], tags=TAGS)

Login = Annotated[str, Path(pattern=LOGIN_PATTERN, description="登录名")]
KeyName = Annotated[str, Path(pattern=KEY_NAME_PATTERN, description="密钥的名称")]
Text = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]
_LARGEST = 2**63 - 1


@users.get("", summary="列出用户")
def list_users(workplace: OpenWorkplace) -> UserList:
    """List all users."""
    return UserList(items=[user_out(user) for user in workplace.register.users()])


@users.post("", summary="建立用户", status_code=201)
def add_user(
    request: NewUser, caller: CurrentCaller, engine: ReadyEngine, workplace: OpenWorkplace
) -> UserOut:
    """Let a person come in."""
    user = plain_user(request.login, request.name, request.role, request.unit_id)
    password = request.password.get_secret_value()
    workplace.register.add_user(caller.name, user, password, engine.city.units_by_id)
    return user_out(user)


@users.post("/{login}/disable", summary="停用用户", status_code=204)
def disable_user(login: Login, caller: CurrentCaller, workplace: OpenWorkplace) -> None:
    """Let a user no longer come in; sessions end at once."""
    workplace.register.disable(caller.name, login)


@users.post("/{login}/enable", summary="重新启用用户", status_code=204)
def enable_user(login: Login, caller: CurrentCaller, workplace: OpenWorkplace) -> None:
    """Let a disabled user come in again."""
    workplace.register.enable(caller.name, login)


@users.post("/{login}/password", summary="给用户设新密码", status_code=204)
def set_password(
    login: Login, request: PasswordRequest, caller: CurrentCaller, workplace: OpenWorkplace
) -> None:
    """Give a user a new password; sessions end at once."""
    workplace.register.set_password(caller.name, login, request.password.get_secret_value())


@keys.get("", summary="列出 API 密钥", response_model=KeyList)
def list_keys(workplace: OpenWorkplace) -> Response:
    """List all keys, without the keys themselves."""
    items = [key_out(key) for key in workplace.register.keys()]
    return Response(orjson.dumps({"items": items}), media_type="application/json")


@keys.post("", summary="建立 API 密钥", status_code=201)
def add_key(request: NewKey, caller: CurrentCaller, workplace: OpenWorkplace) -> MadeKey:
    """Make a key for a program."""
    key = workplace.register.add_key(caller.name, request.name, request.scopes, request.days)
    return MadeKey(name=request.name, key=key)


@keys.post("/{name}/revoke", summary="吊销 API 密钥", status_code=204)
def revoke_key(name: KeyName, caller: CurrentCaller, workplace: OpenWorkplace) -> None:
    """End a key at once."""
    workplace.register.revoke_key(caller.name, name)


@audit.get("", summary="审计记录", response_model=AuditPage)
def list_audit(
    workplace: OpenWorkplace,
    by: Annotated[Text, Query(description="只列这个人或密钥的")] = "",
    subject: Annotated[Text, Query(description="只列关于这件工单、这个用户或密钥的")] = "",
    what: Annotated[Text, Query(description="只列这种行为，如 look")] = "",
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200, description="每页最多几条")] = 50,
) -> Response:
    """List what was looked at and done, the latest first."""
    found = workplace.register.audit(
        by=by, subject=subject, what=what, before=_number(cursor), limit=limit + 1
    )
    rest = encode_cursor(str(found[limit - 1].seq)) if len(found) > limit else None
    body = {"items": [audit_out(entry) for entry in found[:limit]], "next": rest}
    return Response(orjson.dumps(body), media_type="application/json")


def _number(cursor: str | None) -> int | None:
    """Return the number that a page ends before.

    Raises:
        ProblemError: the cursor is not one of ours.
    """
    if cursor is None:
        return None
    given = decode_cursor(cursor)
    if not (given.isascii() and given.isdigit() and int(given[:20]) <= _LARGEST):
        message = "不是本服务给出的翻页标记；请用上一页的 next"
        raise invalid_fields([FieldProblem(field="cursor", message=message)])
    return int(given)
