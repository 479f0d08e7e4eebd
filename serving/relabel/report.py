"""OUT.report.html: what a run gave, as one page without network, scripts or other files."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from html import escape
from importlib.resources import files
from itertools import accumulate
from pathlib import Path
from string import Template

from jiesu.serving.relabel.charts import Line, bar, curves, histogram, series, stack
from jiesu.serving.relabel.options import RelabelResult
from jiesu.serving.relabel.tally import BINS, SHOWN_PROBLEMS, Tally

OUTCOME_NAMES: Mapping[str, str] = {
    "auto": "自动派发",
    "confirm": "确认",
    "human": "人工",
    "district": "派区",
    "consult": "会商",
    "emergency": "紧急转接",
    "statutory": "法定渠道",
    "repeat": "重复",
    "out_of_scope": "不属受理范围",
    "elsewhere": "转外埠",
    "answer": "直接答复",
}
_LEVEL_NAMES = ("一级事项", "二级事项", "三级事项")
_LEVEL_STYLES = ("a", "b", "c")
_SHOWN_CLASSES = 12
_SHOWN_LEAVES = 20
_COVERAGES = (1.0, 0.9, 0.8, 0.6)
_BANDS = ((0.9, 1.0), (0.7, 0.9), (0.5, 0.7), (0.0, 0.5))
_MAX_POINTS = 120
_NOTHING = '<p class="none">没有数据</p>'


def write_report(result: RelabelResult, tally: Tally, source: Path, started_at: datetime) -> None:
    """Write the report of a run beside its output."""
    template = Template(files(__package__).joinpath("report.html").read_text(encoding="utf-8"))
    counts = tally.counts
    page = template.substitute(
        source=escape(source.name),
        output=escape(result.output.name),
        started_at=f"{started_at:%Y年%m月%d日 %H:%M}",
        model=escape(_joined(counts.get("model"))),
        taxonomy=escape(_joined(counts.get("taxonomy"))),
        rules=escape(_joined(counts.get("rules"))),
        tiles=_tiles(result, tally),
        notes="".join(f'<p class="note">{escape(note)}</p>' for note in _notes(result, tally)),
        outcomes=_outcomes(counts.get("outcome", Counter())),
        histogram=_histogram(tally),
        bands=_band_table(tally.histograms[-1]),
        curves=_curves(tally),
        coverage=_coverage_table(tally),
        level1=_bars(counts.get("l1"), _SHOWN_CLASSES),
        level2=_bars(counts.get("l2"), _SHOWN_CLASSES),
        level3=_bars(counts.get("l3"), _SHOWN_LEAVES),
        kinds=_bars(counts.get("kind"), _SHOWN_CLASSES),
        limits=_bars(_named(counts.get("limit"), limit_name), _SHOWN_CLASSES),
        tags=_bars(counts.get("tag"), _SHOWN_CLASSES),
        districts=_bars(counts.get("district"), _SHOWN_LEAVES),
        units=_bars(counts.get("unit"), _SHOWN_LEAVES),
        days=_days(counts.get("day", Counter())),
        hard=_hard_table(tally),
        problems=_problem_table(result, tally),
    )
    result.report.write_text(page, encoding="utf-8")


def _joined(counter: Counter[str] | None) -> str:
    return "、".join(counter) if counter else "—"


def _tiles(result: RelabelResult, tally: Tally) -> str:
    labelled = tally.rows - tally.bad
    human = tally.counts.get("outcome", Counter())["human"]
    tiles = (
        (f"{tally.rows:,}", "行，输入与输出相同"),
        (f"{labelled:,}", "已标注"),
        (f"{tally.bad:,}", "没有标注，原因见文末"),
        (f"{human / max(1, labelled):.1%}", "需要人工判断"),
        (f"{expected_accuracy(tally.histograms[-1], 1.0):.1%}", "三级事项预期正确率"),
        (f"{result.rows_per_second:,.0f}", f"行/秒，本次用时 {_duration(result.seconds)}"),
    )
    return "".join(
        f'<div class="tile"><b>{value}</b><span>{name}</span></div>' for value, name in tiles
    )


def _duration(seconds: float) -> str:
    """Write a duration for people.

    >>> _duration(3.21), _duration(75), _duration(7300)
    ('3.2 秒', '1 分 15 秒', '2 时 1 分')
    """
    if seconds < 60:
        return f"{seconds:.1f} 秒"
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} 分 {int(seconds % 60)} 秒"
    return f"{minutes // 60} 时 {minutes % 60} 分"


def _notes(result: RelabelResult, tally: Tally) -> Iterable[str]:
    yield from result.notes
    if tally.rows == 0:
        yield "输入只有表头，没有数据行。"
    for part, count in tally.counts.get("degraded", Counter()).items():
        yield f"有 {count:,} 行在降级状态下标注：{part} 不可用。"


def _outcomes(outcomes: Counter[str]) -> str:
    total = outcomes.total()
    if not total:
        return _NOTHING
    known = [name for name in OUTCOME_NAMES if outcomes[name]]
    strip = stack([(outcomes[name] / total, f"o-{name}") for name in known])
    rows = "".join(
        f'<li><i class="dot o-{name}"></i>{OUTCOME_NAMES[name]}<small>{name}</small>'
        f"<b>{outcomes[name]:,}</b><em>{outcomes[name] / total:.1%}</em></li>"
        for name in known
    )
    return f'{strip}<ul class="legend">{rows}</ul>'


def _bars(counter: Counter[str] | None, limit: int) -> str:
    if not counter:
        return _NOTHING
    total, top = counter.total(), counter.most_common(1)[0][1]
    shown = counter.most_common(limit)
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{bar(count / top)}</td>"
        f"<td>{count:,}</td><td>{count / total:.1%}</td></tr>"
        for name, count in shown
    )
    rest = len(counter) - len(shown)
    more = total - sum(count for _, count in shown)
    note = f'<p class="rest">另有 {rest:,} 项，共 {more:,} 行</p>' if rest else ""
    return f'<table class="bars">{rows}</table>{note}'


def _named(counter: Counter[str] | None, name_of: Callable[[str], str]) -> Counter[str]:
    return Counter({name_of(key): count for key, count in (counter or {}).items()})


def limit_name(limit: str) -> str:
    """Write a limit for people.

    >>> limit_name("24h"), limit_name("7d"), limit_name("other")
    ('24 小时', '7 日', 'other')
    """
    unit = {"h": "小时", "d": "日"}.get(limit[-1:])
    return f"{limit[:-1]} {unit}" if unit and limit[:-1].isdigit() else limit


def _histogram(tally: Tally) -> str:
    bins = tally.histograms[-1]
    wide = [sum(bins[j : j + 4]) for j in range(0, BINS, 4)]
    if not any(wide):
        return _NOTHING
    return histogram(wide, x_name="三级事项概率", y_name="行数", label="三级事项概率的分布")


def _band_table(bins: Sequence[int]) -> str:
    total = sum(bins)
    if not total:
        return ""
    rows = "".join(
        f"<tr><th>{low:.1f} – {high:.1f}</th><td>{count:,}</td><td>{count / total:.1%}</td></tr>"
        for low, high in _BANDS
        for count in [sum(bins[round(low * BINS) : round(high * BINS)])]
    )
    head = "<tr><th>三级事项概率</th><th>行数</th><th>占比</th></tr>"
    return f'<table class="plain">{head}{rows}</table>'


def _curves(tally: Tally) -> str:
    lines = [
        Line(coverage_curve(bins), name, style)
        for bins, name, style in zip(tally.histograms, _LEVEL_NAMES, _LEVEL_STYLES, strict=True)
        if any(bins)
    ]
    if not lines:
        return _NOTHING
    keys = "".join(f'<span><i class="dot {line.style}"></i>{line.name}</span>' for line in lines)
    drawn = curves(
        lines, x_name="采纳概率最高的多少", y_name="预期正确率", label="预期正确率与采纳比例"
    )
    return f'{drawn}<p class="keys">{keys}</p>'


def coverage_curve(bins: Sequence[int]) -> list[tuple[float, float]]:
    """Return (share accepted, expected accuracy of the accepted), surest rows first.

    The expected accuracy is the mean probability: probabilities are calibrated.

    >>> coverage_curve([1, 0, 0, 1])
    [(0.5, 0.875), (1.0, 0.5)]
    """
    width = 1 / len(bins)
    falling = [(count, (j + 0.5) * width) for j, count in enumerate(bins)][::-1]
    seen = list(accumulate(count for count, _ in falling))
    right = list(accumulate(count * p for count, p in falling))
    total = seen[-1] if seen else 0
    return [
        (n / total, r / n) for n, r, (count, _) in zip(seen, right, falling, strict=True) if count
    ]


def expected_accuracy(bins: Sequence[int], coverage: float) -> float:
    """Return the expected accuracy when this share of the rows, the surest, is accepted.

    >>> expected_accuracy([1, 0, 0, 1], 0.5)
    0.875
    """
    curve = coverage_curve(bins)
    return next((y for x, y in curve if x >= coverage - 1e-9), 0.0)


def _coverage_table(tally: Tally) -> str:
    if not any(map(any, tally.histograms)):
        return ""
    head = "".join(f"<th>{name}</th>" for name in _LEVEL_NAMES)
    rows = "".join(
        f"<tr><th>概率最高的 {coverage:.0%}</th>"
        + "".join(f"<td>{expected_accuracy(bins, coverage):.1%}</td>" for bins in tally.histograms)
        + "</tr>"
        for coverage in _COVERAGES
    )
    return f'<table class="plain"><tr><th>采纳范围</th>{head}</tr>{rows}</table>'


def _days(days: Counter[str]) -> str:
    if not days:
        return '<p class="none">输入没有时间列，或时间都读不出来</p>'
    unit, names, values = _grouped({date.fromisoformat(day): n for day, n in days.items()})
    peak = max(range(len(values)), key=values.__getitem__)
    drawn = series(values, names, y_name=f"每{unit}行数", label="诉求量随时间的变化")
    return (
        f"{drawn}<p class='rest'>{names[0]} 至 {names[-1]}，"
        f"最多的一{unit}是 {names[peak]}，{values[peak]:,} 行</p>"
    )


def _grouped(days: Mapping[date, int]) -> tuple[str, list[str], list[int]]:
    """Group counts by day, week or month so that a chart can show them; gaps count as zero."""
    first, last = min(days), max(days)
    span = (last - first).days + 1
    if span <= _MAX_POINTS:
        every = [first + timedelta(j) for j in range(span)]
        return "天", [f"{d:%Y-%m-%d}" for d in every], [days.get(d, 0) for d in every]
    if span <= _MAX_POINTS * 7:
        weeks: Counter[date] = Counter()
        for day, count in days.items():
            weeks[day - timedelta(day.weekday())] += count
        start = first - timedelta(first.weekday())
        every = [start + timedelta(7 * j) for j in range((last - start).days // 7 + 1)]
        return "周", [f"{d:%Y-%m-%d}" for d in every], [weeks[d] for d in every]
    months: Counter[str] = Counter()
    for day, count in days.items():
        months[f"{day:%Y-%m}"] += count
    names = _months(first, last)
    return "月", names, [months[name] for name in names]


def _months(first: date, last: date) -> list[str]:
    start, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [f"{j // 12}-{j % 12 + 1:02d}" for j in range(start, end + 1)]


def _hard_table(tally: Tally) -> str:
    if not tally.hard:
        return _NOTHING
    rows = "".join(
        f"<tr><td>{row.row:,}</td><td>{row.p:.3f}</td><td>{escape(row.classes)}</td>"
        f"<td>{escape(row.text)}</td></tr>"
        for row in tally.hard
    )
    head = "<tr><th>行号</th><th>概率</th><th>最可能的事项</th><th>内容（已脱敏）</th></tr>"
    return f'<table class="plain wide">{head}{rows}</table>'


def _problem_table(result: RelabelResult, tally: Tally) -> str:
    if not result.errors:
        return '<p class="none">没有，每一行都已标注。</p>'
    rows = "".join(
        f"<tr><td>{row:,}</td><td>{escape(column)}</td><td>{escape(text)}</td>"
        f"<td>{escape(excerpt)}</td></tr>"
        for row, column, text, excerpt in tally.problems
    )
    head = "<tr><th>行号</th><th>列</th><th>问题</th><th>原文摘录（已脱敏）</th></tr>"
    total = tally.bad + tally.notes
    more = f"这里列出前 {SHOWN_PROBLEMS} 条，" if total > SHOWN_PROBLEMS else ""
    said = (
        f"{tally.bad:,} 行没有标注，{tally.notes:,} 条提示；"
        f"{more}全部见 {escape(result.errors.name)}"
    )
    return f'<table class="plain wide">{head}{rows}</table><p class="rest">{said}</p>'
