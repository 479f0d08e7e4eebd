"""`jiesu policy`: put a certified policy in force, look at it, withdraw it."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from jiesu.serving.chinese import ChineseCommand, ChineseGroup
from jiesu.serving.cli_options import AsJson, DatabaseUrl

if TYPE_CHECKING:
    from jiesu.serving.policy_register import PolicyRegister, Standing

BY = "命令行"

app = typer.Typer(
    cls=ChineseGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="启用、查看、撤回自动派单策略（jiesu certify 所写的文件）。",
)


class StageOption(StrEnum):
    """Stages of a policy."""

    SHADOW = "shadow"
    CONFIRM = "confirm"
    AUTO = "auto"


@app.command(cls=ChineseCommand, help="启用策略；正在运行的服务两秒内换上。")
def use(
    file: Annotated[Path, typer.Argument(metavar="策略文件", help="jiesu certify 写的文件")],
    stage: Annotated[
        StageOption | None,
        typer.Option(help="以哪个阶段启用；不填按文件里写的"),
    ] = None,
    note: Annotated[str, typer.Option(help="说明，记入历史和审计")] = "",
    database_url: DatabaseUrl = None,
) -> None:
    """Put a policy in force."""
    from jiesu.router.dispatch_policy import STAGE_NAMES

    with _register(database_url) as register:
        policy = register.use(file, BY, stage.value if stage else None, note)
    typer.echo(f"已启用 {policy.version}，阶段：{STAGE_NAMES[policy.stage]}")


@app.command(cls=ChineseCommand, help="查看启用的策略、漂移检验的水平和是否撤回。")
def show(as_json: AsJson = False, database_url: DatabaseUrl = None) -> None:
    """Print the policy in force."""
    with _register(database_url) as register:
        standing = register.standing()
    if as_json:
        typer.echo(orjson.dumps(_json(standing)).decode())
    elif standing is None:
        typer.echo("没有启用的策略，不会自动派单")
    else:
        typer.echo("\n".join(_told(standing)))


@app.command(cls=ChineseCommand, help="撤回启用的策略；要恢复须重新认证。")
def withdraw(
    why: Annotated[str, typer.Option(help="原因，记入历史和审计")],
    database_url: DatabaseUrl = None,
) -> None:
    """Withdraw the policy in force."""
    with _register(database_url) as register:
        policy = register.withdraw(BY, why)
    typer.echo(f"已撤回 {policy.version}；重新认证请用 jiesu certify")


def _told(standing: "Standing") -> Iterator[str]:
    from jiesu.router.dispatch_policy import STAGE_NAMES

    policy, state = standing.policy, standing.watched
    yield f"策略 {standing.name}，由 {standing.by} 启用，阶段：{STAGE_NAMES[policy.stage]}"
    yield f"{policy.guarantee}，覆盖 {policy.auto.coverage:.1%}；{policy.expires_at:%Y-%m-%d} 到期"
    made = policy.made_for
    yield f"只对模型 {made.model}、分类体系 {made.taxonomy}、规则 {made.rules} 有效"
    judged, level = (state.decisions, state.level) if state else (0, 0.0)
    yield f"漂移检验：看过 {judged} 件，水平 {level:.1f}，警戒线 {policy.drift.alarm:.1f}"
    if state and state.withdrawn_at:
        yield f"已于 {state.withdrawn_at:%Y-%m-%d %H:%M} 撤回：{state.why}"


def _json(standing: "Standing | None") -> object:
    from jiesu.router.dispatch_policy import policy_json

    if standing is None:
        return None
    return {
        "name": standing.name,
        "by": standing.by,
        "policy": policy_json(standing.policy),
        "watched": standing.watched,
    }


@contextmanager
def _register(database_url: str | None) -> Iterator["PolicyRegister"]:
    """Open the database for one command."""
    from jiesu.serving.policy_register import PolicyRegister
    from jiesu.serving.settings import load_settings
    from jiesu.serving.store.database import open_database
    from jiesu.serving.workplace import china_now

    database = open_database(load_settings(database_url=database_url).database_url)
    try:
        yield PolicyRegister(database, china_now)
    finally:
        database.close()
