from dataclasses import replace
from datetime import timedelta

import pytest
from handclock import Clock

from jiesu.serving.store import knowledge
from jiesu.serving.store.database import Database
from jiesu.serving.store.errors import EntryExists, UnknownEntry, VersionConflict
from jiesu.serving.store.knowledge import Entry

HEATING = Entry("K1", "供暖期", "供暖期从十一月十五日到次年三月十五日。", "供热管理办法")
LAMPS = Entry("K2", "路灯报修", "路灯不亮，由城管委答复。", is_sample=True)


@pytest.fixture
def filled(database: Database, clock: Clock) -> Database:
    with database.write() as connection:
        for entry in (HEATING, LAMPS):
            knowledge.add_entry(connection, entry, "王", clock())
    return database


def found(database: Database, **wanted: object) -> list[str]:
    with database.read() as connection:
        return [e.id for e in knowledge.entries(connection, **wanted)]  # type: ignore[arg-type]  # tests


@pytest.mark.parametrize(
    ("words", "ids"),
    [("路灯", ["K2"]), ("供暖期 三月", ["K1"]), ("灯", ["K2"]), ("水管", []), ("！", [])],
)
def test_entries_are_found_by_words(filled: Database, words: str, ids: list[str]) -> None:
    assert found(filled, words=words) == ids


def test_changed_entry_is_found_by_its_new_words_only(filled: Database, clock: Clock) -> None:
    with filled.write() as connection:
        changed = replace(LAMPS, text="请找电力公司。")
        after = knowledge.change_entry(connection, changed, 1, "李", clock())
    assert (after.version, after.by, after.is_sample) == (2, "李", True)
    assert found(filled, words="电力公司") == ["K2"]
    assert found(filled, words="城管委") == []


def test_entry_holds_from_its_first_day_until_its_last(filled: Database, clock: Clock) -> None:
    day = timedelta(days=1)
    bounded = Entry("K3", "临时", "三天", valid_from=clock(), valid_until=clock() + day)
    with filled.write() as connection:
        kept = knowledge.add_entry(connection, bounded, "王", clock())
    moments = (clock() - day, clock(), clock() + day)
    assert ["K3" in found(filled, valid_at=at) for at in moments] == [False, True, False]
    assert [kept.holds_at(at) for at in moments] == [False, True, False]


def test_two_cannot_change_the_same_version(filled: Database, clock: Clock) -> None:
    for version, error in ((2, VersionConflict), (1, None)):
        with filled.write() as connection:
            if error:
                with pytest.raises(error, match="知识条目 K1 已被他人更改"):
                    knowledge.change_entry(connection, HEATING, version, "李", clock())
            else:
                knowledge.change_entry(connection, HEATING, version, "李", clock())


def test_unknown_and_taken_ids_are_named(filled: Database, clock: Clock) -> None:
    with filled.read() as connection, pytest.raises(UnknownEntry, match="'K9'"):
        knowledge.get_entry(connection, "K9")
    with pytest.raises(EntryExists, match="'K1'"), filled.write() as connection:
        knowledge.add_entry(connection, HEATING, "王", clock())
