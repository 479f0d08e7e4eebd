"""Timelines as inline SVG: how many people called, week by week."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

from jiesu.router.mass.alert import Alert

_FEW_DAYS = 45
"""Up to this many days a bar is a day, beyond a week."""
_WIDTH, _HEIGHT, _FLOOR, _TOP = 660, 118, 94, 16


def spark(alert: Alert, first: date, last: date) -> str:
    """Draw a small line of bars over the whole period of the report."""
    weeks = max(1, ((last - first).days // 7) + 1)
    counts: Counter[int] = Counter()
    for day, n in alert.timeline:
        counts[min(max((day - first).days // 7, 0), weeks - 1)] += n
    high = max(counts.values())
    step = 150 / weeks
    bars = "".join(
        f'<rect x="{week * step:.1f}" y="{24 - 22 * n / high:.1f}" '
        f'width="{max(step - 0.6, 1.2):.1f}" height="{22 * n / high:.1f}"/>'
        for week, n in sorted(counts.items())
    )
    return (
        f'<svg class="spark" viewBox="0 0 150 25" role="img" aria-label="每周条数">'
        f'<path d="M0 24.5H150"/>{bars}</svg>'
    )


def timeline(alert: Alert) -> str:
    """Draw an alert's own timeline, with a scale and dates."""
    size, starts, counts = buckets(alert)
    high = max(counts)
    step = _WIDTH / len(counts)
    bars = "".join(
        f'<rect x="{i * step + 0.5:.1f}" y="{_y(n, high):.1f}" width="{max(step - 1, 1):.1f}" '
        f'height="{_FLOOR - _y(n, high):.1f}"><title>{start:%Y-%m-%d} {n} 条</title></rect>'
        for i, (start, n) in enumerate(zip(starts, counts, strict=True))
        if n
    )
    top = counts.index(high)
    peak = (
        f'<text class="peak" x="{min(max(top * step + step / 2, 12), _WIDTH - 12):.1f}" '
        f'y="{_TOP - 5}">{high}</text>'
    )
    unit = "日" if size == 1 else "周"
    label = f"{alert.title}：每{unit}条数，最多 {high} 条"
    return (
        f'<svg class="timeline" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(label)}"><path class="base" d="M0 {_FLOOR}.5H{_WIDTH}"/>'
        f"{bars}{peak}{_dates(starts, step)}</svg>"
    )


def fan(daily: Sequence[tuple[date, float, float, float, float]]) -> str:
    """Draw a forecast: expectation, its interval, and the baseline in grey."""
    if not daily:
        return ""
    rows = [row[1:] for row in daily]
    high = max(max(row) for row in rows) or 1.0
    step = 150 / max(len(rows) - 1, 1)

    def points(column: int) -> list[str]:
        return [f"{i * step:.1f},{32 - 30 * row[column] / high:.1f}" for i, row in enumerate(rows)]

    band = " ".join([*points(1), *reversed(points(2))])
    return (
        f'<svg class="spark fan" viewBox="0 0 150 33" role="img" aria-label="未来 {len(daily)} 天">'
        f'<polygon points="{band}"/><polyline class="naive" points="{" ".join(points(3))}"/>'
        f'<polyline points="{" ".join(points(0))}"/></svg>'
    )


def buckets(alert: Alert) -> tuple[int, list[date], list[int]]:
    """Return days a bar, the first day of each bar, and the number of messages in each."""
    first, last = alert.first.date(), alert.last.date()
    size = 1 if (last - first).days < _FEW_DAYS else 7
    counts = [0] * ((last - first).days // size + 1)
    for day, n in alert.timeline:
        counts[(day - first).days // size] += n
    return size, [first + timedelta(days=i * size) for i in range(len(counts))], counts


def _y(count: int, high: int) -> float:
    return _FLOOR - (_FLOOR - _TOP) * count / high


def _dates(starts: Sequence[date], step: float) -> str:
    every = max(1, -(-len(starts) // 6))
    marks = []
    for i in range(0, len(starts), every):
        x = i * step + step / 2
        anchor = "start" if i == 0 else "middle"
        text = f"{starts[i]:%Y-%m-%d}" if i == 0 else f"{starts[i]:%m-%d}"
        marks.append(
            f'<text x="{0 if i == 0 else x:.1f}" y="112" text-anchor="{anchor}">{text}</text>'
        )
    return "".join(marks)
