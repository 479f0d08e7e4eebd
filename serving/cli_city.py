"""`jiesu city`: check a city folder, and carry it to a workbook and back."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from jiesu.serving.chinese import ChineseCommand, ChineseGroup
from jiesu.serving.cli_options import AsJson, City
from jiesu.serving.times import CHINA_TIME
from jiesu.taxonomy.errors import CityError, InputError

app = typer.Typer(
    cls=ChineseGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="检查城市数据文件夹，或与 XLSX 工作簿互相转换。",
)

_SHOWN = 20
"""So many findings are printed; --report has all of them."""

Folder = Annotated[Path | None, typer.Argument(metavar="文件夹", help="不填用随附的城市")]


@app.command(cls=ChineseCommand, help="检查城市数据，逐条列出错误所在的文件和键。")
def check(folder: Folder = None, as_json: AsJson = False) -> None:
    """Print every error of a city folder; exit code 2 where there are any."""
    problems, warnings = _checked(folder := _folder(folder))
    if as_json:
        body = orjson.dumps(
            {"problems": problems, "warnings": warnings}, option=orjson.OPT_INDENT_2
        )
        sys.stdout.buffer.write(body + b"\n")
    for warning in [] if as_json else warnings:
        typer.echo(f"提示：{warning}")
    if problems:
        raise CityError([f"{folder} 有 {len(problems)} 处要改：", *problems])
    if not as_json:
        typer.echo(f"{folder} 没有错误" + (f"，有 {len(warnings)} 处提示" if warnings else ""))


@app.command(
    "export", cls=ChineseCommand, help="把整个城市文件夹写成一个 XLSX 工作簿，供表格软件编辑。"
)
def export_city(
    workbook: Annotated[Path, typer.Argument(metavar="工作簿", help="要写的 .xlsx 文件")],
    city: City = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="覆盖已有的文件")] = False,
) -> None:
    """Write a city folder into one workbook."""
    from jiesu.serving.city_files import export_xlsx

    if workbook.suffix.lower() != ".xlsx":
        raise InputError(f"工作簿 {workbook} 应以 .xlsx 结尾；请改文件名")
    if workbook.exists() and not overwrite:
        raise InputError(f"{workbook} 已存在；要覆盖请加 --overwrite")
    folder = _folder(city)
    export_xlsx(folder, workbook)
    typer.echo(f"已把 {folder} 写入 {workbook}")


@app.command(
    "import", cls=ChineseCommand, help="把 XLSX 工作簿写回城市文件夹；有错误则什么也不改。"
)
def import_city(
    workbook: Annotated[Path, typer.Argument(metavar="工作簿", help="要读的 .xlsx 文件")],
    folder: Annotated[Path, typer.Argument(metavar="文件夹", help="要写的城市数据文件夹")],
) -> None:
    """Write the city of a workbook into a folder, unless it has errors."""
    from jiesu.serving.city_files import import_xlsx

    changed = import_xlsx(workbook, folder)
    for file in changed:
        typer.echo(f"已更新 {file}")
    typer.echo(f"{folder}：更新 {len(changed)} 个文件")


@app.command(cls=ChineseCommand, help="拿城市自己的地址文件与地名表比对，列出新增和冲突；可并入。")
def places(
    file: Annotated[
        Path, typer.Argument(metavar="文件", help="CSV、XLSX、Parquet、JSONL；须有名称和区两列")
    ],
    merge: Annotated[bool, typer.Option("--merge", help="把新增和更细的写进地名表")] = False,
    file_wins: Annotated[
        bool, typer.Option("--file-wins", help="与 --merge 同用：冲突时以文件为准；不写则不动")
    ] = False,
    report: Annotated[Path | None, typer.Option(help="逐条结论写到这个 CSV 文件")] = None,
    city: City = None,
) -> None:
    """Compare a file of places with the city, and merge it on request."""
    from jiesu.serving.place_file import compare_places, merge_places, write_report

    folder = _folder(city)
    if merge:
        found = merge_places(folder, file, file_wins=file_wins)
    else:
        found = compare_places(folder, file)
    if report is not None:
        write_report(found, report)
    for number, name, *_, finding, why in found.table()[:_SHOWN]:
        typer.echo(f"第 {number} 行 {name}：{finding}" + (f"，{why}" if why else ""))
    typer.echo("，".join(f"{name} {count}" for name, count in found.counts.items()))
    if merge:
        typer.echo(f"{folder}：地名表更新 {found.merged} 行")


def _checked(folder: Path) -> tuple[list[str], list[str]]:
    """Return errors and warnings of the nouns, and where these hold, of the rules on them."""
    from jiesu.router.check_rules import rule_problems, rule_warnings
    from jiesu.taxonomy.check import check_city, city_warnings
    from jiesu.taxonomy.city import load_city

    if problems := check_city(folder):
        return problems, []
    city, today = load_city(folder), datetime.now(CHINA_TIME).date()
    if problems := rule_problems(city, today):
        return problems, []
    return [], [*city_warnings(folder), *rule_warnings(city, today)]


def _folder(given: Path | None) -> Path:
    """Return the folder given, that of the settings, or the packaged city's."""
    from jiesu.serving.settings import load_settings
    from jiesu.taxonomy.city import default_city_folder

    folder = load_settings(city=given).city or default_city_folder()
    if not folder.is_dir():
        raise InputError(f"城市数据文件夹 {folder} 不存在；请检查路径")
    return folder
