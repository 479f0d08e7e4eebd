import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiesu.serving.masking import mask

PERSONAL = [
    ("电话13800138000请回复", "13800138000"),
    ("电话 138-0013-8000", "8000"),
    ("座机010-62345678", "62345678"),
    ("全角１３８００１３８０００", "１３８"),
    ("身份证11010519491231002X", "002X"),
    ("车牌京A12345乱停", "A12345"),
    ("新能源京AD12345", "AD12345"),
    ("邮箱zhang.san@example.com", "zhang"),
    ("联系人：张三，路灯不亮", "张三"),
    ("姓名 欧阳娜娜", "娜娜"),
    ("来电人的姓名是王五", "王五"),
    ("我叫阿依古丽·买买提", "买买提"),
]
ORDINARY = [
    "路灯不亮三天了",
    "打12345没人接",
    "3号楼2单元501室",
    "家住京广路",
    "2026年11月停水",
    "",
]

texts = st.text(
    st.sampled_from("姓名是为叫联系人我张三〔〕电话京A-· 0123456789xX@.com，"), max_size=40
)


@pytest.mark.parametrize(("text", "secret"), PERSONAL)
def test_personal_data_is_replaced(text: str, secret: str) -> None:
    assert secret not in mask(text)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays(text: str) -> None:
    assert mask(text) == text


@given(texts)
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(texts, st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), texts)
def test_no_mobile_number_survives_in_any_company(before: str, phone: str, after: str) -> None:
    masked = mask(before + phone + after)
    assert phone not in masked
    assert not re.search(r"\d{7}", masked)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=3))
def test_no_name_survives_its_cue(name: str) -> None:
    assert mask(f"来电人姓名：{name}。") == "来电人姓名：〔姓名〕。"
