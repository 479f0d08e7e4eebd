"""What comes next, as lists that name things: themes, subdistricts, forecasts.

Takes counted tickets and a city and gives rows that a page, a workbook or a program can show.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from jiesu.router.mass.forecast import Forecast, forecast
from jiesu.router.mass.tally import Tally, daily_series, span_of
from jiesu.router.mass.themes import Theme, ThemeRules, themes_of
from jiesu.taxonomy.city import City
from jiesu.taxonomy.tree import LabelTree

HORIZONS = (7, 30, 90)
_WITHOUT_YEAR = {"month": "上月", "year": "去年同月"}


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """One class of the month's themes.

    Attributes:
        name: path of the class, upper classes first.
        units: who is in charge of such matters, the lead first.
        evidence: why it stands here, in one sentence.
    """

    rank: int
    code: str
    name: str
    theme: Theme
    units: tuple[str, ...]
    evidence: str


def theme_rows(
    tallies: Iterable[Tally], month: date, rules: ThemeRules, city: City, most: int = 20
) -> list[ThemeRow]:
    """Rank the themes of a month."""
    return [
        ThemeRow(rank, theme.code, path_name(city.tree, theme.code), theme,
                 units_of_class(city.tree, theme.code), evidence_of(theme))
        for rank, theme in enumerate(themes_of(tallies, month, rules)[:most], start=1)
    ]  # fmt: skip


def evidence_of(theme: Theme) -> str:
    """Say why a class is a theme.

    >>> evidence_of(Theme("a", 1.0, 60, 1.0, "year", 30, 9, 0.25, 3))
    '本月60件；比去年同月（30件）增长100%；涉及9个区；回访未解决25%；近12个月有3个月高频'
    """
    parts = [f"本月{theme.count}件"]
    if theme.against:
        way = "增长" if theme.growth >= 0 else "减少"
        than = f"比{_WITHOUT_YEAR[theme.against]}（{theme.before}件）"
        parts.append(f"{than}{way}{abs(theme.growth):.0%}")
    if theme.districts:
        parts.append(f"涉及{theme.districts}个区")
    if theme.unsolved is not None:
        parts.append(f"回访未解决{theme.unsolved:.0%}")
    parts.append(f"近12个月有{theme.months}个月高频")
    return "；".join(parts)


@dataclass(frozen=True, slots=True)
class Horizon:
    """Expected requests of the first days.

    Attributes:
        low, high: between them with nine chances in ten.
        naive: what the baseline (the same days a year or a week ago) says.
    """

    days: int
    expected: float
    low: float
    high: float
    naive: float


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """The forecast of one class in one district.

    Attributes:
        district: empty for the whole city.
        a_day: mean number a day in the last four weeks.
        uses_naive: the model did not beat the baseline on known days, which is given instead.
        mase, mase_naive: errors on known days; None where the history is too short to tell.
        daily: (day, expected, low, high, naive).
    """

    code: str
    name: str
    district: str
    a_day: float
    horizons: tuple[Horizon, ...]
    uses_naive: bool
    mase: float | None
    mase_naive: float | None
    daily: tuple[tuple[date, float, float, float, float], ...]


def forecast_rows(
    tallies: Sequence[Tally],
    city: City,
    *,
    level: int,
    districts: bool = False,
    most: int = 20,
    days: int = 90,
    last: date | None = None,
) -> list[ForecastRow]:
    """Forecast the most frequent classes of the last four weeks.

    Args:
        tallies: the history.
        level: level of the classes, from 1.
        districts: by class and district, else by class in the whole city.
        last: day before the forecast begins; None takes the last of the history.
    """
    if not tallies:
        return []
    first, end = span_of(tallies)
    last = last or end
    ancestor = ancestors(city.tree, level)

    def key(tally: Tally) -> str:
        code = ancestor.get(tally.code, "")
        where = tally.district if districts else ""
        return f"{where}|{code}" if code and (where or not districts) else ""

    series = daily_series(tallies, key, first, last)
    chosen = sorted(series, key=lambda name: (-sum(series[name][-28:]), name))[:most]
    found = forecast({name: series[name] for name in chosen}, first, days)
    start = last + timedelta(days=1)
    return [_row(name, series[name], found[name], city, start) for name in chosen]


def _row(name: str, counts: Sequence[int], one: Forecast, city: City, start: date) -> ForecastRow:
    district, code = name.split("|")
    columns = (one.mean, one.low, one.high, one.naive)
    daily = tuple(
        (start + timedelta(days=i), *(round(float(column[i]), 2) for column in columns))
        for i in range(len(one.mean))
    )
    recent = counts[-28:]
    return ForecastRow(
        code=code,
        name=path_name(city.tree, code),
        district=district,
        a_day=round(sum(recent) / len(recent), 2),
        horizons=tuple(_horizon(one, days) for days in HORIZONS if days <= len(one.mean)),
        uses_naive=one.is_naive,
        mase=round(one.check.mase, 3) if one.check else None,
        mase_naive=round(one.check.naive, 3) if one.check else None,
        daily=daily,  # type: ignore[arg-type]  # four columns, as listed
    )


def _horizon(one: Forecast, days: int) -> Horizon:
    expected, naive = one.total(days)
    low, high = one.bounds(days)
    return Horizon(days, round(expected, 1), round(low, 1), round(high, 1), round(naive, 1))


def verdict_of(row: ForecastRow) -> str:
    """Say whether the model is worth more than the baseline for this series."""
    if row.mase is None or row.mase_naive is None:
        return "历史不足两个月，无从检验"
    figures = f"检验误差 {row.mase:.2f}，季节朴素 {row.mase_naive:.2f}"
    if row.uses_naive:
        return f"不优于季节朴素法，已改用季节朴素法（{figures}）"
    return f"优于季节朴素法（{figures}）"


def path_name(tree: LabelTree, code: str) -> str:
    """Return the names from level 1 down to a class."""
    names: list[str] = []
    label = tree.labels.get(code)
    while label is not None:
        names.insert(0, label.name)
        label = tree.labels.get(label.parent or "")
    return " / ".join(names) or code


def units_of_class(tree: LabelTree, code: str) -> tuple[str, ...]:
    """Return the roles in charge of a class, the lead first."""
    label = tree.labels.get(code)
    return tuple(r for r in (label.unit_role, *label.co_roles) if r) if label else ()


def ancestors(tree: LabelTree, level: int) -> dict[str, str]:
    """Return leaf → its class on a level, for leaves at or below it."""
    found = {}
    for leaf in tree.leaves:
        label = tree.labels[leaf]
        while label.level > level and label.parent:
            label = tree.labels[label.parent]
        found[leaf] = label.code
    return found


def level_for(tallies: Sequence[Tally], tree: LabelTree, at_least: float = 1.0) -> int:
    """Return the finest level whose commonest class has enough requests a day to forecast."""
    if not tallies:
        return 1
    first, last = span_of(tallies)
    for level in range(tree.depth, 1, -1):
        counts: Counter[str] = Counter()
        ancestor = ancestors(tree, level)
        for tally in tallies:
            counts[ancestor.get(tally.code, "")] += tally.count
        del counts[""]
        if max(counts.values(), default=0) >= at_least * ((last - first).days + 1):
            return level
    return 1
