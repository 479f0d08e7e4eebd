"""`jiesu promote`: put a trained model in service, unless it is worse than the one there."""

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from jiesu.taxonomy.errors import ArtefactError, InputError

Json = dict[str, Any]  # Any: JSON values


def promote(
    candidate: Annotated[
        Path, typer.Argument(metavar="候选模型", help="jiesu train 写的模型文件夹")
    ],
    gold: Annotated[
        Path,
        typer.Option("--gold", help="用来比较的标注文本（.jsonl、.csv、.xlsx，字段 text、codes）"),
    ],
    target: Annotated[
        Path | None,
        typer.Option(
            "--target", help="服务所用的模型文件夹（JIESU_MODEL）；不填用随附的快速模型的"
        ),
    ] = None,
    city: Annotated[
        Path | None, typer.Option("--city", help="城市数据文件夹；不填用随附的城市")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出，供程序读取")] = False,
) -> None:
    """比较候选模型与现用模型；候选不差才替换，正在运行的服务几秒内换上，不丢请求。"""  # noqa: D415 # help text, Chinese
    from jiesu.classifier.artefact import default_model_folder, load_classifier, read_card
    from jiesu.taxonomy.city import load_city
    from jiesu.training.gold import read_gold
    from jiesu.training.promote import GoldText, compare_models
    from jiesu.training.promote import promote as put_in_place

    loaded = load_city(city)
    if target is None and (kind := read_card(candidate).kind) != "linear":
        raise InputError(
            f"候选模型 {candidate} 的类型是 {kind}，不能替换随附的快速模型，它自己也要用快速模型；"
            "请用 --target 指明服务所用的模型文件夹（JIESU_MODEL）"
        )
    folder = target or default_model_folder(loaded.id)
    rows = read_gold(gold, loaded.tree, None)
    texts = [
        GoldText(row.ticket.full_text(), tuple(row.codes), row.ticket.title)
        for row in rows
        if row.codes
    ]
    try:
        current = load_classifier(folder, loaded.tree)
    except ArtefactError:
        current = None  # a broken or missing model is no rival
    new = load_classifier(candidate, loaded.tree)
    comparison = compare_models(current or new, new, texts)
    put_in_place(candidate, folder, comparison)
    told: Json = {
        "target": str(folder),
        "texts": comparison.texts,
        "current": comparison.current if current else None,
        "candidate": comparison.candidate,
        "p_value": comparison.p_value,
    }
    typer.echo(orjson.dumps(told).decode() if as_json else _said(told))


def _said(told: Json) -> str:
    before = "没有可用的模型" if told["current"] is None else f"现用模型 {told['current']} 条"
    return (
        f"已换上 {told['target']}：{told['texts']} 条标注文本中，"
        f"候选模型答对 {told['candidate']} 条，{before}（p = {told['p_value']:.3f}）"
    )
