"""Chinese words for what pydantic finds wrong, shared by settings, command line and HTTP.

Each sentence says what is expected; the caller adds which field it is about.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SHOWN_CHARS = 40
"""Longer values are not repeated: they may be a citizen's text."""

_SENTENCES: Mapping[str, str] = {
    "missing": "缺少这个字段",
    "extra_forbidden": "没有这个字段，请检查拼写",
    "string_type": "应为文字",
    "string_unicode": "含有不成对的代理字符，不是有效的 Unicode 文字",
    "string_sub_type": "应为文字",
    "string_too_short": "至少要有 {min_length} 个字",
    "string_too_long": "超过上限 {max_length} 字",
    "string_pattern_mismatch": "格式不对，应符合 {pattern}",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "int_parsing_size": "数字太大",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为有限的数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应不大于 {le}",
    "list_type": "应为数组",
    "tuple_type": "应为数组",
    "too_short": "至少要有 {min_length} 项，现有 {actual_length} 项",
    "too_long": "最多 {max_length} 项，现有 {actual_length} 项",
    "dict_type": "应为 JSON 对象",
    "model_type": "应为 JSON 对象",
    "model_attributes_type": "应为 JSON 对象",
    "path_type": "应为文件或文件夹的路径",
    "enum": "应为 {expected} 之一",
    "literal_error": "应为 {expected} 之一",
}


def describe(error: "ErrorDetails") -> str:
    """Say in Chinese what is expected instead of the value that pydantic refused.

    >>> describe({"type": "int_parsing", "loc": ("port",), "msg": "", "input": "abc"})
    "值 'abc' 不对：应为整数"
    """
    sentence = _sentence(error)
    value = error.get("input")
    return f"值 {value!r} 不对：{sentence}" if _may_be_shown(error["type"], value) else sentence


def _sentence(error: "ErrorDetails") -> str:
    context: dict[str, Any] = error.get("ctx", {})  # Any: pydantic's context is untyped
    if error["type"] == "value_error":
        return str(context.get("error", error["msg"]))
    sentence = _SENTENCES.get(error["type"], f"不合要求（{error['type']}）")
    return sentence.format_map({key: _chinese_or(value) for key, value in context.items()})


def _chinese_or(value: object) -> object:
    return value.replace(" or ", " 或 ") if isinstance(value, str) else value


def _may_be_shown(kind: str, value: object) -> bool:
    if kind in {"missing", "value_error", "extra_forbidden", "string_unicode"}:
        return False
    return (
        value is None
        or isinstance(value, bool | int | float)
        or (isinstance(value, str) and len(value) <= _SHOWN_CHARS)
    )


def field_name(location: tuple[int | str, ...]) -> str:
    """Write where a value stands the way a programmer would.

    >>> field_name(("items", 0, "text"))
    'items[0].text'
    """
    name = ""
    for step in location:
        name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else step
    return name
