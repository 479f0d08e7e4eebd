import pytest

from jiesu.router.mass.names import read_names
from jiesu.router.mass.rules import MassRules

CASES = (
    ("投诉A3区翠湖名邸小区物业", ["翠湖名邸小区物业"]),
    ("位于B7县的银杉花园漏水", ["银杉花园"]),
    ("我是朝阳区望京花园小区的业主", ["望京花园小区"]),
    ("反映金鼎置业有限公司拖欠工资", ["金鼎置业有限公司"]),
    ("松林职业学院强制学生实习", ["松林职业学院"]),
    ("家里没水", []),
    ("我们小区的幼儿园", []),
)


@pytest.mark.parametrize(("text", "names"), CASES)
def test_names_are_read_by_their_ending(text: str, names: list[str], rules: MassRules) -> None:
    assert read_names(rules.names.clean(text), rules.names) == names


def test_a_code_inside_a_name_is_no_district(rules: MassRules) -> None:
    assert rules.names.clean("A2区星河K9县别墅") == "\0星河k9县别墅"
