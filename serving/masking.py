"""Take personal data out of a text before it is logged (脱敏).

Phones, identity and card numbers, plates, mail addresses, and names that follow a word such as
姓名 or 联系人 are replaced by a token that says what stood there. Masking errs on the side of
hiding: a long number of another sort is hidden too.
"""

import re
from collections.abc import Callable

_DIGIT = r"[0-9０-９]"
_GAP = r"[ \-－—]?"
_LONG_NUMBER = rf"(?<!{_DIGIT}){_DIGIT}(?:{_GAP}{_DIGIT}){{6,}}{_GAP}[XxＸｘ]?"
_PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新使领"
_PLATE = rf"[{_PROVINCES}] ?[A-Za-z][ ·•.]?[A-Za-z0-9]{{4,5}}[A-Za-z0-9挂学警港澳领]"
_MAIL = r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9.\-]+\.[A-Za-z]{2,}"
_NAME_CUES = "姓名|联系人|来电人|反映人|投诉人|举报人|申请人|当事人|户主|业主姓名|本人叫|我叫|名叫"
_HANZI = r"[\u4e00-\u9fff]"
# Possessive (?+, *+): giving a verb back would let it pass for a name when masking twice.
_NAME = rf"((?:{_NAME_CUES})(?:的?姓名)?+(?:是|为|叫)?+[\s:：=]*+)({_HANZI}{{1,4}}(?:·{_HANZI}+)*)"

_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(_MAIL), "〔邮箱〕"),
    (re.compile(_PLATE), "〔车牌〕"),
    (re.compile(_LONG_NUMBER), lambda match: _number_token(match[0])),
    (re.compile(_NAME), r"\1〔姓名〕"),
)


def mask(text: str) -> str:
    """Replace what tells a person; other text stays as it is.

    >>> mask("联系人：张三，电话 138 0013 8000，车牌京A12345")
    '联系人：〔姓名〕，电话 〔电话〕，车牌〔车牌〕'
    """
    for pattern, token in _RULES:
        text = pattern.sub(token, text)
    return text


def _number_token(number: str) -> str:
    length = sum(char.isdigit() for char in number)
    return "〔电话〕" if length <= 12 else "〔证件或卡号〕"
