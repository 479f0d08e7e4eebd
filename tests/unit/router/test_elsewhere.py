"""A matter elsewhere is told apart from a caller from elsewhere."""

import pytest

from jiesu.router.elsewhere import ElsewhereReader
from jiesu.router.triage_rules import ElsewhereRule

RULE = ElsewhereRule(not_before=("人", "牌照", "路"), after=("我在", "反映"), without=("快递",))
READER = ElsewhereReader(RULE, outside=("上海", "河北"), inside=("在北京", "朝阳区"))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("上海的出租车宰客", "上海"),
        ("我在河北省买的房烂尾", "河北"),
        ("市民反映上海一家公司欠薪", "上海"),
        ("我是河北人，房东不退押金", ""),
        ("刚从上海回来，行李丢了", ""),
        ("上海路的路灯不亮", ""),
        ("上海的朋友在北京丢了包", ""),
        ("朝阳区有河北牌照的黑车", ""),
        ("上海寄来的快递丢了", ""),
        ("路灯不亮", ""),
    ],
)
def test_scene_decides(text: str, place: str) -> None:
    mention = READER.read(text)
    assert (text[mention.start : mention.end] if mention else "") == place
