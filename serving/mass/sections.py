"""The second half of the page: what comes next, parties and words, as tables."""

from collections.abc import Iterable, Sequence
from html import escape

from jiesu.router.mass.care import Subdistrict
from jiesu.router.mass.outlook import ForecastRow, ThemeRow, path_name, verdict_of
from jiesu.router.mass.parties import PartyLine
from jiesu.router.mass.sensitive import SensitiveWord
from jiesu.router.mass.words import HotWord
from jiesu.serving.mass.phrases import CHANGES, KINDS, trend_text
from jiesu.serving.mass.run import Findings
from jiesu.serving.mass.timeline import fan
from jiesu.taxonomy.tree import LabelTree

_THEMES, _CARE, _FORECASTS, _PARTIES, _WORDS, _SENSITIVE = 10, 20, 10, 15, 30, 40


def sections_of(found: Findings) -> str:
    """Return all sections that have something to say."""
    ahead = found.ahead
    return (
        _themes(ahead.themes[:_THEMES], f"{ahead.month:%Y年%m月}")
        + _care(ahead.subdistricts[:_CARE], f"{ahead.month:%Y年%m月}", ahead.care_note)
        + _forecasts(ahead.forecasts[:_FORECASTS])
        + _parties(found.parties[:_PARTIES], found.city.tree)
        + _words(found.words[:_WORDS])
        + _sensitive(ahead.sensitive[:_SENSITIVE])
    )


def _themes(rows: Sequence[ThemeRow], month: str) -> str:
    head = ("#n 排名", "#name 事项", "#n 件数", "依据", "#hide 主管")
    body = (
        (f"{r.rank}", _path(r.name), f"{r.theme.count}", escape(r.evidence.partition("；")[2]),
         escape("、".join(r.units[:2])))
        for r in rows
    )  # fmt: skip
    return _section(f"每月一题候选（{month}）", "高频、增长、普遍、久拖不决的事项", head, body)


def _care(rows: Sequence[Subdistrict], month: str, lacks: str) -> str:
    head = ("#n 名次", "街乡镇", "#n 诉求量", "变化", "原因")
    body = ((f"{r.rank}", escape(r.region), f"{r.count}", _change(r), escape(r.why)) for r in rows)
    return _section(f"治理类街乡镇（{month}）", lacks or "诉求量前列或人口超过上限", head, body)


def _change(row: Subdistrict) -> str:
    red = " red" if row.change == "new" else ""
    return f'<span class="tag{red}">{CHANGES[row.change]}</span>'


def _forecasts(rows: Sequence[ForecastRow]) -> str:
    head = (
        "#name 事项",
        "#n 近四周日均",
        "#n 未来 7 天",
        "#n 30 天",
        "#n 90 天",
        "#hide 走势",
        "#said 检验",
    )
    body = (
        (_path(r.name), f"{r.a_day:.1f}", *_horizons(r), fan(r.daily), escape(verdict_of(r)))
        for r in rows
    )
    note = "括号中为九成把握的范围；灰线为季节朴素法（去年同日，不足一年则上周同日）"
    return _section("诉求量预测（全市）", note, head, body)


def _horizons(row: ForecastRow) -> list[str]:
    said = [
        f"{h.expected:.0f}<br><small>（{h.low:.0f}–{h.high:.0f}）</small>" for h in row.horizons
    ]
    return [*said, *[""] * (3 - len(said))]


def _parties(rows: Sequence[PartyLine], tree: LabelTree) -> str:
    head = ("被诉求主体", "#n 来电人", "#n 条数", "走势", "主要事项", "#hide 起止时间")
    body = (
        (escape(r.name), f"{r.callers}", f"{r.messages}", trend_text(r.trend),
         escape("、".join(path_name(tree, code).split(" / ")[-1] for code in r.codes[:2])),
         f"{r.first:%Y-%m-%d} 至 {r.last:%Y-%m-%d}")
        for r in rows
    )  # fmt: skip
    return _section("被诉求主体", "走势：后半期来电人数比前半期", head, body)


def _words(rows: Sequence[HotWord]) -> str:
    said = "".join(
        f"<span>{escape(hot.word)} <small>{hot.before}→{hot.now}"
        f"{'　新' if hot.is_new else ''}</small></span>"
        for hot in rows
    )
    return f'<h2>近 30 天热词、新词（对比前 30 天）</h2><p class="words">{said}</p>' if said else ""


def _sensitive(rows: Sequence[SensitiveWord]) -> str:
    said = "".join(
        f'<span><span class="tag red">{KINDS.get(row.kind, row.kind)}</span>'
        f"{escape(row.word)} <small>{row.messages} 条</small></span>"
        for row in rows
    )
    return f'<h2>敏感词</h2><p class="words">{said}</p>' if said else ""


def _section(title: str, note: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a heading with a table; a column "#kind name" has cells of that class."""
    kinds, names = zip(*(_column(name) for name in head), strict=True)
    body = "".join(
        "<tr>"
        + "".join(f"<td{k}>{cell}</td>" for k, cell in zip(kinds, row, strict=True))
        + "</tr>"
        for row in rows
    )
    if not body:
        return ""
    top = "".join(f"<th{k}>{escape(n)}</th>" for k, n in zip(kinds, names, strict=True))
    return (
        f'<h2>{escape(title)}</h2><p class="note">{escape(note)}</p><div class="table"><table>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _column(name: str) -> tuple[str, str]:
    kind, _, rest = name.partition(" ")
    return (f' class="{kind[1:]}"', rest) if kind.startswith("#") else ("", name)


def _path(name: str) -> str:
    """Return a path with its last class in front."""
    *above, last = name.split(" / ")
    small = f"<br><small>{escape(' / '.join(above))}</small>" if above else ""
    return f"{escape(last)}{small}"
