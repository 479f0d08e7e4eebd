"""`jiesu knowledge`: bring knowledge entries into the desk's database."""

from pathlib import Path
from typing import Annotated

import typer

from jiesu.serving.chinese import ChineseCommand, ChineseGroup

app = typer.Typer(
    cls=ChineseGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="维护知识库：从 XLSX、CSV 或 Markdown 导入。",
)

BY = "命令行"


@app.command("import", cls=ChineseCommand, help="导入知识条目；编号已有的条目会被更新。")
def import_entries(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="文件",
            help="表格须有标题、内容两列，可有编号、依据、事项代码、生效日期、失效日期；"
            "Markdown 用“## 标题”分条",
        ),
    ],
    database_url: Annotated[str | None, typer.Option(help="数据库；默认同 jiesu serve")] = None,
) -> None:
    """Store the entries of a file."""
    from jiesu.serving.knowledge_desk import KnowledgeDesk, read_entries
    from jiesu.serving.settings import load_settings
    from jiesu.serving.store.database import open_database
    from jiesu.serving.workplace import china_now

    entries = read_entries(file)
    database = open_database(load_settings(database_url=database_url).database_url)
    try:
        new, changed = KnowledgeDesk(database, china_now).take_in(entries, BY)
    finally:
        database.close()
    typer.echo(f"知识库：新增 {new} 条，更新 {changed} 条")
