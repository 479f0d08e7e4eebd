"""The four clocks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jiesu.router.deadline import DEADLINES_FILE, Deadlines
from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.errors import CityError, InputError

TESTS = Path(__file__).parents[2]
CASES = yaml.safe_load((TESTS / "cases" / "deadline.yaml").read_text(encoding="utf-8"))
CITY = load_city()
CALENDAR_DAYS = replace(Deadlines.from_city(CITY), days="calendar")
WORKING_DAYS = replace(CALENDAR_DAYS, days="working")
LIMITS = st.sampled_from(list(CALENDAR_DAYS.clocks))
INSTANTS = st.datetimes(
    datetime(2025, 1, 1), datetime(2026, 12, 31), timezones=st.just(CALENDAR_DAYS.zone)
)


def clocks_of(days: str) -> Deadlines:
    return WORKING_DAYS if days == "working" else CALENDAR_DAYS


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CALENDAR_DAYS.zone)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['received']} {case['limit']}")
def test_cases(case: dict[str, Any]) -> None:
    timeline = clocks_of(case["days"]).timeline(local(case["received"]), case["limit"])
    instants = (timeline.yellow_at, timeline.red_at, timeline.deadline)
    assert instants == tuple(local(case[key]) for key in ("yellow", "red", "deadline"))


@given(INSTANTS, LIMITS, st.sampled_from(["calendar", "working"]))
@settings(deadline=None)
def test_lights_come_in_order(received_at: datetime, limit: str, days: str) -> None:
    timeline = clocks_of(days).timeline(received_at, limit)
    instants = [received_at, timeline.yellow_at, timeline.red_at, timeline.deadline]
    assert instants == sorted(instants)
    lights = [timeline.light(instant) for instant in instants]
    assert lights == ["green", "yellow", "red", "red"]
    assert timeline.light(timeline.deadline + timedelta(seconds=1)) == "overdue"


@given(INSTANTS, st.sampled_from(["7d", "15d"]))
@settings(deadline=None)
def test_working_days_never_end_earlier(received_at: datetime, limit: str) -> None:
    assert WORKING_DAYS.deadline(received_at, limit) >= CALENDAR_DAYS.deadline(received_at, limit)


@given(INSTANTS, st.sampled_from(["7d", "15d"]))
@settings(deadline=None)
def test_working_deadline_is_a_workday(received_at: datetime, limit: str) -> None:
    assert CITY.calendar.is_workday(WORKING_DAYS.deadline(received_at, limit).date())


@given(INSTANTS, INSTANTS, LIMITS)
@example(
    datetime(2025, 1, 27, 0, 0, 0, 1, CALENDAR_DAYS.zone),
    datetime(2025, 1, 28, tzinfo=CALENDAR_DAYS.zone),
    "7d",
)
@settings(deadline=None)
def test_later_ticket_never_ends_earlier(one: datetime, other: datetime, limit: str) -> None:
    first, second = sorted([one, other])
    assert WORKING_DAYS.deadline(first, limit) <= WORKING_DAYS.deadline(second, limit)


@given(INSTANTS, LIMITS)
@settings(deadline=None)
def test_zone_of_the_instant_changes_nothing(received_at: datetime, limit: str) -> None:
    assert WORKING_DAYS.timeline(received_at.astimezone(UTC), limit) == WORKING_DAYS.timeline(
        received_at, limit
    )


@pytest.mark.parametrize(
    ("class_limit", "urgency", "expected"),
    [
        ("7d", "一般", "7d"),
        ("15d", "一般", "15d"),
        ("7d", "紧急", "24h"),
        ("15d", "特急", "2h"),
        ("2h", "紧急", "2h"),
        ("", "一般", "7d"),
        ("30d", "", "7d"),
    ],
)
def test_urgency_shortens_the_clock(class_limit: str, urgency: str, expected: str) -> None:
    assert CALENDAR_DAYS.limit_of(class_limit, urgency) == expected


def test_reminders_name_their_light_and_time_left_turns_negative() -> None:
    timeline = CALENDAR_DAYS.timeline(local("2026-03-02 09:30"), "7d")
    assert [light for _, light in timeline.reminders()] == ["yellow", "red", "overdue"]
    assert timeline.left(local("2026-03-10 09:30")) == timedelta(days=-1)


def test_instant_without_zone_is_refused() -> None:
    with pytest.raises(InputError, match="2026-03-02 09:30:00 没有时区"):
        CALENDAR_DAYS.deadline(datetime(2026, 3, 2, 9, 30), "7d")


def test_unknown_clock_is_refused() -> None:
    with pytest.raises(InputError, match="没有时限 '30d'；可用的有 2h、24h、7d、15d"):
        CALENDAR_DAYS.deadline(local("2026-03-02 09:30"), "30d")


def city_with(folder: Path, timezone: str = "Asia/Shanghai", **changes: Any) -> City:
    raw = yaml.safe_load((CITY.folder / DEADLINES_FILE).read_text(encoding="utf-8")) | changes
    (folder / DEADLINES_FILE).write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return replace(CITY, folder=folder, settings={"timezone": timezone})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"days": "business"}, "days: 'business'"),
        ({"default": "3d"}, "default: clocks 中没有 '3d'"),
        ({"urgency": {"特急": "1h"}}, "特急: clocks 中没有 '1h'"),
        ({"clocks": {"7d": {"length": "1w", "yellow": "5d", "red": "6d"}}}, "1w 应写成"),
        ({"clocks": {"7d": {"length": "7d", "yellow": "5d"}}}, "缺少 red"),
        ({"clocks": {"7d": {"length": "7d", "yellow": "6d", "red": "5d"}}}, "yellow < red"),
    ],
)
def test_wrong_file_is_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CityError, match=message):
        Deadlines.from_city(city_with(tmp_path, **changes))


def test_unknown_time_zone_is_named(tmp_path: Path) -> None:
    with pytest.raises(CityError, match=r"city\.yaml: timezone"):
        Deadlines.from_city(city_with(tmp_path, timezone="Mars/Base"))
