"""What to take up before more people call (未诉先办): the theme of the month, and subdistricts.

A theme (每月一题) is a class of complaints that is frequent, growing, common to many districts
and long unsolved. A subdistrict under special care (治理类街乡镇) has the most requests or very
many people. Source: the city's practice of 每月一题 and 治理类街乡镇; numbers in `mass.yaml`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import log2


@dataclass(frozen=True, slots=True)
class Record:
    """One ticket as the monthly lists count it.

    Attributes:
        code: class.
        region: code of the subdistrict; empty when unknown.
        is_solved: as the caller said on the call-back; None when not asked.
    """

    day: date
    code: str
    district: str
    region: str
    is_solved: bool | None = None


@dataclass(frozen=True, slots=True)
class ThemeRules:
    """Weights of the four signs of a theme, and how frequent a class must be."""

    at_least: int
    frequent: float
    growing: float
    common: float
    unsolved: float


@dataclass(frozen=True, slots=True)
class Theme:
    """One class of the ranked list, with its evidence.

    Attributes:
        growth: change against the same month of last year, or last month where there is no year.
        against: "year" or "month": what `growth` compares with.
        districts: how many districts it came from.
        unsolved: share of callers who said it was not solved; None when nobody was asked.
        months: months of the last twelve in which it was frequent.
    """

    code: str
    score: float
    count: int
    growth: float
    against: str
    districts: int
    unsolved: float | None
    months: int


def themes_of(records: Iterable[Record], month: date, rules: ThemeRules) -> list[Theme]:
    """Rank the classes of a month, best theme first.

    Args:
        records: the month itself and, for growth, the months before.
        month: any day of it.
    """
    by_month: defaultdict[tuple[int, int], list[Record]] = defaultdict(list)
    for record in records:
        by_month[record.day.year, record.day.month].append(record)
    counts = {key: Counter(r.code for r in found) for key, found in by_month.items()}
    now = month.year, month.month
    total_districts = len({r.district for r in by_month[now] if r.district}) or 1
    themes = [
        _theme(found, counts, now, total_districts, rules)
        for found in _by_code(by_month[now]).values()
        if len(found) >= rules.at_least
    ]
    return sorted(themes, key=lambda theme: (-theme.score, theme.code))


def _by_code(records: Iterable[Record]) -> dict[str, list[Record]]:
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        found[record.code].append(record)
    return dict(found)


def _theme(
    records: Sequence[Record],
    counts: Mapping[tuple[int, int], Counter[str]],
    now: tuple[int, int],
    total_districts: int,
    rules: ThemeRules,
) -> Theme:
    code = records[0].code
    growth, against = _growth(code, counts, now)
    districts = len({record.district for record in records if record.district})
    asked = [record.is_solved for record in records if record.is_solved is not None]
    unsolved = asked.count(False) / len(asked) if asked else None
    months = sum(counts.get(m, Counter())[code] >= rules.at_least for m in _year_to(now))
    score = (
        rules.frequent * log2(1 + len(records) / rules.at_least)
        + rules.growing * max(-1.0, min(growth, 3.0))
        + rules.common * districts / total_districts
        + rules.unsolved * ((unsolved or 0.0) + months / 12) / 2
    )
    return Theme(code, round(score, 3), len(records), round(growth, 3), against, districts,
                 unsolved, months)  # fmt: skip


def _growth(
    code: str, counts: Mapping[tuple[int, int], Counter[str]], now: tuple[int, int]
) -> tuple[float, str]:
    year, month = now
    before = counts.get((year - 1, month))
    against = "year"
    if before is None:
        before, against = counts.get(_month_before(now), Counter()), "month"
    return (counts[now][code] + 1) / (before[code] + 1) - 1, against


def _month_before(now: tuple[int, int]) -> tuple[int, int]:
    return (now[0] - 1, 12) if now[1] == 1 else (now[0], now[1] - 1)


def _year_to(now: tuple[int, int]) -> list[tuple[int, int]]:
    months = [now]
    while len(months) < 12:
        months.append(_month_before(months[-1]))
    return months


@dataclass(frozen=True, slots=True)
class CareRules:
    """When a subdistrict comes under special care: the first so many, or so many people."""

    first: int
    people: int


@dataclass(frozen=True, slots=True)
class Subdistrict:
    """One subdistrict of the list of the month (治理类街乡镇).

    Attributes:
        rank: by requests, from 1.
        why: "诉求量第 3" or "人口 23.1 万".
        change: "new", "stays" or "left".
    """

    region: str
    rank: int
    count: int
    people: int | None
    why: str
    change: str


def under_care(
    counts: Mapping[str, int], people: Mapping[str, int], before: Iterable[str], rules: CareRules
) -> list[Subdistrict]:
    """Return the subdistricts under care this month, then those that left the list and why.

    Args:
        counts: subdistrict → requests of the month.
        people: subdistrict → inhabitants, where known.
        before: subdistricts on last month's list.
    """
    ranked = sorted(counts, key=lambda region: (-counts[region], region))
    known, listed = set(before), []
    for rank, region in enumerate(ranked, start=1):
        why = _why(rank, people.get(region), rules)
        if why or region in known:
            change = ("stays" if region in known else "new") if why else "left"
            why = why or f"诉求量降到第 {rank}，人口未超过 {rules.people / 1e4:g} 万"
            listed.append(
                Subdistrict(region, rank, counts[region], people.get(region), why, change)
            )
    return sorted(listed, key=lambda s: (s.change == "left", s.rank))


def _why(rank: int, people: int | None, rules: CareRules) -> str:
    reasons = [f"诉求量第 {rank}"] if rank <= rules.first else []
    if people is not None and people > rules.people:
        reasons.append(f"人口 {people / 1e4:.1f} 万")
    return "，".join(reasons)
