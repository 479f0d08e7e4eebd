"""`jiesu mass`: hot issues of a file of messages."""

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer

from jiesu.serving.cli_options import City, Gazetteer, Model

HELP = (
    "从一份留言或工单中找出群体诉求（多人反映同一件事），按热度排序。\n\n"
    "读 CSV、XLSX、Parquet、JSONL，需有正文和时间两列；来电人、标题、点赞数有则用。"
    "每个热点问题输出一行 JSON；--report 另写一份可直接打开的网页，--xlsx 另写一份表格。"
)


def mass(
    source: Annotated[Path, typer.Argument(metavar="输入", help="留言或工单文件")],
    *,
    report: Annotated[Path | None, typer.Option(help="网页报告写到这里（.html）")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="热点问题表和留言明细写到这里（.xlsx）")] = None,
    top: Annotated[int | None, typer.Option(min=1, help="只要最热的几件；不填全部")] = None,
    route: Annotated[
        bool, typer.Option("--route/--no-route", help="是否给出事项、地点和承办单位")
    ] = True,
    city: City = None,
    model: Model = None,
    gazetteer: Gazetteer = None,
) -> int:
    """Find hot issues; return the exit code."""
    from jiesu.serving.mass.run import run_mass
    from jiesu.serving.settings import load_settings

    settings = load_settings(city=city, model=model, extra_gazetteer=gazetteer)
    found = run_mass(source, settings, with_route=route, top=top)
    for row in found.rows():
        sys.stdout.buffer.write(orjson.dumps(row) + b"\n")
    sys.stdout.buffer.flush()
    if report is not None:
        from jiesu.serving.mass.page import write_page

        write_page(found, report)
    if xlsx is not None:
        from jiesu.serving.mass.sheets import write_sheets

        write_sheets(found, xlsx)
    for line in (*found.problems, *found.notes):
        typer.echo(line, err=True)
    return 3 if found.problems else 0


mass.__doc__ = HELP
