"""`jiesu relabel`: the options of a batch run; the run is in `jiesu.serving.relabel`."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer

from jiesu.serving.cli_options import AsJson, City, Gazetteer, Model
from jiesu.serving.relabel.options import EngineName, RelabelOptions

HELP = (
    "给一份历史工单文件逐行标注事项、地点和承办单位，原有各列不变。\n\n"
    "支持 CSV、TSV、XLSX、Parquet、JSONL，编码 UTF-8 或 GB18030（自动识别）。"
    "旁边另写一份 HTML 报告；有问题的行保留并逐行列出（退出码 3）；中断后可用 --resume 续跑。"
)


def _column(field: str) -> typer.models.OptionInfo:
    option = typer.Option(help=f"{field}所在的列；不填按常用列名识别", rich_help_panel="列名")
    assert isinstance(option, typer.models.OptionInfo)
    return option


def relabel(
    source: Annotated[Path, typer.Argument(metavar="输入", help="要标注的文件")],
    output: Annotated[Path, typer.Argument(metavar="输出", help="结果文件；后缀决定格式")],
    *,
    resume: Annotated[bool, typer.Option("--resume", help="接着上次中断处续跑")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="输出已存在时重做")] = False,
    engine: Annotated[EngineName, typer.Option(help="local 本机多进程，ray 集群")] = "local",
    workers: Annotated[int | None, typer.Option(min=1, help="进程数；不填每核一个")] = None,
    ray_address: Annotated[str | None, typer.Option(help="Ray 集群地址")] = None,
    encoding: Annotated[str | None, typer.Option(help="输入编码；不填自动识别")] = None,
    output_encoding: Annotated[str | None, typer.Option(help="输出编码；不填与输入相同")] = None,
    delimiter: Annotated[str | None, typer.Option(help="CSV 分隔符；不填自动识别")] = None,
    sheet: Annotated[str | None, typer.Option(help="工作表名；不填用第一张有内容的")] = None,
    text_column: Annotated[str | None, _column("诉求内容")] = None,
    title_column: Annotated[str | None, _column("标题")] = None,
    id_column: Annotated[str | None, _column("工单编号")] = None,
    time_column: Annotated[str | None, _column("受理时间")] = None,
    address_column: Annotated[str | None, _column("地址")] = None,
    caller_column: Annotated[str | None, _column("来电人")] = None,
    channel_column: Annotated[str | None, _column("渠道")] = None,
    city: City = None,
    model: Model = None,
    gazetteer: Gazetteer = None,
    as_json: AsJson = False,
) -> int:
    """Label every row of a file; return the exit code."""
    from jiesu.serving.relabel.run import run_relabel
    from jiesu.serving.settings import load_settings

    settings = load_settings(city=city, model=model, extra_gazetteer=gazetteer)
    options = RelabelOptions(
        input=source,
        output=output,
        engine=engine,
        resume=resume,
        overwrite=overwrite,
        encoding=encoding,
        output_encoding=output_encoding,
        delimiter=delimiter,
        sheet=sheet,
        text_column=text_column,
        title_column=title_column,
        id_column=id_column,
        time_column=time_column,
        address_column=address_column,
        caller_column=caller_column,
        channel_column=channel_column,
        city=settings.city,
        model=settings.model,
        gazetteer=settings.extra_gazetteer,
        workers=workers,
        ray_address=ray_address,
        max_text_chars=settings.max_text_chars,
    )
    result = run_relabel(options)
    if as_json:
        body = asdict(result) | {"exit_code": result.exit_code}
        sys.stdout.buffer.write(orjson.dumps(body, default=str) + b"\n")
    else:
        typer.echo(result.summary())
    return result.exit_code
