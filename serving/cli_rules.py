"""`jiesu rules`: run the cases, explain one ticket, and try a change of rules on old tickets."""

import sys
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import orjson
import typer

from jiesu.serving.chinese import ChineseCommand, ChineseGroup
from jiesu.serving.cli_options import AsJson, City, Gazetteer, Model
from jiesu.serving.times import CHINA_TIME

app = typer.Typer(
    cls=ChineseGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="检验职责规则，说明为什么派给这个单位，或试算改动规则的影响。",
)

SOME_FAILED = 3
_SHOWN = 20

Day = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="日期", help="按哪一天的规则，如 2026-11-28"),
]


@app.command("test", cls=ChineseCommand, help="逐条运行派单用例；有不符的逐条列出，退出码 3。")
def run(
    folder: Annotated[Path, typer.Argument(metavar="用例文件夹", help="内有 *.yaml 用例")] = Path(
        "tests/cases/routing"
    ),
    as_json: AsJson = False,
    city: City = None,
    model: Model = None,
    gazetteer: Gazetteer = None,
) -> int:
    """Run the routing cases of a folder."""
    from jiesu.serving.rule_runs import run_cases
    from jiesu.serving.settings import load_settings

    settings = load_settings(city=city, model=model, extra_gazetteer=gazetteer)
    result = run_cases(folder, settings, datetime.now(CHINA_TIME))
    if as_json:
        failed = [
            {"case": case.where, "text": case.text, "wrong": list(wrong)}
            for case, wrong in result.failed
        ]
        _print_json({"ran": result.ran, "skipped": result.skipped, "failed": failed})
    else:
        for case, wrong in result.failed:
            typer.secho(f"✗ {case.where}：{case.text}", fg="red")
            typer.echo(f"    {'；'.join(wrong)}")
        typer.echo(f"{result.ran} 条用例，{len(result.failed)} 条不符" + _skipped(result.skipped))
    return SOME_FAILED if result.failed else 0


@app.command(cls=ChineseCommand, help="说明一件诉求试过哪些规则、各为什么不成立、由哪条决定。")
def explain(
    text: Annotated[str, typer.Argument(metavar="诉求", help="诉求内容")],
    code: Annotated[
        str, typer.Option("--class", metavar="代码", help="事项代码；不填由模型判断")
    ] = "",
    address: Annotated[str, typer.Option(help="地址栏的内容")] = "",
    day: Day = None,
    as_json: AsJson = False,
    city: City = None,
    model: Model = None,
    gazetteer: Gazetteer = None,
) -> None:
    """Print the chain of rules for one ticket."""
    from jiesu.router.rule_cases import Expectation, RuleCase
    from jiesu.serving.render_rules import print_explanation
    from jiesu.serving.rule_runs import explain as explain_case
    from jiesu.serving.rule_runs import explanation_json
    from jiesu.serving.settings import load_settings

    settings = load_settings(city=city, model=model, extra_gazetteer=gazetteer)
    case = RuleCase("", text, Expectation(), code, address=address, day=day and day.date())
    explained = explain_case(case, settings, _today())
    if as_json:
        _print_json(explanation_json(explained))
    else:
        print_explanation(explained)


@app.command(cls=ChineseCommand, help="用一批工单试算：规则由旧改新后，哪些会改派，按单位汇总。")
def diff(
    old: Annotated[Path, typer.Argument(metavar="旧文件夹", help="改动前的城市数据文件夹")],
    new: Annotated[Path, typer.Argument(metavar="新文件夹", help="改动后的城市数据文件夹")],
    tickets: Annotated[
        Path,
        typer.Argument(metavar="工单文件", help="CSV、XLSX、JSONL 或 Parquet；有 code 列就用它"),
    ],
    as_json: AsJson = False,
    model: Model = None,
    gazetteer: Gazetteer = None,
) -> None:
    """Print what would move between two city folders, by unit."""
    from jiesu.router.rule_cases import RulesAlone
    from jiesu.router.rule_diff import by_unit, moves
    from jiesu.serving.rule_runs import ticket_cases
    from jiesu.serving.settings import load_settings
    from jiesu.taxonomy.city import load_city

    settings = load_settings(city=old, model=model, extra_gazetteer=gazetteer)
    before, after = (
        RulesAlone.of_city(load_city(folder), settings.extra_gazetteer) for folder in (old, new)
    )
    cases = list(ticket_cases(tickets, settings))
    found = list(moves(cases, before, after, _today()))
    if as_json:
        _print_json({
            "tickets": len(cases),
            "moved": len(found),
            "units": [{"from": a, "to": b, "tickets": n} for a, b, n in by_unit(found)],
            "moves": [
                {"id": m.ticket_id, "code": m.code, "from": m.before, "to": m.after, "rule": m.rule}
                for m in found
            ],
        })  # fmt: skip
        return
    typer.echo(f"{len(cases)} 件工单，{len(found)} 件改派")
    for origin, goal, count in by_unit(found):
        typer.echo(f"{count:>6}  {origin} → {goal}")
    for move in islice(found, _SHOWN):
        typer.echo(
            f"  {move.ticket_id}：{move.text[:40]}  {move.before} → {move.after}（{move.rule}）"
        )
    if len(found) > _SHOWN:
        typer.echo(f"  其余 {len(found) - _SHOWN} 件用 --json 查看")


def _skipped(count: int) -> str:
    return f"，{count} 条没有事项代码、又没有可用的模型，未运行" if count else "，全部运行"


def _today() -> date:
    return datetime.now(CHINA_TIME).date()


def _print_json(value: object) -> None:
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
