from datetime import date, timedelta

from stories import START

from jiesu.router.decision import Place
from jiesu.router.mass.message import Message
from jiesu.router.mass.tally import Tally, daily_series, latest_month, span_of, tally_of

FIRST = date(2026, 1, 1)


def rows(days: int, a_day: int = 1) -> list[Tally]:
    return [Tally(FIRST + timedelta(days=i), "停水", "东区", count=a_day) for i in range(days)]


def test_a_message_counts_under_its_likeliest_class_and_its_place() -> None:
    message = Message(
        "1", START, "", place=Place("东区", "一街"), classes={"停水": 0.3, "停电": 0.6},
        is_solved=False,
    )  # fmt: skip

    assert tally_of(message) == Tally(START.date(), "停电", "东区", "一街", 1, 1, 1)


def test_strays_do_not_stretch_a_source() -> None:
    stray = [Tally(date(2017, 6, 8), "停水"), Tally(date(2029, 1, 1), "停水")]

    assert span_of([*rows(100, a_day=5), *stray]) == (FIRST, FIRST + timedelta(days=99))


def test_a_month_that_has_just_begun_is_not_the_latest() -> None:
    assert latest_month(rows(31 + 28 + 3)) == date(2026, 2, 1)
    assert latest_month(rows(31 + 28 + 20)) == date(2026, 3, 1)


def test_days_without_tickets_count_as_zero() -> None:
    series = daily_series([*rows(1), *rows(3)[2:]], lambda t: t.code, FIRST, date(2026, 1, 4))

    assert series == {"停水": [1, 0, 1, 0]}
