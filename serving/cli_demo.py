"""`jiesu demo`: a filled desk on this machine, to look at; nothing of it outlives the command."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jiesu.serving.cli_options import City, Gazetteer, Model

if TYPE_CHECKING:
    from jiesu.serving.settings import Settings

HELP = "打开演示控制台：三百多件演示工单和几起群体诉求；只在本机，退出后不留数据。"


def demo(
    port: Annotated[int | None, typer.Option(help="监听端口；默认 8000")] = None,
    keep: Annotated[
        Path | None, typer.Option(help="把演示数据库留在这个文件（须不存在），供以后查看")
    ] = None,
    login: Annotated[
        bool,
        typer.Option("--login", help="要登录：各角色一个用户，密码随机，打印出来；不加则不必登录"),
    ] = False,
    city: City = None,
    model: Model = None,
    gazetteer: Gazetteer = None,
) -> None:
    """Fill a database and serve it until interrupted."""
    from jiesu.taxonomy.errors import InputError

    if keep is not None and keep.exists():
        raise InputError(f"文件已存在：{keep}；演示不覆盖已有数据库，请换一个文件名")
    with tempfile.TemporaryDirectory(prefix="jiesu-demo-") as folder:
        database = keep or Path(folder) / "demo.db"
        _serve(database, login, port=port, city=city, model=model, extra_gazetteer=gazetteer)


def _serve(database: Path, login: bool, **given: object) -> None:
    from jiesu.serving.demo import fill
    from jiesu.serving.engine import load_engine
    from jiesu.serving.server import check_address, run_server
    from jiesu.serving.settings import load_settings

    settings = load_settings(database_url=f"sqlite:///{database.absolute()}", **given)
    check_address(settings.host, settings.port)
    typer.echo("正在准备演示工单……", err=True)
    count = fill(settings, load_engine(settings))
    typer.echo(f"已有 {count} 件演示工单。", err=True)
    if login:
        typer.echo("登录名、密码和角色：\n" + _people(settings))
    run_server(settings)


def _people(settings: "Settings") -> str:
    from jiesu.serving.demo_people import add_people, told
    from jiesu.serving.store.database import open_database
    from jiesu.serving.workplace import china_now
    from jiesu.taxonomy.city import load_city

    database = open_database(settings.database_url)
    try:
        return told(add_people(database, load_city(settings.city), china_now))
    finally:
        database.close()
