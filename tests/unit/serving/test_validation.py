from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jiesu.serving.validation import describe, field_name


class Sample(BaseModel):
    model_config = ConfigDict(extra="forbid")

    count: int = Field(1, gt=0, lt=10)
    name: str = Field("a", min_length=1, max_length=3)
    way: Literal["a", "b"] = "a"
    many: list[int] = Field([1], min_length=1, max_length=2)
    flag: bool = False


CASES: list[tuple[dict[str, Any], str]] = [
    ({"count": "x"}, "值 'x' 不对：应为整数"),
    ({"count": 0}, "值 0 不对：应大于 0"),
    ({"count": 10}, "值 10 不对：应小于 10"),
    ({"name": ""}, "值 '' 不对：至少要有 1 个字"),
    ({"name": "四个字了"}, "值 '四个字了' 不对：超过上限 3 字"),
    ({"name": "长" * 50}, "超过上限 3 字"),
    ({"name": "\ud800"}, "含有不成对的代理字符，不是有效的 Unicode 文字"),
    ({"way": "c"}, "值 'c' 不对：应为 'a' 或 'b' 之一"),
    ({"many": []}, "至少要有 1 项，现有 0 项"),
    ({"many": [1, 2, 3]}, "最多 2 项，现有 3 项"),
    ({"flag": "maybe"}, "值 'maybe' 不对：应为 true 或 false"),
    ({"other": 1}, "没有这个字段，请检查拼写"),
]


@pytest.mark.parametrize(("values", "sentence"), CASES)
def test_each_refusal_is_a_chinese_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Sample(**values)
    assert describe(caught.value.errors()[0]) == sentence


def test_unknown_sort_of_refusal_names_itself() -> None:
    sentence = describe({"type": "brand_new", "loc": (), "msg": "", "input": {}})
    assert sentence == "不合要求（brand_new）"


def test_field_name_is_what_a_programmer_writes() -> None:
    assert field_name(("items", 0, "place", "span", 1)) == "items[0].place.span[1]"
