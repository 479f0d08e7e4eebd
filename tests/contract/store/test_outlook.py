"""Themes, subdistricts, forecasts, words and parties from the stored tickets."""

from datetime import date, datetime, timedelta

import pytest
from handclock import Clock
from stories import ASPHALT

from jiesu.router.decision import Decision, Place, Versions
from jiesu.serving.outlook import OutlookDesk
from jiesu.serving.store import history
from jiesu.serving.store.database import Database
from jiesu.serving.store.records import CallBack, Standing, StoredDecision
from jiesu.serving.store.tickets import add_ticket
from jiesu.serving.times import CHINA_TIME
from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.ticket import Ticket

START = datetime(2026, 10, 1, 0, 30, tzinfo=CHINA_TIME)
"""Half past midnight: in UTC that is the day before."""


@pytest.fixture(scope="session")
def city() -> City:
    return load_city()


@pytest.fixture
def outlook(database: Database, city: City, clock: Clock) -> OutlookDesk:
    clock.now = datetime(2026, 12, 31, tzinfo=CHINA_TIME)
    return OutlookDesk(database, city, clock)


def keep(
    database: Database, number: int, at: datetime, code: str, district: str, subdistrict: str
) -> None:
    title, text = ASPHALT[number % len(ASPHALT)]
    ticket = Ticket(f"T{number}", text, title, received_at=at, caller=f"人{number}")
    standing = Standing("human", classes=(code[:2], code[:4], code), district=district)
    decision = Decision(
        ticket.id, "human", (), "投诉", "", "", None,
        Place(district, subdistrict or None), (), Versions("m", "t", "r"),
    )  # fmt: skip
    with database.write() as connection:
        stored = add_ticket(connection, ticket, "waiting", standing, at)
        history.add_decision(connection, stored.seq, StoredDecision(1, at, 5, decision))
        if number % 3 == 0:
            called = CallBack(at, "王", True, number % 2 == 0, None)
            history.add_call_back(connection, stored.seq, called)


def fill(database: Database, days: int, code: str, a_day: int = 1, first: int = 0) -> None:
    for i in range(days * a_day):
        subdistrict = ("八里庄街道", "望京街道", "")[i % 3]
        at = START + timedelta(days=i // a_day)
        keep(database, first + i, at, code, "朝阳区", subdistrict)


def test_themes_count_a_month_on_the_countrys_clock(
    database: Database, outlook: OutlookDesk, city: City
) -> None:
    code = city.tree.leaves[0]
    fill(database, 31 + 15, code, a_day=2)

    (october,) = outlook.themes(date(2026, 10, 5))

    assert (october.theme.count, october.theme.districts) == (62, 1)
    assert october.theme.unsolved == pytest.approx(10 / 21)
    assert october.units == (city.tree.labels[code].unit_role, *city.tree.labels[code].co_roles)
    assert "本月62件" in october.evidence


def test_the_latest_month_is_the_default(
    database: Database, outlook: OutlookDesk, city: City
) -> None:
    fill(database, 31 + 15, city.tree.leaves[0], a_day=2)

    (november,) = outlook.themes()

    assert (november.theme.count, november.theme.against, november.theme.before) == (
        30,
        "month",
        62,
    )


def test_subdistricts_are_read_from_the_places(database: Database, outlook: OutlookDesk) -> None:
    fill(database, 31, "010101")

    found = outlook.subdistricts(date(2026, 10, 1))

    assert [(s.region, s.count, s.change) for s in found] == [
        ("朝阳区八里庄街道", 11, "new"),
        ("朝阳区望京街道", 10, "new"),
    ]


def test_forecasts_are_by_class_and_district(
    database: Database, outlook: OutlookDesk, city: City
) -> None:
    code = city.tree.leaves[0]
    fill(database, 60, code)

    (row,) = outlook.forecasts(code=code, district="朝阳区", days=30)

    assert (row.code, row.district, row.daily[0][0]) == (code, "朝阳区", date(2026, 11, 30))
    assert [h.days for h in row.horizons] == [7, 30]
    assert row.horizons[0].expected == pytest.approx(7, abs=1)
    assert outlook.forecasts(code=code, district="海淀区") == []


def test_words_and_parties_come_from_the_texts(database: Database, outlook: OutlookDesk) -> None:
    fill(database, 40, "010101")

    assert {"青云里小区", "沥青厂"} <= {line.name for line in outlook.parties()}
    assert outlook.words(days=20) == []


def test_sensitive_words_come_from_the_texts(database: Database, outlook: OutlookDesk) -> None:
    for number, text in enumerate(("业主准备聚集维权", "他们要拉横幅维权", "路灯不亮")):
        with database.write() as connection:
            at = START + timedelta(days=number)
            ticket = Ticket(f"敏{number}", text, received_at=at)
            add_ticket(connection, ticket, "waiting", Standing("human"), at)

    found = outlook.sensitive(days=30)

    assert [(row.word, row.messages) for row in found] == [("维权", 2), ("聚集", 1), ("拉横幅", 1)]
    assert found[0].ids == ("敏1", "敏0")


def test_without_inhabitants_the_list_says_so(outlook: OutlookDesk) -> None:
    assert "没有人口数据" in outlook.care_note()


def test_an_empty_store_has_empty_lists(outlook: OutlookDesk) -> None:
    assert outlook.themes() == outlook.subdistricts() == outlook.forecasts() == []
    assert outlook.words() == outlook.parties() == outlook.sensitive() == []
