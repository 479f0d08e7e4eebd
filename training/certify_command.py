"""The command `jiesu certify`: options, progress and what is told; the work is in `certify_run`."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.times import CHINA_TIME, parse_time
from jiesu.training.commands import AsJson, CityFolder

_SHOWN = 3


class StageOption(StrEnum):
    """Stages that a policy can begin in."""

    SHADOW = "shadow"
    CONFIRM = "confirm"
    AUTO = "auto"


def certify(
    history: Annotated[
        Path,
        typer.Argument(
            metavar="历史工单",
            help="办结后确认的工单（.csv、.xlsx、.parquet、.jsonl）：内容、承办单位，可有事项、受理时间；"
            "也可以是导出的更正记录",
        ),
    ],
    precision: Annotated[
        float, typer.Option("--precision", help="自动派单的首选单位至少要有多大比例正确")
    ] = 0.98,
    confidence: Annotated[float, typer.Option("--confidence", help="这一保证的置信度")] = 0.95,
    confirm_precision: Annotated[
        float, typer.Option("--confirm-precision", help="一键确认的首选单位至少要有多大比例正确")
    ] = 0.8,
    out: Annotated[Path, typer.Option("--out", help="策略文件写到哪里")] = Path("policy.json"),
    stage: Annotated[
        StageOption,
        typer.Option(
            "--stage", help="从哪个阶段起：shadow 只作记录，confirm 人工确认，auto 自动派单"
        ),
    ] = StageOption.SHADOW,
    days: Annotated[int, typer.Option("--days", min=1, help="策略多少天后到期")] = 180,
    time: Annotated[
        str, typer.Option("--time", help="认证时刻，如 2026-11-28 09:05；不填按现在")
    ] = "",
    model: Annotated[
        Path | None, typer.Option("--model", help="模型文件夹；不填用这座城市的默认模型")
    ] = None,
    history_model: Annotated[
        Path | None,
        typer.Option("--history", help="从已办结工单学得的承办单位模型；不填用模型文件夹里的"),
    ] = None,
    city: CityFolder = None,
    as_json: AsJson = False,
) -> None:
    """用确认过的历史工单求出自动派单和一键确认的门槛，并证明其正确率，写成策略文件。"""  # noqa: D415 # help text, Chinese
    from jiesu.router.dispatch_policy import policy_json, write_policy
    from jiesu.training.certify import Promise
    from jiesu.training.certify_run import Wish, certify_file, ready_router

    for name, value in (
        ("--precision", precision),
        ("--confidence", confidence),
        ("--confirm-precision", confirm_precision),
    ):
        if not 0 < value < 1:
            raise InputError(f"{name} 的值 {value} 应大于 0 小于 1，如 0.98")
    now = parse_time(time) if time else datetime.now(CHINA_TIME).replace(microsecond=0)
    wish = Wish(Promise(precision, confidence), confirm_precision, stage.value, now, days)
    proof = certify_file(history, wish, *ready_router(model, history_model, city), _progress)
    write_policy(proof.policy, out)
    told = orjson.dumps(policy_json(proof.policy)).decode() if as_json else _told(proof, out)
    typer.echo(told)


def _progress(done: int, total: int) -> None:
    typer.echo(f"已复算 {done}/{total} 件", err=True)


def _told(proof: Any, out: Path) -> str:  # Any: Proof, whose module is heavy to import
    policy = proof.policy
    unknown = "、".join("|".join(row.units) for row in proof.unknown[:_SHOWN])
    lines = [
        f"策略 {policy.name} 已写到 {out}，{policy.expires_at:%Y-%m-%d} 到期",
        f"历史工单 {proof.rows} 件"
        + (f"，另有 {proof.copies} 件内容重复不计" if proof.copies else ""),
        *(
            [f"{len(proof.unknown)} 件的承办单位在城市里找不到，按错判计，如 {unknown}"]
            if unknown
            else []
        ),
        *_promise_told("自动派单", policy.auto, policy.confidence),
        *_promise_told("一键确认", policy.confirm, policy.confidence),
        "现在只作记录；改 stage 为 confirm 或 auto 后生效。用法：jiesu serve --policy " + str(out)
        if policy.stage == "shadow"
        else "用法：jiesu serve --policy " + str(out),
    ]
    return "\n".join(lines)


def _promise_told(name: str, promised: Any, confidence: float) -> list[str]:
    head = (
        f"{name}：正确率不低于 {promised.precision:.1%}（置信度 {confidence:.0%}），"
        f"覆盖 {promised.coverage:.1%} 的工单"
    )
    proved: Mapping[str, Any] = {
        group: found for group, found in promised.groups.items() if found.threshold is not None
    }
    if not proved:
        return [f"{name}：历史工单不足以证明正确率 {promised.precision:.1%}，没有门槛"]
    return [head, *(_group_told(group, asdict(found)) for group, found in proved.items())]


def _group_told(group: str, found: Mapping[str, Any]) -> str:
    return (
        f"  {f'事项 {group}' if group else '其余事项'}：门槛 {found['threshold']:.3f}，"
        f"{found['n']} 件中 {found['right']} 件正确，下界 {found['bound']:.1%}"
    )
