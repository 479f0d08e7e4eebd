"""Confirmed history from any table, and from the corrections that the store exports."""

from pathlib import Path

import pytest
from arro3.core import Array, DataType, Table
from arro3.io import write_parquet

from jiesu.serving.store.export import COLUMNS
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.errors import InputError
from jiesu.training.history import distinct, read_history, unknown_units


def exported(folder: Path, *rows: dict[str, str]) -> Path:
    """Write corrections with the columns of the store's export."""
    columns = {name: [row.get(name, "") for row in rows] for name in COLUMNS}
    arrays = {name: Array(cells, type=DataType.string()) for name, cells in columns.items()}
    write_parquet(Table.from_pydict(arrays), folder / "c.parquet")
    return folder / "c.parquet"


def test_corrections_of_the_store_are_history(tmp_path: Path) -> None:
    sent = {
        "id": "T1", "text": "路灯不亮", "title": "路灯", "address": "东区", "code": "140101",
        "unit_id": "D1", "outcome": "dispatch", "received_at": "2026-11-01T08:00:00+08:00",
    }  # fmt: skip
    closed = {"id": "T2", "text": "问问", "unit_id": "D1", "outcome": "answer"}

    first, second = read_history(exported(tmp_path, sent, closed))

    assert (first.codes, first.units) == (("140101",), ("D1",))
    assert first.ticket.full_text() == "路灯。路灯不亮"
    assert str(first.ticket.received_at) == "2026-11-01 08:00:00+08:00"
    assert second.units == ()  # no unit acted: no unit is right


@pytest.mark.parametrize(
    ("header", "row", "units"),
    [
        ("内容,承办单位", "灯,甲局|乙局", ("甲局", "乙局")),
        ("text,unit", "灯, 甲局 ", ("甲局",)),
        ("text,unit_id,unit", "灯,,甲局", ("甲局",)),
    ],
)
def test_units_stand_under_any_of_their_names(
    tmp_path: Path, header: str, row: str, units: tuple[str, ...]
) -> None:
    (tmp_path / "h.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")

    assert read_history(tmp_path / "h.csv")[0].units == units


def test_a_row_without_class_or_unit_is_history_too(tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_text("内容,事项,承办单位\n灯,,\n", encoding="utf-8")

    (row,) = read_history(tmp_path / "h.csv")

    assert (row.codes, row.units) == ((), ())


def test_a_table_without_units_is_refused(tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_text("内容,部门\n灯,甲\n", encoding="utf-8")

    with pytest.raises(InputError, match=r"没有承办单位列.*现有 内容、部门"):
        read_history(tmp_path / "h.csv")


def test_copies_are_left_out_and_strangers_found(tmp_path: Path) -> None:
    city = load_city()
    known = city.units[0].name
    rows = [f"灯坏了,{known}", f"灯坏了,{known}", "水管裂了,没有的局"]
    (tmp_path / "h.csv").write_text("内容,承办单位\n" + "\n".join(rows) + "\n", encoding="utf-8")

    history = distinct(read_history(tmp_path / "h.csv"))

    assert [row.ticket.text for row in history] == ["灯坏了", "水管裂了"]
    assert [row.units for row in unknown_units(history, city)] == [("没有的局",)]
