"""`jiesu erase`, `jiesu backup`, `jiesu restore`: what becomes of the data."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jiesu.serving.cli_options import DatabaseUrl
from jiesu.taxonomy.errors import InputError

if TYPE_CHECKING:
    from jiesu.serving.retention import Retention  # SQLAlchemy takes a moment to import

ERASE = "删除来电人的个人信息（不能恢复）；事项、单位、时间等统计所需的保留；记入审计。"
BACKUP = "备份数据库到文件；服务不必停。"
RESTORE = "用备份恢复数据库；请先停止服务。"

_BY = "命令行"
_WAYS = "--caller、--caller-sha256、--ticket、--older-than"


def erase(
    caller: Annotated[
        str | None,
        typer.Option(help="来电人姓名（来电人一栏全同）或电话（出现在任何一栏）；- 从管道读入"),
    ] = None,
    caller_sha256: Annotated[
        str | None, typer.Option("--caller-sha256", help="同上，但给出姓名或电话的 SHA-256")
    ] = None,
    ticket: Annotated[list[str] | None, typer.Option(help="工单编号，可给多个")] = None,
    older_than: Annotated[
        int | None, typer.Option(min=1, metavar="天数", help="受理已超过多少天的已办结工单")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只说有多少件，不删除")] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Erase callers' data."""
    from jiesu.serving.retention import Retention
    from jiesu.serving.settings import load_settings
    from jiesu.serving.store.database import open_database
    from jiesu.serving.workplace import china_now

    settings = load_settings(database_url=database_url)
    database = open_database(settings.database_url)
    try:
        retention = Retention(database, china_now, settings.neighbours)
        how, ids = _wanted(retention, caller, caller_sha256, ticket or [], older_than)
        typer.echo(f"找到 {len(ids)} 件")
        if dry_run or not ids or not _is_sure(yes):
            return
        retention.erase(_BY, how, ids)
        typer.echo(f"已删除 {len(ids)} 件的个人信息；正在运行的服务请重启，以清除内存中的内容")
    finally:
        database.close()


def _wanted(
    retention: "Retention",
    caller: str | None,
    digest: str | None,
    tickets: list[str],
    days: int | None,
) -> tuple[str, list[str]]:
    from jiesu.serving.retention import caller_hashes_to, caller_is

    if sum(way not in (None, []) for way in (caller, digest, tickets, days)) != 1:
        raise InputError(f"请在 {_WAYS} 中给出一种")
    if caller is not None:
        given = sys.stdin.readline().strip() if caller == "-" else caller
        return "caller", retention.of_caller(caller_is(given))
    if digest is not None:
        return "caller", retention.of_caller(caller_hashes_to(digest))
    if days is not None:
        return "age", retention.older_than(days)
    return "ticket", retention.known(tickets)


def _is_sure(yes: bool) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        raise InputError("删除不能恢复；不从键盘运行时请加 --yes")
    return typer.confirm("删除后不能恢复，确定吗？")


def backup(
    file: Annotated[Path, typer.Argument(metavar="文件", help="备份写到这里；不能已存在")],
    database_url: DatabaseUrl = None,
) -> None:
    """Copy the database to a file."""
    from jiesu.serving.backup import back_up
    from jiesu.serving.settings import load_settings

    back_up(load_settings(database_url=database_url).database_url, file)
    typer.echo(f"已备份到 {file}（{file.stat().st_size / 1e6:.1f} MB）")


def restore(
    file: Annotated[Path, typer.Argument(metavar="文件", help="jiesu backup 写的备份")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="替换数据库里已有的数据；请先停止服务")
    ] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Put a copy of the database back."""
    from jiesu.serving.backup import restore as put_back
    from jiesu.serving.settings import load_settings

    put_back(file, load_settings(database_url=database_url).database_url, overwrite=overwrite)
    typer.echo(f"已从 {file} 恢复")
