"""Times as people and spreadsheets write them → aware datetimes.

A time without a zone is China Standard Time: the whole country keeps one clock.
"""

import re
from datetime import datetime, timedelta, timezone

from jiesu.taxonomy.errors import InputError

CHINA_TIME = timezone(timedelta(hours=8))
_YEARS = range(1980, 2101)
"""Anything else is a slip of the pen, or a spreadsheet's number read as a year."""

_PATTERN = re.compile(
    r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
    r"(?:[T\s]*(?P<hour>\d{1,2})[:：时点](?:(?P<minute>\d{1,2})分?)?"
    r"(?:[:：]?(?P<second>\d{1,2})(?:\.\d+)?秒?)?)?"
)


def parse_time(text: str) -> datetime:
    """Read one time; date only means midnight.

    Raises:
        InputError: the text is no time.

    >>> parse_time("2026年11月28日9时5分").isoformat()
    '2026-11-28T09:05:00+08:00'
    """
    text = text.strip()
    try:
        moment = _from_iso(text) or _from_pattern(text)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise InputError(
            f"时间 {text[:40]!r} 看不懂；请写成 2026-11-28 09:05 或 2026年11月28日9时5分"
        )
    if moment.year not in _YEARS:
        raise InputError(f"时间 {text[:40]!r} 的年份不在 {_YEARS[0]} 到 {_YEARS[-1]} 之间")
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA_TIME)


def _from_iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _from_pattern(text: str) -> datetime | None:
    match = _PATTERN.fullmatch(text)
    if match is None:
        return None
    parts = {name: int(value) for name, value in match.groupdict(default="0").items()}
    return datetime(**parts)  # type: ignore[arg-type]  # the names are datetime's own
