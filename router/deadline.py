"""The four clocks (2 h, 24 h, 7 d, 15 d): which one runs, when it ends, and which light is on.

Pure: `now` is an argument. Days are calendar or working days, as the city says. All instants are
aware; days are counted in the city's own time, so that an instant in UTC gives the same day.
Source: 北京市接诉即办工作条例 (2021) art. 13; the tiers are named in deadlines.yaml.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jiesu.taxonomy.city import City, read_yaml
from jiesu.taxonomy.errors import CityError, InputError
from jiesu.taxonomy.workdays import WorkCalendar

DEADLINES_FILE = "deadlines.yaml"
Days = Literal["calendar", "working"]
Light = Literal["green", "yellow", "red", "overdue"]
LIGHT_NAMES: Mapping[Light, str] = {
    "green": "正常",
    "yellow": "黄灯",
    "red": "红灯",
    "overdue": "逾期",
}
_SPAN = re.compile(r"(\d+)([mhd])")


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """A length of time: minutes, and whole days apart from them, since days may be working days."""

    days: int
    minutes: int

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Read "90m", "24h" or "7d".

        >>> Span.parse("24h"), Span.parse("7d")
        (Span(days=0, minutes=1440), Span(days=7, minutes=0))

        Raises:
            ValueError: it is none of these.
        """
        match = _SPAN.fullmatch(text)
        if match is None:
            raise ValueError(text)
        count, unit = int(match[1]), match[2]
        return cls(count, 0) if unit == "d" else cls(0, count * (60 if unit == "h" else 1))


@dataclass(frozen=True, slots=True)
class Clock:
    """How long a clock runs, and after how long the lights change."""

    name: str
    length: Span
    yellow: Span
    red: Span


@dataclass(frozen=True, slots=True)
class Timeline:
    """The instants of one ticket's clock, in the city's time."""

    clock: str
    received_at: datetime
    yellow_at: datetime
    red_at: datetime
    deadline: datetime

    def light(self, now: datetime) -> Light:
        """Return the light at this instant; the deadline itself is still in time."""
        if now > self.deadline:
            return "overdue"
        if now >= self.red_at:
            return "red"
        return "yellow" if now >= self.yellow_at else "green"

    def left(self, now: datetime) -> timedelta:
        """Return the time left, negative when overdue."""
        return self.deadline - now

    def reminders(self) -> tuple[tuple[datetime, Light], ...]:
        """Return when to remind, and of which light, in order."""
        return (
            (self.yellow_at, "yellow"),
            (self.red_at, "red"),
            (self.deadline, "overdue"),
        )


@dataclass(frozen=True)
class Deadlines:
    """The clocks of one city.

    Attributes:
        clocks: name → clock, the shortest first.
        default: clock of a ticket whose class sets none.
        by_urgency: urgency → the longest clock that it allows.
        zone: the city's time.
    """

    clocks: Mapping[str, Clock]
    default: str
    by_urgency: Mapping[str, str]
    days: Days
    calendar: WorkCalendar
    zone: ZoneInfo

    @classmethod
    def from_city(cls, city: City) -> "Deadlines":
        """Read deadlines.yaml and the time zone of a city.

        Raises:
            CityError: a key is missing or wrong; names file and key.
        """
        raw = read_yaml(city.folder, DEADLINES_FILE)
        _check(raw)
        try:
            zone = ZoneInfo(city.settings["timezone"])
        except (KeyError, ZoneInfoNotFoundError, ValueError) as error:
            raise CityError([f"city.yaml: timezone: {error} 不是时区名；请改正"]) from None
        clocks = [_clock(name, entry) for name, entry in raw["clocks"].items()]
        clocks.sort(key=lambda clock: clock.length)
        return cls(
            clocks={clock.name: clock for clock in clocks},
            default=raw["default"],
            by_urgency=raw["urgency"],
            days=raw["days"],
            calendar=city.calendar,
            zone=zone,
        )

    def limit_of(self, class_limit: str, urgency: str = "") -> str:
        """Return the name of the clock that runs: the class's, shortened by urgency.

        Args:
            class_limit: clock of the likely class; empty when it sets none.
        """
        order = list(self.clocks)
        limits = [class_limit if class_limit in self.clocks else self.default]
        if urgency in self.by_urgency:
            limits.append(self.by_urgency[urgency])
        return min(limits, key=order.index)

    def deadline(self, received_at: datetime, limit: str) -> datetime:
        """Return when the unit must have answered, in the city's time; see `timeline`."""
        return self.timeline(received_at, limit).deadline

    def timeline(self, received_at: datetime, limit: str) -> Timeline:
        """Return the instants of a clock that starts when the ticket came in.

        Raises:
            InputError: the instant has no time zone, or no clock has this name.
        """
        if received_at.utcoffset() is None:
            raise InputError(
                f"受理时间 {received_at} 没有时区；请写成 2026-11-28T09:00+08:00 的样子"
            )
        if limit not in self.clocks:
            raise InputError(f"没有时限 {limit!r}；可用的有 {'、'.join(self.clocks)}")
        clock, start = self.clocks[limit], received_at.astimezone(self.zone)
        return Timeline(
            clock=limit,
            received_at=start,
            yellow_at=self._after(start, clock.yellow),
            red_at=self._after(start, clock.red),
            deadline=self._after(start, clock.length),
        )

    def _after(self, start: datetime, span: Span) -> datetime:
        if self.days == "calendar":
            later = start + timedelta(days=span.days)
        else:
            later = self._working_days_after(start, span.days)
        return later + timedelta(minutes=span.minutes)

    def _working_days_after(self, start: datetime, days: int) -> datetime:
        """Return the same time of day, so many working days later; the first day is not counted.

        What comes in on a day of rest counts as come in at its end: else it could end earlier than
        a ticket of the last working day before.
        """
        later = start
        if days and not self.calendar.is_workday(start.date()):
            later = datetime.combine(start.date(), time.max, start.tzinfo)
        while days:
            later += timedelta(days=1)
            days -= self.calendar.is_workday(later.date())
        return later


def _clock(name: str, entry: Mapping[str, str]) -> Clock:
    return Clock(name, *(Span.parse(entry[key]) for key in ("length", "yellow", "red")))


def _check(raw: Mapping[str, Any]) -> None:  # parsed YAML
    problems = [
        f"{DEADLINES_FILE}: 缺少 {key}；请补上"
        for key in ("days", "default", "clocks", "urgency")
        if key not in raw
    ]
    if problems:
        raise CityError(problems)
    if raw["days"] not in get_args(Days):
        problems.append(f"{DEADLINES_FILE}: days: {raw['days']!r} 应是 calendar 或 working；请改正")
    for key, name in (("default", raw["default"]), *raw["urgency"].items()):
        if name not in raw["clocks"]:
            problems.append(f"{DEADLINES_FILE}: {key}: clocks 中没有 {name!r}；请改正或补上")
    for name, entry in raw["clocks"].items():
        problems += _clock_problems(f"{DEADLINES_FILE}: clocks: {name}", entry)
    if problems:
        raise CityError(problems)


def _clock_problems(where: str, entry: Mapping[str, str]) -> list[str]:
    try:
        clock = _clock("", entry)
    except KeyError as error:
        return [f"{where}: 缺少 {error.args[0]}；请补上"]
    except (ValueError, TypeError) as error:
        return [f"{where}: {error} 应写成 90m、24h 或 7d 的样子；请改正"]
    if not clock.yellow < clock.red < clock.length:
        return [f"{where}: 应有 yellow < red < length；请改正"]
    return []
