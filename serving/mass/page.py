"""Findings as one self-contained page that a city leader reads: no script, nothing from outside."""

from collections.abc import Sequence
from datetime import date
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from jiesu.router.mass.alert import Alert
from jiesu.serving.mass.phrases import unusual_text
from jiesu.serving.mass.run import Findings
from jiesu.serving.mass.sections import sections_of
from jiesu.serving.mass.timeline import spark, timeline

_RANKED = 20
_MEMBERS = 400


def write_page(found: Findings, path: Path) -> None:
    """Write the page."""
    path.write_text(render_page(found), encoding="utf-8")


def render_page(found: Findings) -> str:
    """Return the page as HTML."""
    template = Template(files("jiesu.serving.mass").joinpath("page.html").read_text("utf-8"))
    first, last = period(found)
    ranked = list(enumerate(found.alerts[:_RANKED], start=1))
    return template.substitute(
        title=f"群体诉求热点问题报告（{first:%Y年%m月%d日}至{last:%Y年%m月%d日}）",
        subtitle=f"数据：{escape(found.source.name)}　共找出 {len(found.alerts)} 件群体诉求，"
        f"下列最热的 {min(_RANKED, len(found.alerts))} 件",
        facts=_facts(found),
        lead=_lead(found.alerts),
        ranking="".join(_rank_row(alert, i, first, last) for i, alert in ranked),
        cards="".join(_card(found, alert, i) for i, alert in ranked),
        sections=sections_of(found),
        footer=_FOOTER,
    )


_FOOTER = (
    "热度由独立来电人、持续天数、近期增长和点赞数加权得出，并按“多像一件事”打折；"
    "同一人多次来电只计一位，转发同一段文字的另行列出。"
    "惊讶度 3 表示按全市来电的节奏，这样集中的一周约千分之一的可能是偶然；"
    "p 值由打乱时间重排得出（时空排列扫描）。摘录均为原文，已隐去个人信息。"
)


def period(found: Findings) -> tuple[date, date]:
    """Return the first and last day of the file, a few stray messages left out."""
    stray = len(found.messages) // 200
    return found.messages[stray].at.date(), found.messages[-1 - stray].at.date()


def _facts(found: Findings) -> str:
    callers = len({message.who for message in found.messages})
    inside = sum(alert.messages for alert in found.alerts)
    pairs = (
        ("留言与工单", f"{len(found.messages):,} 条"),
        ("来电人", f"{callers:,} 位"),
        ("群体诉求", f"{len(found.alerts):,} 件"),
        ("属于群体诉求的", f"{inside / len(found.messages):.0%}"),
    )
    return "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in pairs)


def _lead(alerts: Sequence[Alert]) -> str:
    if not alerts:
        return '<p class="lead">本期没有达到预警条件的群体诉求。</p>'
    said = "；".join(f"{escape(a.title)}（{a.callers} 人）" for a in alerts[:3])
    urgent = [a for a in alerts if a.is_urgent]
    tail = f"其中 {len(urgent)} 件涉及险情，须立即核实。" if urgent else ""
    return f'<p class="lead"><b>最热的是：</b>{said}。{tail}</p>'


def _rank_row(alert: Alert, rank: int, first: date, last: date) -> str:
    return (
        f'<tr><td class="n">{rank}</td><td><a href="#{alert.id}">{escape(alert.title)}</a>'
        f"{_tags(alert)}</td>"
        f'<td class="when hide">{alert.first:%Y-%m-%d}<br>至 {alert.last:%Y-%m-%d}</td>'
        f'<td class="n">{alert.callers}</td><td class="n">{alert.messages}</td>'
        f'<td class="hide">{spark(alert, first, last)}</td><td class="n">{alert.heat:.1f}</td></tr>'
    )


def _tags(alert: Alert) -> str:
    tags = ['<span class="tag red">险情</span>'] if alert.is_urgent else []
    if alert.growth >= 3:
        tags.append(f'<span class="tag red">近 7 天多 {alert.growth} 人</span>')
    return "<br>" + "".join(tags) if tags else ""


def _card(found: Findings, alert: Alert, rank: int) -> str:
    samples = "".join(
        f"<blockquote>{escape(quote(text))}</blockquote>" for _, text in alert.samples[:2]
    )
    members = "、".join(escape(member) for member in alert.members[:_MEMBERS])
    return (
        f'<article id="{alert.id}"><header><span class="rank">{rank}</span>'
        f"<h3>{escape(alert.title)}</h3>"
        f'<span class="heat">热度 <b>{alert.heat:.1f}</b></span></header>'
        f'<div class="row"><div><p style="margin:0">{escape(alert.summary.split("。")[0])}。</p>'
        f'{timeline(alert)}{samples}</div><dl class="do">{_advice(found, alert)}</dl></div>'
        f"<details><summary>全部 {alert.messages} 条编号（问题编号 {alert.id}）</summary>"
        f"<p>{members}</p></details></article>"
    )


def _advice(found: Findings, alert: Alert) -> str:
    units = alert.units
    pairs = [
        ("被诉求主体", alert.party),
        ("地点", "、".join(alert.places)),
        ("事项", "、".join(found.class_names(alert)[:2])),
        ("建议牵头", units[0] if units else ""),
        ("协同", "、".join(units[1:4])),
        ("建议措施", alert.measure),
        ("办理时限", f"{alert.deadline:%Y-%m-%d %H:%M} 前（自最近一条起算）"),
        ("多不寻常", unusual_text(alert.unusual.surprise, alert.unusual.p_value)),
        ("说法", voice_words(alert)),
        ("敏感词", "、".join(word for words in alert.sensitive.values() for word in words)),
    ]
    return "".join(f"<dt>{n}</dt><dd>{escape(v)}</dd>" for n, v in pairs if v)


def quote(text: str, longest: int = 150) -> str:
    """Cut a quotation so that a page of them can be read.

    >>> quote("路灯不亮", 2)
    '路灯……'
    """
    return text if len(text) <= longest else f"{text[:longest]}……"


def voice_words(alert: Alert) -> str:
    """Say whether a text was passed around."""
    if alert.voices >= alert.callers:
        return ""
    return f"{alert.callers} 位来电人、{alert.voices} 种说法，其余转发同一段文字"
