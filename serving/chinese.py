"""Typer in Chinese: headings of the help and what it says of wrong use.

Typer has English words only. They are replaced where it offers a way (subclasses), else by
setting its module constants or by the type of its errors; tests watch that no English is left.
"""

import errno
import re
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

_HEADINGS = {
    "ARGUMENTS_PANEL_TITLE": "参数",
    "OPTIONS_PANEL_TITLE": "选项",
    "COMMANDS_PANEL_TITLE": "命令",
    "ERRORS_PANEL_TITLE": "错误",
    "DEFAULT_STRING": "[默认：{}]",
    "ENVVAR_STRING": "[环境变量：{}]",
    "REQUIRED_LONG_STRING": "[必填]",
    "DEPRECATED_STRING": "（已停用）",
}
_USAGE_WORDS = (
    ("Usage: ", "用法："),
    ("[OPTIONS]", "[选项]"),
    ("COMMAND [ARGS]...", "命令 [参数]..."),
)
_TYPE_NAMES = {
    "<int>": "整数",
    "<int range>": "整数",
    "<float>": "数",
    "<float range>": "数",
    "<str>": "文字",
    "<path>": "路径",
    "<file>": "文件",
    "<bool>": "",
}
_SYSTEM_ERRORS = {
    errno.ENOENT: "不存在；请检查路径",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EISDIR: "是文件夹，这里要文件",
    errno.ENOTDIR: "不是文件夹",
    errno.ENOSPC: "磁盘空间不足",
    errno.EROFS: "所在的磁盘是只读的",
    errno.EMFILE: "打开的文件太多",
    errno.ENAMETOOLONG: "文件名太长",
}
_SENTENCES = (
    (
        r"Got unexpected extra argument\(s\) \((?P<it>.*)\)",
        "多余的参数：{it}；有空格的内容请加引号",
    ),
    (r"Option '(?P<it>.*)' requires .*", "选项 {it} 后面缺少值"),
    (r"Option '(?P<it>.*)' does not take a value\.?", "选项 {it} 不接受值"),
    (r"Missing command\.?", "缺少命令"),
    (
        r"Value error, (?P<it>'.*') is not one of (?P<choices>.*)\.",
        "值 {it} 不对：应为 {choices} 之一",
    ),
    (r"\w+ (?P<it>'.*') does not exist\.", "{it} 不存在；请检查路径"),
    (r"\w+ (?P<it>'.*') is a directory\.", "{it} 是文件夹，这里要文件"),
    (r"\w+ (?P<it>'.*') is a file\.", "{it} 是文件，这里要文件夹"),
    (r"\w+ (?P<it>'.*') is not (?:readable|writable)\.", "{it} 没有读写权限"),
)


class ChineseCommand(TyperCommand):
    """A command whose help is Chinese throughout."""

    def get_usage(self, ctx: Any) -> str:  # Any: the context's class is private to Typer
        """Return the usage line."""
        return _chinese_usage(super().get_usage(ctx))

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, the help option among them, with Chinese words."""
        return [_chinese_parameter(parameter, ctx) for parameter in super().get_params(ctx)]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help."""
        _set_headings()
        super().format_help(ctx, formatter)


class ChineseGroup(TyperGroup):
    """A group of commands whose help and complaints are Chinese throughout."""

    def get_usage(self, ctx: Any) -> str:  # Any: the context's class is private to Typer
        """Return the usage line."""
        return _chinese_usage(super().get_usage(ctx))

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, the help option among them, with Chinese words."""
        return [_chinese_parameter(parameter, ctx) for parameter in super().get_params(ctx)]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help."""
        _set_headings()
        super().format_help(ctx, formatter)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command, or say which there are."""
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            names = "、".join(self.list_commands(ctx))
            ctx.fail(f"没有命令 {args[0]!r}；可用的命令有 {names}")
        return super().resolve_command(ctx, args)


def describe_usage(error: typer.TyperException) -> str:
    """Say in Chinese what Typer found wrong with the command line.

    Its errors are told apart by name: the module that defines them is private.
    """
    kind = type(error).__name__
    parameter = getattr(error, "param", None)
    if kind == "MissingParameter":
        return f"缺少{_parameter_name(parameter)}"
    if kind == "NoSuchOption":
        near = "、".join(getattr(error, "possibilities", None) or ())
        return f"没有选项 {getattr(error, 'option_name', '')}" + (
            f"；是不是 {near}？" if near else ""
        )
    said = _translate(error)
    return f"{_parameter_name(parameter)}：{said}" if parameter is not None else said


def describe_os_error(error: OSError) -> str:
    """Say in Chinese what the operating system refused, and for which file.

    >>> describe_os_error(PermissionError(13, "Permission denied", "a.csv"))
    'a.csv：没有权限'
    """
    said = _SYSTEM_ERRORS.get(error.errno or 0, error.strerror or str(error))
    return f"{error.filename}：{said}" if error.filename else said


def _translate(error: typer.TyperException) -> str:
    if error.__cause__ is not None and (said := _validation(error.__cause__)):
        return said
    for pattern, sentence in _SENTENCES:
        if match := re.fullmatch(pattern, error.message, re.DOTALL):
            return sentence.format(**match.groupdict())
    return error.message


def _validation(cause: BaseException) -> str:
    """Say what pydantic found wrong; nothing where it was not pydantic."""
    from pydantic import ValidationError  # a tenth of a second: only when something is wrong

    from jiesu.serving.validation import describe

    if not isinstance(cause, ValidationError) or cause.errors()[0]["type"] == "value_error":
        return ""
    return describe(cause.errors()[0])


def _parameter_name(parameter: Any) -> str:  # Any: Typer's parameter class is private
    if parameter.param_type_name == "argument":
        return f"参数 {parameter.metavar or parameter.name}"
    return f"选项 {'/'.join(parameter.opts)}"


def _chinese_usage(usage: str) -> str:
    for english, chinese in _USAGE_WORDS:
        usage = usage.replace(english, chinese)
    return usage


def _chinese_parameter(parameter: Any, ctx: Any) -> Any:  # Any: Typer's own class is private
    if "--help" in parameter.opts:
        parameter.help = "显示这份说明"
    name = parameter.display_type(ctx)
    chinese = _TYPE_NAMES.get(name, name)
    # On the object: an option would show a metavar here, but an argument its name twice.
    parameter.display_type = lambda ctx: chinese
    return parameter


def _set_headings() -> None:
    from typer import rich_utils  # pulls in rich: only when help is printed

    for name, word in _HEADINGS.items():
        setattr(rich_utils, name, word)
