"""Who may come in: making, changing and ending users and API keys; every step is audited.

Every transaction begins and ends here.
"""

import re
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from jiesu.serving.doors.guard import hash_of
from jiesu.serving.doors.passwords import check_password, hash_password
from jiesu.serving.doors.rights import PROGRAM_RIGHTS, RIGHT_NAMES, ROLES
from jiesu.serving.store import api_keys, audit, people
from jiesu.serving.store.api_keys import ApiKey
from jiesu.serving.store.audit import AuditEntry
from jiesu.serving.store.database import Database
from jiesu.serving.store.people import User
from jiesu.taxonomy.errors import InputError

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,49}")
_KEY_PREFIX = "jiesu_"
"""Lets a scanner for leaked secrets recognise a key of ours."""


class RegisterError(InputError):
    """A user or key cannot be as asked for; `field` names what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Register:
    """The users and keys of one database."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def users(self) -> list[User]:
        """Return all users in order of login."""
        with self._database.read() as connection:
            return people.all_users(connection)

    def add_user(self, by: str, user: User, password: str, units: Collection[str]) -> None:
        """Let a person come in.

        Args:
            by: who does it.
            units: ids of the units that there are.

        Raises:
            RegisterError, PasswordError: login, name, role, unit or password cannot be so.
            UserExists: login or name is taken.
        """
        _check_user(user, units)
        check_password(password, user.login)
        hashed, now = hash_password(password), self._clock()
        detail = {"role": user.role, "unit_id": user.unit_id}
        with self._database.write() as connection:
            people.add_user(connection, user, hashed, now)
            self._add(connection, by, "user-add", user.login, detail)

    def set_password(self, by: str, login: str, password: str) -> None:
        """Give a user a new password; the user's sessions end.

        Raises:
            UnknownUser, PasswordError: nothing was changed.
        """
        check_password(password, login)
        values = {"password_hash": hash_password(password)}
        self._change(by, login, values, "user-password", ends_sessions=True)

    def disable(self, by: str, login: str) -> None:
        """Let a user no longer come in; sessions end at once.

        Raises:
            UnknownUser: there is none.
            RegisterError: it is the last administrator.
        """
        others = [u for u in self.users() if u.role == "admin" and not u.is_disabled]
        if [user.login for user in others] == [login]:
            raise RegisterError("login", f"{login} 是最后一个系统管理员，不能停用；请先另建一个")
        self._change(by, login, {"disabled": True}, "user-disable", ends_sessions=True)

    def enable(self, by: str, login: str) -> None:
        """Let a disabled user come in again.

        Raises:
            UnknownUser: there is none.
        """
        self._change(by, login, {"disabled": False}, "user-enable", ends_sessions=False)

    def keys(self) -> list[ApiKey]:
        """Return all keys in order of name, those that have ended too."""
        with self._database.read() as connection:
            return api_keys.all_keys(connection)

    def add_key(self, by: str, name: str, scopes: Collection[str], days: int | None = None) -> str:
        """Make a key for a program; this is the only time that it is seen.

        Args:
            days: how long it is in force; None until it is revoked.

        Raises:
            RegisterError: name or scopes cannot be so.
            KeyNameExists: the name is taken.
        """
        _check_key(name, scopes)
        key, now = _KEY_PREFIX + secrets.token_urlsafe(32), self._clock()
        ends = None if days is None else now + timedelta(days=days)
        with self._database.write() as connection:
            made = ApiKey(name, frozenset(scopes), now, by, ends)
            api_keys.add_key(connection, made, hash_of(key))
            self._add(connection, by, "key-add", name, {"scopes": sorted(scopes)})
        return key

    def revoke_key(self, by: str, name: str) -> None:
        """End a key at once.

        Raises:
            UnknownKey: there is none.
        """
        with self._database.write() as connection:
            api_keys.revoke_key(connection, name, self._clock())
            self._add(connection, by, "key-revoke", name)

    def audit(
        self,
        *,
        by: str = "",
        subject: str = "",
        what: str = "",
        before: int | None = None,
        limit: int = 50,
    ) -> list[AuditEntry]:
        """Return entries of the audit, the latest first; what is empty does not narrow."""
        with self._database.read() as connection:
            return audit.entries(
                connection, by=by, subject=subject, what=what, before=before, limit=limit
            )

    def _change(
        self, by: str, login: str, values: Mapping[str, Any], what: str, *, ends_sessions: bool
    ) -> None:
        with self._database.write() as connection:
            people.change_user(connection, login, values, self._clock())
            if ends_sessions:
                people.end_sessions_of(connection, login)
            self._add(connection, by, what, login)

    def _add(
        self,
        connection: Connection,
        by: str,
        what: str,
        subject: str,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        audit.add_entry(connection, AuditEntry(self._clock(), by, what, subject, detail or {}))


def plain_user(login: str, name: str, role: str, unit_id: str = "") -> User:
    """Return a user whose role is one that there is; the name is the login where none is given.

    Raises:
        RegisterError: there is no such role.
    """
    known = next((one for one in ROLES if one == role), None)
    if known is None:
        raise RegisterError("role", f"没有角色 {role!r}；可用的有 {'、'.join(ROLES)}")
    return replace(User(login.strip(), name.strip() or login.strip(), known), unit_id=unit_id)


def _check_user(user: User, units: Collection[str]) -> None:
    if not _LOGIN.fullmatch(user.login):
        raise RegisterError(
            "login", f"登录名 {user.login[:60]!r} 不对：应为 1 到 50 个字母、数字或 . _ @ -"
        )
    if not 1 <= len(user.name) <= 50 or not user.name.isprintable():
        raise RegisterError("name", "姓名应有 1 到 50 个可显示的字符")
    if user.role == "unit" and user.unit_id not in units:
        raise RegisterError(
            "unit_id", f"角色 unit 要有承办单位；没有编号为 {user.unit_id!r} 的单位"
        )
    if user.role != "unit" and user.unit_id:
        raise RegisterError("unit_id", "只有角色 unit 属于一个承办单位；请去掉 unit_id")


def _check_key(name: str, scopes: Collection[str]) -> None:
    if not 1 <= len(name.strip()) <= 50 or not name.isprintable():
        raise RegisterError("name", "密钥的名称应有 1 到 50 个可显示的字符")
    unknown = sorted(set(scopes) - PROGRAM_RIGHTS)
    if unknown or not scopes:
        known = "、".join(right for right in RIGHT_NAMES if right in PROGRAM_RIGHTS)
        raise RegisterError("scopes", f"范围 {unknown} 不对；可用的有 {known}")
