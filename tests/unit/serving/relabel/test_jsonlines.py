import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jiesu.serving.relabel.encodings import UTF8
from jiesu.serving.relabel.jsonlines import JsonReader
from jiesu.serving.relabel.options import RelabelResult
from jiesu.taxonomy.errors import InputError

Relabel = Callable[..., RelabelResult]


def lines_of(path: Path, encoding: str = "utf-8") -> list[str]:
    return path.read_text(encoding=encoding).splitlines()


def test_line_is_copied_and_labels_are_added(relabel: Relabel) -> None:
    line = '{"id":1.50, "text": "路灯不亮", "更多": {"a": [1, 2]}}'
    result = relabel(line.encode(), "in.jsonl", "out.jsonl")
    (written,) = lines_of(result.output)
    assert written.startswith(line[:-1] + ',"code":"010101"')
    assert json.loads(written)["top5"] == [["010101", 0.75], ["010102", 0.25]]


def test_unknown_labels_are_null(relabel: Relabel) -> None:
    result = relabel('{"text": "路灯不亮"}\n{"text": ""}\n'.encode(), "in.jsonl", "out.jsonl")
    good, bad = map(json.loads, lines_of(result.output))
    assert good["district"] is None
    assert (bad["code"], bad["reason"]) == (None, "正文为空")
    assert result.exit_code == 3


def test_gb18030_stays_gb18030(relabel: Relabel) -> None:
    result = relabel('{"text": "路灯不亮"}\n'.encode("gb18030"), "in.jsonl", "out.jsonl")
    assert json.loads(lines_of(result.output, "gb18030")[0])["l3"] == "路灯不亮"


@pytest.mark.parametrize("broken", ["{路灯", "[1]", '"text"', "{'text': 1}"])
def test_line_that_is_no_object_is_kept(relabel: Relabel, broken: str) -> None:
    content = f'{{"text": "路灯不亮"}}\n{broken}\n'.encode()
    result = relabel(content, "in.jsonl", "out.jsonl")
    good, bad = map(json.loads, lines_of(result.output))
    assert (bad["jiesu_raw"], bad["reason"]) == (broken, "不是有效的 JSON 对象")
    assert "jiesu_raw" not in good


def test_unread_bytes_stay_as_they_are(relabel: Relabel) -> None:
    content = b'{"text": "\xe8\xb7\xaf\xff"}\n' + '{"text": "路灯不亮了很久"}\n'.encode()
    result = relabel(content, "in.jsonl", "out.jsonl")
    assert result.output.read_bytes().startswith(content.split(b"}")[0])
    assert "含有不能按 UTF-8 解码的字节" in result.output.read_text(errors="replace")


def test_blank_lines_are_no_rows_but_count_in_row_numbers(relabel: Relabel) -> None:
    result = relabel(b'{"text": "a"}\n\n\n{"text": ""}\n\n', "in.jsonl", "out.jsonl")
    assert result.rows == 2
    assert result.errors
    assert ",4," in f",{result.errors.read_text(encoding='utf-8-sig').splitlines()[1]}"


def test_columns_are_the_keys_of_all_lines(relabel: Relabel) -> None:
    content = '{"text": "灯"}\n{"text": "灯", "code": "x", "n": null}\n'.encode()
    result = relabel(content, "in.jsonl", "out.csv")
    header, first, second = lines_of(result.output, "utf-8-sig")
    assert header.startswith("text,code,n,jiesu_code,l1")
    assert first.startswith("灯,,,010101")
    assert second.startswith("灯,x,,010101")


def test_nan_and_huge_numbers_are_read(relabel: Relabel) -> None:
    content = '{"text": "灯", "a": NaN, "b": 123456789012345678901234567890}\n'.encode()
    result = relabel(content, "in.jsonl", "out.csv")
    cells = lines_of(result.output, "utf-8-sig")[1].split(",")
    assert cells[:3] == ["灯", "nan", "123456789012345678901234567890"]


def test_type_of_a_column_holds_all_its_values(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text":"a","i":1,"f":1,"b":true,"m":1}\n{"f":0.5,"i":null,"m":"x"}\n')
    types = JsonReader(path, UTF8).types
    assert types == {"text": str, "i": int, "f": float, "b": bool, "m": str}


def test_file_without_objects_is_refused(relabel: Relabel) -> None:
    with pytest.raises(InputError, match="没有一行是 JSON 对象"):
        relabel(b'[\n{"text": "a"\n]\n', "in.jsonl", "out.jsonl")


def test_blank_file_is_refused(relabel: Relabel) -> None:
    with pytest.raises(InputError, match=r"in.jsonl：文件是空的"):
        relabel(b"\n\n", "in.jsonl", "out.jsonl")
