"""The file of corrections that training reads."""

from datetime import datetime, timedelta
from pathlib import Path

from arro3.io import read_parquet
from handclock import Clock

from jiesu.serving.choices import Choice
from jiesu.serving.desk import Desk
from jiesu.serving.reception import Reception
from jiesu.serving.store.database import Database
from jiesu.serving.store.export import COLUMNS, export_corrections
from jiesu.taxonomy.ticket import Ticket


def rows(path: Path) -> list[dict[str, str]]:
    with path.open("rb") as file:
        table = read_parquet(file).read_all()
    columns = {name: table[name].to_pylist() for name in table.column_names}
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def test_last_decision_of_each_ticket_is_exported_without_personal_data(
    reception: Reception, desk: Desk, database: Database, clock: Clock, tmp_path: Path
) -> None:
    for i in range(3):
        text = "河沿街道的路灯不亮，联系人：张三，电话13800138000"
        reception.receive(Ticket(f"T-{i}", text, caller="张三"), "网关")
    desk.decide("T-0", 1, "王", Choice("dispatch", unit_id="S1"))
    desk.send_back("T-0", 2, "李", "退")
    clock.forward(hours=1)
    desk.decide("T-0", 3, "王", Choice("dispatch", unit_id="D1", code="010102"))
    desk.decide("T-2", 1, "王", Choice("answer"))

    assert export_corrections(database, tmp_path / "corrections.parquet") == 2

    last, answered = sorted(rows(tmp_path / "corrections.parquet"), key=lambda row: row["id"])
    assert tuple(last) == COLUMNS
    assert (last["id"], last["suggested_code"], last["code"]) == ("T-0", "010101", "010102")
    assert (last["suggested_unit_id"], last["unit_id"]) == ("D1", "D1")
    assert (last["decided_at"], last["taxonomy"]) == ("2026-11-28T10:00:00+08:00", "tiny-1")
    assert (answered["suggested_outcome"], answered["outcome"]) == ("confirm", "answer")
    assert "张三" not in str(last)
    assert "13800138000" not in str(last)
    assert [path.name for path in tmp_path.glob("corr*")] == ["corrections.parquet"]


def test_corrected_place_kind_and_deadline_are_exported_beside_what_was_suggested(
    reception: Reception, desk: Desk, database: Database, clock: Clock, tmp_path: Path
) -> None:
    reception.receive(Ticket("T-1", "河沿街道的路灯不亮"), "网关")
    later = clock() + timedelta(days=20)
    choice = Choice("dispatch", kind="求助", place_code="9901KF", due_at=later)
    view = desk.decide("T-1", 1, "王", choice)

    export_corrections(database, tmp_path / "corrections.parquet")

    (row,) = rows(tmp_path / "corrections.parquet")
    assert (row["suggested_kind"], row["kind"]) == ("投诉", "求助")
    assert (row["suggested_place"], row["place"]) == ("990101001", "9901KF")
    assert datetime.fromisoformat(row["deadline"]) == later
    assert row["suggested_deadline"] != row["deadline"]
    assert view.stored.standing.district == "开发区"
    assert set(view.acts[-1].detail["corrected"]) == {"place", "kind", "due_at"}


def test_no_corrections_give_an_empty_file(database: Database, tmp_path: Path) -> None:
    assert export_corrections(database, tmp_path / "none.parquet") == 0
    assert rows(tmp_path / "none.parquet") == []
