"""`jiesu corrections`: what people decided, as the table that training reads."""

from pathlib import Path
from typing import Annotated

import typer

from jiesu.serving.cli_options import DatabaseUrl
from jiesu.taxonomy.errors import InputError

HELP = "把人处理过的工单（脱敏）写成 Parquet，供 jiesu train、jiesu certify 使用；记入审计。"


def corrections(
    out: Annotated[Path, typer.Argument(metavar="文件", help="写到这里，如 corrections.parquet")],
    database_url: DatabaseUrl = None,
) -> None:
    """Write the corrections of the store to a file."""
    from jiesu.serving.settings import load_settings
    from jiesu.serving.store import audit
    from jiesu.serving.store.audit import AuditEntry
    from jiesu.serving.store.database import open_database
    from jiesu.serving.store.export import export_corrections
    from jiesu.serving.workplace import china_now

    if out.suffix != ".parquet":
        raise InputError(f"文件 {out} 应以 .parquet 结尾")
    database = open_database(load_settings(database_url=database_url).database_url)
    try:
        written = export_corrections(database, out)
        with database.write() as connection:
            detail = {"rows": written, "masked": True}
            entry = AuditEntry(china_now(), "命令行", "export", "corrections", detail)
            audit.add_entry(connection, entry)
    finally:
        database.close()
    typer.echo(f"已写出 {written} 件到 {out}")
