"""Sentences about alerts, for every page: how unusual, which way it goes, how it grew."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

_UNUSUAL = ((6.0, "极不寻常"), (3.0, "很不寻常"), (1.3, "偏多"), (0.0, "平常"))
"""Least surprise → what to call it."""
CHANGES = {"new": "新列入", "stays": "仍在", "left": "退出"}
"""What happened to a subdistrict on the list → its name."""
KINDS = {"danger": "险情", "crowd": "聚集", "public": "舆情"}
"""Group of sensitive words → its name; others show as they are."""


def unusual_text(surprise: float, p_value: float | None) -> str:
    """Say how unusual a burst is, with both figures.

    >>> unusual_text(3.2, 0.005)
    '很不寻常（惊讶度 3.2，p = 0.005）'
    """
    word = next(word for least, word in _UNUSUAL if surprise >= least)
    tail = "" if p_value is None else f"，p = {p_value:.3f}"
    return f"{word}（惊讶度 {surprise:.1f}{tail}）"


def trend_text(trend: float) -> str:
    """Say which way a party's complaints go.

    >>> [trend_text(t) for t in (0.4, 1.0, 2.5)]
    ['减少', '平稳', '增多']
    """
    return "增多" if trend >= 1.5 else "减少" if trend <= 0.67 else "平稳"


@dataclass(frozen=True, slots=True)
class GrowthPoint:
    """One day of an alert's growth: its calls, and all calls up to then."""

    day: date
    count: int
    total: int


def growth_of(timeline: Iterable[tuple[date | str, int]]) -> list[GrowthPoint]:
    """Return one point a day from the first call to the last, days without calls filled in.

    >>> [p.total for p in growth_of([("2026-03-01", 2), ("2026-03-03", 1)])]
    [2, 2, 3]
    """
    counts = {_day(day): count for day, count in timeline}
    if not counts:
        return []
    points, total, day = [], 0, min(counts)
    while day <= max(counts):
        total += counts.get(day, 0)
        points.append(GrowthPoint(day, counts.get(day, 0), total))
        day += timedelta(days=1)
    return points


def _day(day: date | str) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day
