"""The theme of the month (每月一题): what to take up before more people call (未诉先办).

A theme is a class of complaints that is frequent, growing, common to many districts and long
unsolved. Source: the city's practice of 每月一题; weights are in `mass.yaml`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import log2

from jiesu.router.mass.tally import Month, Tally, by_month, counts_by, month_before

_FEWEST = 3
"""Fewer are never frequent."""


@dataclass(frozen=True, slots=True)
class ThemeRules:
    """Weights of the four signs of a theme, and how frequent a class must be.

    Attributes:
        at_least: so many in the month; of a small source, the share `at_least_of` of the month.
    """

    at_least: int
    at_least_of: float
    frequent: float
    growing: float
    common: float
    unsolved: float


@dataclass(frozen=True, slots=True)
class Theme:
    """One class of the ranked list, with its evidence.

    Attributes:
        growth: change against the same month of last year, or last month where there is no year.
        against: "year" or "month": what `growth` compares with; "" where nothing is known.
        before: how many there were then.
        districts: how many districts it came from.
        unsolved: share of callers who said it was not solved; None when nobody was asked.
        months: months of the last twelve in which it was frequent.
    """

    code: str
    score: float
    count: int
    growth: float
    against: str
    before: int
    districts: int
    unsolved: float | None
    months: int


def themes_of(tallies: Iterable[Tally], month: date, rules: ThemeRules) -> list[Theme]:
    """Rank the classes of a month, best theme first.

    Args:
        tallies: the month itself and, for growth, the months before.
        month: any day of it.
    """
    months = by_month(tallies)
    counts = {key: counts_by(found, lambda t: t.code) for key, found in months.items()}
    now = month.year, month.month
    rows = months.get(now, [])
    total_districts = len({t.district for t in rows if t.district}) or 1
    share = max(round(rules.at_least_of * sum(t.count for t in rows)), _FEWEST)
    rules = replace(rules, at_least=min(rules.at_least, share))
    themes = [
        _theme(found, counts, now, total_districts, rules)
        for code, found in _by_code(rows).items()
        if code and counts[now][code] >= rules.at_least
    ]
    return sorted(themes, key=lambda theme: (-theme.score, theme.code))


def _by_code(tallies: Iterable[Tally]) -> dict[str, list[Tally]]:
    found: defaultdict[str, list[Tally]] = defaultdict(list)
    for tally in tallies:
        found[tally.code].append(tally)
    return dict(found)


def _theme(
    rows: Sequence[Tally],
    counts: Mapping[Month, Counter[str]],
    now: Month,
    total_districts: int,
    rules: ThemeRules,
) -> Theme:
    code = rows[0].code
    count = counts[now][code]
    before, against = _before(code, counts, now)
    growth = (count + 1) / (before + 1) - 1 if against else 0.0
    districts = len({row.district for row in rows if row.district})
    asked = sum(row.asked for row in rows)
    unsolved = sum(row.unsolved for row in rows) / asked if asked else None
    months = sum(counts.get(m, Counter())[code] >= rules.at_least for m in _year_to(now))
    score = (
        rules.frequent * log2(1 + count / rules.at_least)
        + rules.growing * max(-1.0, min(growth, 3.0))
        + rules.common * districts / total_districts
        + rules.unsolved * ((unsolved or 0.0) + months / 12) / 2
    )
    return Theme(code, round(score, 3), count, round(growth, 3), against, before, districts,
                 unsolved, months)  # fmt: skip


def _before(code: str, counts: Mapping[Month, Counter[str]], now: Month) -> tuple[int, str]:
    """Return the count to compare with, and of when it is."""
    last_year, last_month = (now[0] - 1, now[1]), month_before(now)
    if last_year in counts:
        return counts[last_year][code], "year"
    if last_month in counts:
        return counts[last_month][code], "month"
    return 0, ""


def _year_to(now: Month) -> list[Month]:
    months = [now]
    while len(months) < 12:
        months.append(month_before(months[-1]))
    return months
