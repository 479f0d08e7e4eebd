"""The `jiesu` command: options, exit codes and errors; the work is done elsewhere.

Exit codes: 0 done, 2 wrong use or bad input, 3 finished but some rows failed, 130 interrupted.
Everything heavy is imported inside the commands, so that `jiesu --help` answers at once.
Commands of training may not be imported here; they are found as entry points.
"""

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points, version
from typing import Annotated, Any, NoReturn

import typer

from jiesu.serving import (
    cli_city,
    cli_corrections,
    cli_demo,
    cli_doors,
    cli_keep,
    cli_knowledge,
    cli_policy,
    cli_relabel,
    cli_rules,
)
from jiesu.serving.chinese import (
    ChineseCommand,
    ChineseGroup,
    describe_os_error,
    describe_usage,
)
from jiesu.serving.cli_options import AsJson, City, Gazetteer, History, Model, Policy
from jiesu.taxonomy.errors import InputError, JiesuError, RunInterrupted

ENTRY_POINTS = "jiesu.commands"
BAD_INPUT, INTERRUPTED = 2, 130


class JiesuGroup(ChineseGroup):
    """The top command: adds the commands that other packages offer, and turns errors into codes."""

    def list_commands(self, ctx: Any) -> list[str]:  # Any: Typer's context class is private
        """Return our commands, then those found as entry points."""
        own = super().list_commands(ctx)
        return own + sorted({point.name for point in entry_points(group=ENTRY_POINTS)} - set(own))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return our command, else load the entry point of this name; None if there is none."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        for point in entry_points(group=ENTRY_POINTS, name=cmd_name):
            return _as_command(point.name, _loaded(point))
        return None

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run, and leave with an exit code and at most one clear message."""
        sys.exit(exit_code(lambda: super(JiesuGroup, self).main(*args, **_inner(kwargs))))


app = typer.Typer(
    cls=JiesuGroup,
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"jiesu {version('jiesu')}")
        raise typer.Exit


@app.callback(help="接诉：把市民诉求分到事项、地点和承办单位。")
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="显示版本", callback=_print_version, is_eager=True, metavar=""
        ),
    ] = False,
) -> None:
    """Take the options of the top command."""


@app.command(cls=ChineseCommand, help="给一件诉求派单建议：事项、地点、承办单位、结果和时限。")
def route(
    text: Annotated[
        str | None,
        typer.Argument(metavar="诉求", help="诉求内容；写 - 或不写则从管道读入"),
    ] = None,
    address: Annotated[str, typer.Option(help="地址栏的内容")] = "",
    time: Annotated[
        str | None, typer.Option(help="受理时间，如 2026-11-28 09:05；不填按现在")
    ] = None,
    title: Annotated[str, typer.Option(help="标题")] = "",
    ticket_id: Annotated[str, typer.Option("--id", help="工单编号，原样返回")] = "",
    top_k: Annotated[int | None, typer.Option(min=1, max=50, help="给出几个候选事项")] = None,
    as_json: AsJson = False,
    city: City = None,
    model: Model = None,
    history: History = None,
    policy: Policy = None,
    gazetteer: Gazetteer = None,
) -> None:
    """Decide one ticket and print the decision."""
    from jiesu.serving.intake import text_from
    from jiesu.serving.settings import load_settings
    from jiesu.serving.single import route_one

    settings = load_settings(
        city=city,
        model=model,
        history=history,
        policy=policy,
        extra_gazetteer=gazetteer,
        top_k=top_k,
    )
    route_one(
        text_from(text, None if sys.stdin.isatty() else sys.stdin.buffer, settings.max_text_chars),
        settings,
        title=title,
        ticket_id=ticket_id,
        address=address,
        time=time,
        as_json=as_json,
    )


app.command(cls=ChineseCommand, help=cli_relabel.HELP)(cli_relabel.relabel)


@app.command(
    cls=ChineseCommand, help="启动 HTTP 服务；接口说明在 /docs，其余设置见环境变量 JIESU_*。"
)
def serve(
    host: Annotated[str | None, typer.Option(help="监听地址；默认只在本机（127.0.0.1）")] = None,
    port: Annotated[int | None, typer.Option(help="监听端口；默认 8000")] = None,
    database_url: Annotated[
        str | None, typer.Option(help="数据库；默认当前文件夹的 sqlite:///jiesu.db")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="工作进程数；默认 1")] = None,
    no_auth: Annotated[
        bool | None, typer.Option("--no-auth", help="不检查 API 密钥；只允许在本机使用")
    ] = None,
    city: City = None,
    model: Model = None,
    history: History = None,
    policy: Policy = None,
    gazetteer: Gazetteer = None,
) -> None:
    """Run the HTTP server until interrupted."""
    from jiesu.serving.server import run_server
    from jiesu.serving.settings import load_settings

    run_server(
        load_settings(
            host=host,
            port=port,
            database_url=database_url,
            workers=workers,
            no_auth=no_auth,
            city=city,
            model=model,
            history=history,
            policy=policy,
            extra_gazetteer=gazetteer,
        )
    )


app.command(cls=ChineseCommand, help=cli_demo.HELP)(cli_demo.demo)
app.add_typer(cli_city.app, name="city")
app.add_typer(cli_knowledge.app, name="knowledge")
app.add_typer(cli_rules.app, name="rules")
app.add_typer(cli_policy.app, name="policy")
app.add_typer(cli_doors.users, name="user")
app.add_typer(cli_doors.keys, name="key")
for _work, _help in (
    (cli_corrections.corrections, cli_corrections.HELP),
    (cli_keep.erase, cli_keep.ERASE),
    (cli_keep.backup, cli_keep.BACKUP),
    (cli_keep.restore, cli_keep.RESTORE),
):
    app.command(cls=ChineseCommand, help=_help)(_work)


def main() -> None:
    """Run the command line (entry point of the `jiesu` script)."""
    command()()


def command() -> Any:  # Any: Typer's command classes are private
    """Return the top command, ready to run or to be looked into."""
    return typer.main.get_command(app)


def _as_command(name: str, function: Callable[..., Any]) -> Any:
    single = typer.Typer(add_completion=False, rich_markup_mode="rich")
    single.command(name, cls=ChineseCommand)(function)
    return typer.main.get_command(single)


def _loaded(point: EntryPoint) -> Callable[..., Any]:
    """Import a command; one that cannot be loaded stays listed and says what to do.

    So a broken command of another package never takes `jiesu --help` with it.
    """
    try:
        loaded: Callable[..., Any] = point.load()
    except ImportError as error:
        return _unavailable(
            f"缺少组件 {error.name or error}", "请先安装：pip install 'jiesu[train]'"
        )
    except AttributeError:
        return _unavailable(f"找不到 {point.value}", "请重新安装提供它的软件包")
    return loaded


def _unavailable(reason: str, remedy: str) -> Callable[..., Any]:
    def command() -> None:
        raise InputError(f"这个命令不可用：{reason}；{remedy}")

    command.__doc__ = f"（不可用：{reason}）"
    return command


def _inner(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {**kwargs, "prog_name": "jiesu", "standalone_mode": False}


def exit_code(run: Callable[[], Any]) -> int:
    """Run a command; what it returns as a whole number is the exit code."""
    try:
        code = run()
    except typer.TyperException as error:
        return _complain_of_usage(error)
    except RunInterrupted as error:
        return _complain(str(error), INTERRUPTED)
    except JiesuError as error:
        return _complain(str(error), BAD_INPUT)
    except typer.Abort:
        return _complain("已中断", INTERRUPTED)
    except BrokenPipeError:
        return _quiet_pipe()
    except OSError as error:
        return _complain(describe_os_error(error), BAD_INPUT)
    return code if isinstance(code, int) else 0


def _complain(message: str, code: int) -> int:
    typer.secho(f"错误：{message}", err=True, fg="red")
    return code


def _complain_of_usage(error: typer.TyperException) -> int:
    if error.message or type(error).__name__ != "NoArgsIsHelpError":
        _complain(describe_usage(error), BAD_INPUT)
        context = getattr(error, "ctx", None)
        typer.echo(f"用法见 {context.command_path if context else 'jiesu'} --help", err=True)
    return BAD_INPUT


def _quiet_pipe() -> int:
    """Leave without noise when the reader of our output has gone (`| head`)."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
