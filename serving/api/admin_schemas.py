"""Users, keys and the audit as JSON."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from jiesu.serving.doors.passwords import LONGEST, SHORTEST
from jiesu.serving.doors.rights import Right, Role
from jiesu.serving.store.api_keys import ApiKey
from jiesu.serving.store.audit import AuditEntry
from jiesu.serving.store.people import User

LOGIN_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._@\-]{0,49}$"
KEY_NAME_PATTERN = r"^\w[\w.\-]{0,49}$"

NewPassword = Annotated[
    SecretStr,
    Field(min_length=SHORTEST, max_length=LONGEST, description="密码；不能含有登录名"),
]
LoginName = Annotated[str, StringConstraints(pattern=LOGIN_PATTERN)]
KeyName = Annotated[str, StringConstraints(pattern=KEY_NAME_PATTERN)]


class UserOut(BaseModel):
    """A user."""

    login: str
    name: str = Field(description="姓名或工号，记入历史")
    role: Role
    unit_id: str = Field(description="承办单位编号，仅角色 unit 有")
    disabled: bool


class UserList(BaseModel):
    """All users in order of login."""

    items: list[UserOut]


class NewUser(BaseModel):
    """A user to make."""

    model_config = ConfigDict(extra="forbid")

    login: LoginName
    name: Annotated[str, StringConstraints(max_length=50)] = Field(
        "", description="姓名或工号，记入历史，不能重复；不填用登录名"
    )
    role: Role
    unit_id: Annotated[str, StringConstraints(max_length=100)] = Field(
        "", description="承办单位编号；角色 unit 必填，其余不填"
    )
    password: NewPassword


class PasswordRequest(BaseModel):
    """A new password."""

    model_config = ConfigDict(extra="forbid")

    password: NewPassword


class KeyOut(BaseModel):
    """An API key, without the key itself."""

    name: str
    scopes: list[Right] = Field(description="范围：可以做什么")
    created_at: datetime
    created_by: str
    expires_at: datetime | None = Field(description="失效时间；长期有效为 null")
    revoked_at: datetime | None = Field(description="吊销时间；未吊销为 null")


class KeyList(BaseModel):
    """All keys in order of name."""

    items: list[KeyOut]


class NewKey(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")

    name: KeyName
    scopes: list[Right] = Field(min_length=1, description="范围；管理用户、密钥和审计的不能给程序")
    days: Annotated[int, Field(ge=1, le=3650)] | None = Field(
        None, description="多少天后失效；不填则直到吊销"
    )


class MadeKey(BaseModel):
    """A key that was made."""

    name: str
    key: str = Field(description="密钥；只在这里出现一次")


class AuditOut(BaseModel):
    """One thing that was looked at or done."""

    seq: int
    at: datetime
    by: str
    what: str = Field(
        description="look 查看个人信息、login、login-failed、logout、user-add、erase 等"
    )
    subject: str = Field(description="工单、用户或密钥；没有则为空")
    detail: dict[str, Any]  # Any: JSON values


class AuditPage(BaseModel):
    """One page of the audit."""

    items: list[AuditOut]
    next: str | None = Field(description="下一页的翻页标记；没有下一页时为 null")


def user_out(user: User) -> UserOut:
    """Return a user as shown."""
    return UserOut(
        login=user.login,
        name=user.name,
        role=user.role,
        unit_id=user.unit_id,
        disabled=user.is_disabled,
    )


def key_out(key: ApiKey) -> dict[str, Any]:  # Any: JSON values
    """Return a key as shown."""
    return {
        "name": key.name,
        "scopes": sorted(key.scopes),
        "created_at": key.created_at,
        "created_by": key.created_by,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }


def audit_out(entry: AuditEntry) -> dict[str, Any]:  # Any: JSON values
    """Return an entry of the audit as shown."""
    return {
        "seq": entry.seq,
        "at": entry.at,
        "by": entry.by,
        "what": entry.what,
        "subject": entry.subject,
        "detail": dict(entry.detail),
    }
