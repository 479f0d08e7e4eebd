"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

City = Annotated[Path | None, typer.Option("--city", help="城市数据文件夹；不填用随附的城市")]
Model = Annotated[Path | None, typer.Option("--model", help="模型文件夹；不填用这座城市的默认模型")]
Gazetteer = Annotated[
    Path | None, typer.Option("--gazetteer", help="附加地名文件夹，内有 places.tsv、roads.tsv")
]
History = Annotated[
    Path | None,
    typer.Option("--history", help="从已办结工单学得的承办单位模型（jiesu train --unit）"),
]
Policy = Annotated[
    Path | None,
    typer.Option("--policy", help="自动派单策略文件（jiesu certify）；不填则不自动派单"),
]
AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出，供程序读取")]
DatabaseUrl = Annotated[
    str | None, typer.Option(help="数据库；不填按 JIESU_DATABASE_URL，否则当前文件夹的 jiesu.db")
]
