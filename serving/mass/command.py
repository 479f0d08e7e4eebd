"""`jiesu mass`: hot issues of a file of messages, and what comes next."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from jiesu.serving.cli_options import City, Gazetteer, Model
from jiesu.taxonomy.errors import InputError

if TYPE_CHECKING:
    from jiesu.serving.mass.run import Findings

HELP = (
    "从一份留言或工单中找出群体诉求（多人反映同一件事），按热度排序。\n\n"
    "读 CSV、XLSX、Parquet、JSONL，需有正文和时间两列；来电人、标题、点赞数有则用。"
    "每个热点问题输出一行 JSON；--report 另写一份可直接打开的网页，--xlsx 另写一份表格。\n\n"
    "--show 改为输出未诉先办的一份清单：themes 每月一题，subdistricts 治理类街乡镇，"
    "forecast 诉求量预测，words 热词新词，sensitive 敏感词，parties 被诉求主体。"
    "文件里有事项编码、区、街乡镇、是否解决等列则用，没有则由文字判断。"
)


_SUFFIXES = {"--report": ".html", "--xlsx": ".xlsx"}
_SHOWN = 20


class Shown(StrEnum):
    """What is printed."""

    ALERTS = "alerts"
    THEMES = "themes"
    SUBDISTRICTS = "subdistricts"
    FORECAST = "forecast"
    WORDS = "words"
    SENSITIVE = "sensitive"
    PARTIES = "parties"


def _column(field: str) -> typer.models.OptionInfo:
    option = typer.Option(help=f"{field}所在的列；不填按常用列名识别", rich_help_panel="列名")
    assert isinstance(option, typer.models.OptionInfo)
    return option


def mass(
    source: Annotated[Path, typer.Argument(metavar="输入", help="留言或工单文件")],
    *,
    report: Annotated[Path | None, typer.Option(help="网页报告写到这里（.html）")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="热点问题表和留言明细写到这里（.xlsx）")] = None,
    show: Annotated[Shown, typer.Option(help="输出哪一份清单")] = Shown.ALERTS,
    month: Annotated[
        str | None, typer.Option(help="每月一题和治理类街乡镇的月份，如 2026-11；不填取最近一个月")
    ] = None,
    districts: Annotated[
        bool, typer.Option("--districts", help="预测分区给出；不填为全市")
    ] = False,
    top: Annotated[int | None, typer.Option(min=1, help="只要最热的几件；不填全部")] = None,
    text_column: Annotated[str | None, _column("诉求内容")] = None,
    time_column: Annotated[str | None, _column("时间")] = None,
    title_column: Annotated[str | None, _column("标题")] = None,
    caller_column: Annotated[str | None, _column("来电人")] = None,
    id_column: Annotated[str | None, _column("工单编号")] = None,
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

    check_outputs({"--report": report, "--xlsx": xlsx})
    settings = load_settings(city=city, model=model, extra_gazetteer=gazetteer)
    columns = {
        "text": text_column,
        "time": time_column,
        "title": title_column,
        "caller": caller_column,
        "id": id_column,
    }
    found = run_mass(
        source,
        settings,
        columns={field: name for field, name in columns.items() if name},
        with_route=route,
        top=top,
        month=month_of(month),
        districts=districts,
    )
    for row in rows_of(found, show):
        sys.stdout.buffer.write(orjson.dumps(row) + b"\n")
    sys.stdout.buffer.flush()
    if report is not None:
        from jiesu.serving.mass.page import write_page

        write_page(found, report)
    if xlsx is not None:
        from jiesu.serving.mass.sheets import write_sheets

        write_sheets(found, xlsx)
    for line in (
        *shortened(found.problems, len(found.messages)),
        *found.notes,
        *_said(found, show),
    ):
        typer.echo(line, err=True)
    return 3 if found.problems else 0


mass.__doc__ = HELP


def _said(found: "Findings", show: Shown) -> list[str]:
    """Return what the list that was asked for cannot say of itself."""
    if show is Shown.SUBDISTRICTS and found.ahead.care_note:
        return [found.ahead.care_note]
    if show is Shown.ALERTS and not found.alerts:
        return [f"{len(found.messages)} 条中没有达到预警条件的群体诉求"]
    return []


def check_outputs(paths: Mapping[str, Path | None]) -> None:
    """Refuse early what cannot be written after minutes of work.

    Args:
        paths: option → the file that it names, if any.

    Raises:
        InputError: of a wrong kind, or its folder is not there.
    """
    for option, path in paths.items():
        if path is None:
            continue
        if path.suffix.lower() != _SUFFIXES[option]:
            raise InputError(
                f"{option} 的文件名应以 {_SUFFIXES[option]} 结尾，不能是 {path.name!r}"
            )
        if not path.absolute().parent.is_dir():
            raise InputError(f"{option}：文件夹 {path.absolute().parent} 不存在；请先建立")


def shortened(problems: Sequence[str], used: int) -> list[str]:
    """Return what is said of rows that were left out: the first few, and how many in all.

    >>> shortened([f"第 {n} 行：正文为空" for n in range(2, 25)], 77)[-1]
    '……共略过 23 行，用了 77 行'
    """
    if not problems:
        return []
    shown = list(problems[:_SHOWN])
    more = "……" if len(problems) > _SHOWN else ""
    return [*shown, f"{more}共略过 {len(problems)} 行，用了 {used} 行"]


def rows_of(found: "Findings", show: Shown) -> list[dict[str, Any]]:  # Any: JSON objects
    """Return the list that was asked for."""
    from jiesu.serving.mass import rows

    tree, ahead = found.city.tree, found.ahead
    lists: dict[Shown, Callable[[], Iterable[dict[str, Any]]]] = {  # Any: JSON objects
        Shown.ALERTS: found.rows,
        Shown.THEMES: lambda: map(rows.theme_json, ahead.themes),
        Shown.SUBDISTRICTS: lambda: map(rows.care_json, ahead.subdistricts),
        Shown.FORECAST: lambda: map(rows.forecast_json, ahead.forecasts),
        Shown.WORDS: lambda: map(rows.word_json, found.words),
        Shown.SENSITIVE: lambda: map(rows.sensitive_json, ahead.sensitive),
        Shown.PARTIES: lambda: (rows.party_json(line, tree) for line in found.parties),
    }
    return list(lists[show]())


def month_of(text: str | None) -> date | None:
    """Read a month.

    Raises:
        InputError: it is none.

    >>> month_of("2026-11")
    datetime.date(2026, 11, 1)
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise InputError(f"月份 {text!r} 看不懂；请写成 2026-11") from None
