from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from arro3.core import Array, DataType, RecordBatch
from arro3.io import read_parquet, write_parquet

from jiesu.serving.relabel.options import RelabelResult
from jiesu.taxonomy.errors import InputError

Relabel = Callable[..., RelabelResult]


def parquet_bytes(folder: Path, columns: dict[str, Array], **options: Any) -> bytes:
    path = folder / "made.parquet"
    write_parquet(RecordBatch.from_pydict(columns), path, **options)
    return path.read_bytes()


def texts(*values: str | None) -> Array:
    return Array(list(values), type=DataType.string())


def column(path: Path, name: str) -> list[Any]:
    return [value for batch in read_parquet(path) for value in batch.column(name).to_pylist()]


def test_other_columns_keep_their_types(relabel: Relabel, tmp_path: Path) -> None:
    when = Array.from_numpy(np.array([0, 1])).cast(DataType.timestamp("us"))
    kind = texts("甲", None).cast(DataType.dictionary(DataType.int32(), DataType.string()))
    content = parquet_bytes(tmp_path, {"内容": texts("路灯不亮", ""), "when": when, "kind": kind})
    result = relabel(content, "in.parquet", "out.parquet")
    schema = read_parquet(result.output).schema
    assert schema.field("when").type == DataType.timestamp("us")
    assert schema.field("p1").type == DataType.float64()
    assert column(result.output, "kind") == ["甲", None]
    assert column(result.output, "code") == ["010101", None]
    assert column(result.output, "reason")[1] == "正文为空"


def test_rows_of_many_groups_stay_in_order(relabel: Relabel, tmp_path: Path) -> None:
    ids = [str(j) for j in range(3000)]
    columns = {"id": texts(*ids), "text": texts(*["路灯不亮"] * 3000)}
    content = parquet_bytes(tmp_path, columns, max_row_group_size=700)
    result = relabel(content, "in.parquet", "out.parquet")
    assert column(result.output, "id") == ids


def test_csv_becomes_columns_of_text(relabel: Relabel) -> None:
    result = relabel("内容,数\n路灯不亮,007\n灯,\n".encode(), "in.csv", "out.parquet")
    assert column(result.output, "数") == ["007", ""]
    assert column(result.output, "p3") == [0.75, 0.5]


def test_json_numbers_become_columns_of_numbers(relabel: Relabel) -> None:
    content = '{"text": "灯", "n": 1, "d": {"a": 1}}\n{"text": "灯"}\n'.encode()
    result = relabel(content, "in.jsonl", "out.parquet")
    assert column(result.output, "n") == [1, None]
    assert column(result.output, "d") == ['{"a":1}', None]


def test_parquet_becomes_csv(relabel: Relabel, tmp_path: Path) -> None:
    numbers = Array([1.0, None], type=DataType.float64())
    content = parquet_bytes(tmp_path, {"内容": texts("灯", "灯"), "n": numbers})
    result = relabel(content, "in.parquet", "out.csv")
    lines = result.output.read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[:3] for line in lines[1:]] == [
        ["灯", "1", "010101"],
        ["灯", "", "010101"],
    ]


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"PAR1 and then nothing"])
def test_other_file_is_refused(relabel: Relabel, content: bytes) -> None:
    with pytest.raises(InputError, match="不是完整的 Parquet 文件"):
        relabel(content, "in.parquet", "out.csv")


def test_damaged_footer_is_refused(relabel: Relabel, tmp_path: Path) -> None:
    content = parquet_bytes(tmp_path, {"内容": texts("灯")})
    with pytest.raises(InputError, match="Parquet 文件已损坏"):
        relabel(b"PAR1" + b"\0" * 40 + content[-8:], "in.parquet", "out.csv")


def test_equal_column_names_are_refused(relabel: Relabel) -> None:
    with pytest.raises(InputError, match="列名重复：'b'；Parquet 不能有同名的列"):
        relabel("内容,b,b\n灯,1,2\n".encode(), "in.csv", "out.parquet")
