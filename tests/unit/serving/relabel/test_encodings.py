from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiesu.serving.relabel.encodings import (
    TextEncoding,
    has_unread,
    input_encoding,
    named_encoding,
    show_unread,
)
from jiesu.taxonomy.errors import InputError

TEXT = "小区门口的路灯三天不亮了，夜里看不清路，请派人来修。"
BIG5 = "臺北市民反映道路燈光損壞，請儘速派員維修處理，謝謝。附近居民夜間出行非常不便。"


def written(folder: Path, data: bytes) -> Path:
    path = folder / "in.csv"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("codec", "found"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8（带 BOM）"),
        ("gb18030", "GB18030"),
        ("gbk", "GB18030"),
        ("utf-16", "UTF-16-LE（带 BOM）"),
    ],
)
def test_encoding_is_found_out(tmp_path: Path, codec: str, found: str) -> None:
    assert input_encoding(written(tmp_path, TEXT.encode(codec)), None).name == found


def test_short_gb18030_header_is_found_out(tmp_path: Path) -> None:
    assert input_encoding(written(tmp_path, "内容\n".encode("gb18030")), None).codec == "gb18030"


def test_utf8_with_a_broken_row_is_still_utf8(tmp_path: Path) -> None:
    data = (TEXT * 3).encode() + b"\n\xff\xfe\n" + (TEXT * 3).encode()
    assert input_encoding(written(tmp_path, data), None).codec == "utf-8"


def test_gb18030_with_a_broken_row_is_still_gb18030(tmp_path: Path) -> None:
    data = TEXT.encode("gb18030") + b"\n\xff\n" + TEXT.encode("gb18030")
    assert input_encoding(written(tmp_path, data), None).codec == "gb18030"


def test_other_encoding_is_refused_with_a_guess(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"认不出文字编码.*可能是 big5.*--encoding"):
        input_encoding(written(tmp_path, (BIG5 * 5).encode("big5")), None)


def test_utf16_without_mark_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"像是没有 BOM 的 UTF-16.*--encoding utf-16-le"):
        input_encoding(written(tmp_path, "id,text\n".encode("utf-16-le")), None)


def test_named_encoding_wins_and_keeps_the_mark(tmp_path: Path) -> None:
    assert input_encoding(written(tmp_path, TEXT.encode("big5", "ignore")), "big5").codec == "big5"
    assert input_encoding(written(tmp_path, TEXT.encode("utf-8-sig")), "utf-8").bom


@pytest.mark.parametrize("name", ["utf-99", "hex", ""])
def test_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="不认识的编码"):
        named_encoding(name)


@given(st.binary())
def test_any_bytes_survive_reading_and_writing(data: bytes) -> None:
    for codec in ("utf-8", "gb18030"):
        encoding = TextEncoding(codec)
        assert encoding.encode(data.decode(codec, encoding.errors)) == data


@given(st.text())
def test_text_that_was_read_is_shown_as_it_is(text: str) -> None:
    assert has_unread(text) or show_unread(text) == text
