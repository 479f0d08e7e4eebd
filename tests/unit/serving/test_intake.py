import io

import pytest

from jiesu.serving.intake import check_text, decode, text_from
from jiesu.taxonomy.errors import InputError


def test_text_is_the_argument_or_the_pipe() -> None:
    pipe = io.BytesIO("路灯不亮\n".encode("gb18030"))
    assert text_from("灯", pipe, 9) == "灯"
    assert text_from("-", pipe, 9) == "路灯不亮"
    assert text_from(None, io.BytesIO("\ufeff路灯".encode()), 9) == "路灯"


def test_nothing_typed_and_no_pipe_shows_how() -> None:
    with pytest.raises(InputError, match='缺少诉求内容；请写在命令后面，如 jiesu route "路灯不亮"'):
        text_from(None, None, 9)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_usual_encodings_are_read(encoding: str) -> None:
    assert decode("龘路灯".encode(encoding)) == "龘路灯"


def test_other_bytes_are_refused() -> None:
    with pytest.raises(InputError, match="既不是 UTF-8 也不是 GB18030"):
        decode(b"\xff\xfe\xff")


def test_text_at_the_limit_passes() -> None:
    check_text("灯" * 10, 10)


@pytest.mark.parametrize(
    ("text", "message"), [("　\n", "是空的"), ("灯" * 11, "有 11 字，超过上限 10 字")]
)
def test_empty_and_long_texts_are_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_text(text, 10)


def test_pipe_is_not_read_without_end() -> None:
    pipe = io.BytesIO(b"x" * 1000)
    with pytest.raises(InputError, match="诉求内容超过上限 9 字；一次只送一件"):
        text_from("-", pipe, 9)
    assert pipe.tell() == 37
