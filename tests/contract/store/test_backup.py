"""A copy made while the database is in use comes back whole, on both databases."""

import threading
from pathlib import Path

import pytest

from jiesu.serving.backup import back_up, restore
from jiesu.serving.reception import Reception
from jiesu.serving.store import tickets
from jiesu.serving.store.database import Database, open_database
from jiesu.serving.store.errors import StoreUnavailable, UnknownTicket
from jiesu.serving.suggestions import Suggester
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.ticket import Ticket


def holds(address: str, ticket_id: str) -> bool:
    database = open_database(address)
    try:
        with database.read() as connection:
            tickets.get_ticket(connection, ticket_id)
            return True
    except UnknownTicket:
        return False
    finally:
        database.close()


def test_copy_comes_back(
    database: Database, address: str, reception: Reception, tmp_path: Path
) -> None:
    reception.receive(Ticket("kept", "路灯不亮"), "网关")
    back_up(address, tmp_path / "copy")
    reception.receive(Ticket("later", "电梯坏了"), "网关")
    database.close()

    with pytest.raises(InputError, match=r"已有数据.*--overwrite"):
        restore(tmp_path / "copy", address, overwrite=False)
    restore(tmp_path / "copy", address, overwrite=True)

    assert holds(address, "kept")
    assert not holds(address, "later")
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0


def test_copy_is_made_while_tickets_come_in(
    database: Database, address: str, reception: Reception, tmp_path: Path
) -> None:
    stopped = threading.Event()

    def load() -> None:
        number = 0
        while not stopped.is_set():
            reception.receive(Ticket(f"N{number}", "路灯不亮"), "网关")
            number += 1

    reception.receive(Ticket("first", "路灯不亮"), "网关")
    writer = threading.Thread(target=load)
    writer.start()
    back_up(address, tmp_path / "copy")
    stopped.set()
    writer.join()
    database.close()

    restore(tmp_path / "copy", address, overwrite=True)
    assert holds(address, "first")


def test_copy_overwrites_nothing(database: Database, address: str, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("mine")
    with pytest.raises(InputError, match="备份不覆盖旧文件"):
        back_up(address, tmp_path / "copy")


def test_sqlite_copy_restores_to_another_place(suggester: Suggester, tmp_path: Path) -> None:
    del suggester  # its threads are closed by the fixture
    old, new = (f"sqlite:///{tmp_path}/{name}.db" for name in ("old", "new"))
    open_database(old).close()
    back_up(old, tmp_path / "copy")
    restore(tmp_path / "copy", new, overwrite=False)
    assert not holds(new, "T1")


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"x" * 4096])
def test_damaged_copy_is_refused_and_nothing_lost(tmp_path: Path, content: bytes) -> None:
    address = f"sqlite:///{tmp_path}/house.db"
    open_database(address).close()
    (tmp_path / "copy").write_bytes(content)
    with pytest.raises(InputError, match="不是 jiesu 的备份，或已损坏"):
        restore(tmp_path / "copy", address, overwrite=True)
    assert not holds(address, "T1")


def test_missing_database_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="不存在或是空的"):
        back_up(f"sqlite:///{tmp_path}/none.db", tmp_path / "copy")


def test_missing_tools_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StoreUnavailable, match="找不到 pg_dump；请安装 PostgreSQL 客户端"):
        back_up("postgresql://jiesu:secret@127.0.0.1/jiesu", tmp_path / "copy")
