"""`jiesu user` and `jiesu key`: who may come in, managed at the machine of the database."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from jiesu.serving.chinese import ChineseCommand, ChineseGroup
from jiesu.serving.cli_options import AsJson, City, DatabaseUrl
from jiesu.serving.doors.rights import PROGRAM_RIGHTS, RIGHTS, ROLE_NAMES
from jiesu.taxonomy.errors import InputError

if TYPE_CHECKING:
    from jiesu.serving.doors.register import Register  # SQLAlchemy takes a moment to import

BY = "命令行"
"""Stands in the audit for whoever works at the machine itself."""

users = typer.Typer(
    cls=ChineseGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="管理能登录控制台的用户。",
)
keys = typer.Typer(
    cls=ChineseGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="管理程序用的 API 密钥。",
)

Login = Annotated[str, typer.Argument(metavar="登录名", help="登录名")]
KeyName = Annotated[str, typer.Argument(metavar="名称", help="密钥的名称，记入历史和审计")]


@users.command("add", cls=ChineseCommand, help="建立用户；密码从键盘问，或从管道读一行。")
def add_user(
    login: Login,
    role: Annotated[
        str, typer.Option(help="、".join(f"{role} {name}" for role, name in ROLE_NAMES.items()))
    ],
    name: Annotated[str, typer.Option(help="姓名或工号，记入历史，不能重复；不填用登录名")] = "",
    unit: Annotated[str, typer.Option(help="承办单位编号；角色 unit 必填")] = "",
    database_url: DatabaseUrl = None,
    city: City = None,
) -> None:
    """Let a person come in."""
    from jiesu.serving.doors.register import plain_user
    from jiesu.serving.settings import load_settings
    from jiesu.taxonomy.city import load_city

    user = plain_user(login, name, role, unit)
    units = load_city(load_settings(city=city).city).units_by_id if unit else {}
    with _register(database_url) as register:
        register.add_user(BY, user, _new_password(), units)
    typer.echo(f"已建立用户 {user.login}（{ROLE_NAMES[user.role]}）")


@users.command("list", cls=ChineseCommand, help="列出用户。")
def list_users(as_json: AsJson = False, database_url: DatabaseUrl = None) -> None:
    """Print all users."""
    with _register(database_url) as register:
        found = register.users()
    if as_json:
        typer.echo(orjson.dumps(found).decode())
        return
    for user in found:
        unit = f"\t{user.unit_id}" if user.unit_id else ""
        off = "\t已停用" if user.is_disabled else ""
        typer.echo(f"{user.login}\t{user.name}\t{ROLE_NAMES[user.role]}{unit}{off}")


@users.command(cls=ChineseCommand, help="停用用户：立即退出，不能再登录；历史保留。")
def disable(login: Login, database_url: DatabaseUrl = None) -> None:
    """Let a user no longer come in."""
    with _register(database_url) as register:
        register.disable(BY, login)
    typer.echo(f"已停用 {login}")


@users.command(cls=ChineseCommand, help="重新启用停用的用户。")
def enable(login: Login, database_url: DatabaseUrl = None) -> None:
    """Let a disabled user come in again."""
    with _register(database_url) as register:
        register.enable(BY, login)
    typer.echo(f"已启用 {login}")


@users.command(cls=ChineseCommand, help="设新密码（从键盘问，或从管道读一行）；原有登录全部退出。")
def passwd(login: Login, database_url: DatabaseUrl = None) -> None:
    """Give a user a new password."""
    with _register(database_url) as register:
        register.set_password(BY, login, _new_password())
    typer.echo(f"已更改 {login} 的密码")


@keys.command("add", cls=ChineseCommand, help="建立密钥；只显示这一次，库中只存它的散列值。")
def add_key(
    name: KeyName,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="范围，可给多个；不填为程序可有的全部："
            + " ".join(right for right in RIGHTS if right in PROGRAM_RIGHTS)
        ),
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="多少天后失效；不填则直到吊销")] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make a key for a program."""
    with _register(database_url) as register:
        typer.echo(register.add_key(BY, name, scope or sorted(PROGRAM_RIGHTS), days))


@keys.command("list", cls=ChineseCommand, help="列出密钥的名称、范围和期限（不含密钥本身）。")
def list_keys(as_json: AsJson = False, database_url: DatabaseUrl = None) -> None:
    """Print all keys."""
    with _register(database_url) as register:
        found = register.keys()
    if as_json:
        typer.echo(orjson.dumps(found, default=sorted).decode())
        return
    for key in found:
        ends = _day(key.revoked_at, "吊销于") or _day(key.expires_at, "有效至") or "长期"
        typer.echo(f"{key.name}\t{ends}\t{' '.join(sorted(key.scopes))}")


@keys.command(cls=ChineseCommand, help="吊销密钥，立即生效。")
def revoke(name: KeyName, database_url: DatabaseUrl = None) -> None:
    """End a key."""
    with _register(database_url) as register:
        register.revoke_key(BY, name)
    typer.echo(f"已吊销 {name}")


def _day(at: datetime | None, words: str) -> str:
    return f"{words} {at:%Y-%m-%d}" if at else ""


def _new_password() -> str:
    """Ask twice for a password, or read one line of a pipe."""
    if sys.stdin.isatty():
        return str(typer.prompt("密码", hide_input=True, confirmation_prompt="再输一次"))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise InputError("没有读到密码；请从键盘输入，或从管道给一行")
    return line


@contextmanager
def _register(database_url: str | None) -> Iterator["Register"]:
    """Open the database that the settings name."""
    from jiesu.serving.doors.register import Register
    from jiesu.serving.settings import load_settings
    from jiesu.serving.store.database import open_database
    from jiesu.serving.workplace import china_now

    database = open_database(load_settings(database_url=database_url).database_url)
    try:
        yield Register(database, china_now)
    finally:
        database.close()
