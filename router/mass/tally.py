"""Tickets counted by day, class and place: what themes, lists and forecasts are made from.

A row may stand for one ticket or for many: a store counts in its own language and hands rows over.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from jiesu.router.mass.message import Message

Month = tuple[int, int]
"""(year, month)."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Tickets of one day, class and place.

    Attributes:
        code: leaf class; empty when unknown.
        district, subdistrict: names; empty when unknown.
        asked: of how many the caller said on the call-back whether it was solved.
        unsolved: of how many the caller said that it was not.
    """

    day: date
    code: str
    district: str = ""
    subdistrict: str = ""
    count: int = 1
    asked: int = 0
    unsolved: int = 0

    @property
    def month(self) -> Month:
        """The month of the day."""
        return self.day.year, self.day.month


def tally_of(message: Message) -> Tally:
    """Count one message under its likeliest class and its place."""
    place = message.place
    best = max(message.classes, key=lambda code: message.classes[code], default="")
    return Tally(
        day=message.at.date(),
        code=best,
        district=place.district or "",
        subdistrict=place.subdistrict or "",
        asked=message.is_solved is not None,
        unsolved=message.is_solved is False,
    )


def by_month(tallies: Iterable[Tally]) -> dict[Month, list[Tally]]:
    """Group rows by month."""
    found: defaultdict[Month, list[Tally]] = defaultdict(list)
    for tally in tallies:
        found[tally.month].append(tally)
    return dict(found)


def counts_by(tallies: Iterable[Tally], key: Callable[[Tally], str]) -> Counter[str]:
    """Add the tickets up under a key; rows whose key is empty are left out."""
    counts: Counter[str] = Counter()
    for tally in tallies:
        name = key(tally)
        if name:
            counts[name] += tally.count
    return counts


def month_before(month: Month) -> Month:
    """Return the month before.

    >>> month_before((2026, 1))
    (2025, 12)
    """
    return (month[0] - 1, 12) if month[1] == 1 else (month[0], month[1] - 1)


def daily_series(
    tallies: Iterable[Tally], key: Callable[[Tally], str], first: date, last: date
) -> Mapping[str, list[int]]:
    """Return key → one count a day from `first` to `last`, both included."""
    days = (last - first).days + 1
    series: defaultdict[str, list[int]] = defaultdict(lambda: [0] * days)
    for tally in tallies:
        name = key(tally)
        if name and first <= tally.day <= last:
            series[name][(tally.day - first).days] += tally.count
    return dict(series)


def span_of(tallies: Iterable[Tally]) -> tuple[date, date]:
    """Return first and last day of a source; one ticket in two hundred may stray at each end.

    Raises:
        ValueError: there is nothing.
    """
    counts: Counter[date] = Counter()
    for tally in tallies:
        counts[tally.day] += tally.count
    return _reached(sorted(counts), counts), _reached(sorted(counts, reverse=True), counts)


def _reached(days: list[date], counts: Mapping[date, int]) -> date:
    """Return the day on which more than the strays have been seen."""
    strays, seen = sum(counts.values()) // 200, 0
    for day in days:
        seen += counts[day]
        if seen > strays:
            return day
    return days[-1]


def latest_month(tallies: Iterable[Tally]) -> date:
    """Return the latest month that is about as full as others: the last may have just begun."""
    months = {month: sum(t.count for t in rows) for month, rows in by_month(tallies).items()}
    usual = sorted(months.values())[len(months) // 2]
    year, month = max(m for m, count in months.items() if 2 * count >= usual)
    return date(year, month, 1)
