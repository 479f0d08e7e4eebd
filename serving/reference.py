"""The reference pages on commands, settings and errors, made from the code: it is as they say.

    python -m jiesu.serving.reference docs

writes reference-cli.md, settings.md and reference-http-errors.md there; a test compares them
with the code.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic.fields import FieldInfo

from jiesu.serving.api.problem import PROBLEMS
from jiesu.serving.cli import command
from jiesu.serving.settings import ENV_PREFIX, Settings

_MADE = "<!-- 由 python -m jiesu.serving.reference docs 生成，请勿手改。 -->"
_FLAGS = {
    *("city", "model", "extra_gazetteer", "host", "port", "database_url", "workers"),
    *("no_auth", "top_k", "history", "policy"),
}
"""Settings that a command's flag can give; named --extra-gazetteer → --gazetteer there."""

Node = Any  # Typer's command, parameter and context classes are private


def cli_reference() -> str:
    """Return the page on all commands and their options."""
    intro = (
        "# 命令参考\n\n"
        "退出码：0 完成；2 用法或输入有误（给出一条说明，不留半成品）；"
        "3 已完成但有些行有问题（逐行列出）；130 被中断，可续跑。\n"
    )
    top = command()
    context = typer.Context(top, info_name="jiesu")
    return "\n".join([_MADE, intro, *_command_parts(top, context)]) + "\n"


def _command_parts(node: Node, context: Node) -> Iterator[str]:
    yield f"## {context.command_path}\n"
    yield f"{(node.help or '').strip()}\n"
    yield "```\n" + re.sub(r"\s+", " ", node.get_usage(context)) + "\n```\n"
    yield "| 参数或选项 | 值 | 说明 |\n| --- | --- | --- |"
    for parameter in node.get_params(context):
        yield _parameter_row(parameter, context)
    yield ""
    if hasattr(node, "list_commands"):
        for name in node.list_commands(context):
            child = node.get_command(context, name)
            yield from _command_parts(child, typer.Context(child, context, name))


def _parameter_row(parameter: Node, context: Node) -> str:
    argument = parameter.param_type_name == "argument"
    names = [parameter.metavar or parameter.name] if argument else parameter.opts
    value = parameter.display_type(context)
    text = parameter.help or ""
    if parameter.required:
        text += "（必填）"
    elif parameter.default not in (None, False, ""):
        text += f"（默认 {parameter.default}）"
    cells = [" ".join(f"`{name}`" for name in names), value, text]
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def settings_reference() -> str:
    """Return the page on all settings."""
    lines = [
        _MADE,
        "# 设置\n",
        "设置用环境变量给出（也可写在启动脚本里）；标有选项的，命令行选项优先。"
        "写错的设置在启动时逐个指出，退出码 2。\n",
        "| 环境变量 | 选项 | 默认 | 说明 |\n| --- | --- | --- | --- |",
    ]
    lines += [_setting_row(name, field) for name, field in Settings.model_fields.items()]
    return "\n".join(lines) + "\n"


def _setting_row(name: str, field: FieldInfo) -> str:
    flag = f"--{name.removeprefix('extra_').replace('_', '-')}" if name in _FLAGS else ""
    default = "" if field.default in (None, ()) else str(field.default)
    cells = [f"`{ENV_PREFIX}{name.upper()}`", flag and f"`{flag}`", default, field.description]
    return "| " + " | ".join(_cell(cell or "") for cell in cells) + " |"


def problems_reference() -> str:
    """Return the page on all errors of the HTTP service."""
    lines = [
        _MADE,
        "# HTTP 错误参考\n",
        "出错时响应体为 `application/problem+json`（RFC 9457）。程序请判断 `code`，它不会改变；"
        "`detail` 说明这一次哪里不对，`errors` 逐个列出有问题的字段。\n",
        "| 状态码 | code | 含义 |\n| --- | --- | --- |",
    ]
    lines += [f"| {kind.status} | `{kind.code}` | {_cell(kind.title)} |" for kind in PROBLEMS]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def write_pages(folder: Path) -> None:
    """Write the pages into a folder."""
    (folder / "reference-cli.md").write_text(cli_reference(), encoding="utf-8")
    (folder / "settings.md").write_text(settings_reference(), encoding="utf-8")
    (folder / "reference-http-errors.md").write_text(problems_reference(), encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
