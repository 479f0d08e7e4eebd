"""Findings as a workbook: the table of hot issues, and the messages of each."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from jiesu.router.mass.alert import Alert
from jiesu.router.mass.outlook import path_name, verdict_of
from jiesu.serving.masking import mask
from jiesu.serving.mass.phrases import CHANGES, KINDS
from jiesu.serving.mass.run import Findings

Cell = str | int | float
ISSUES = ("热度排名", "问题编号", "热度", "起止时间", "地点", "被诉求主体", "问题描述", "来电人数",
          "留言条数", "点赞数", "不同说法", "事项", "建议牵头单位", "协办单位", "建议措施",
          "办结时限", "惊讶度", "p 值", "摘要")  # fmt: skip
MESSAGES = ("热度排名", "问题编号", "留言编号", "来电人", "时间", "标题", "内容", "点赞数")
PARTIES = ("被诉求主体", "来电人数", "留言条数", "最早", "最近", "后半期比前半期", "主要事项")
THEMES = ("排名", "事项编码", "事项", "件数", "对比月件数", "增长", "涉及区数", "未解决比例",
          "高频月数", "得分", "主管", "依据")  # fmt: skip
CARE = ("名次", "街乡镇", "诉求量", "上月", "人口", "变化", "原因")
FORECASTS = (
    "事项编码",
    "事项",
    "近四周日均",
    "未来天数",
    "预测",
    "下限",
    "上限",
    "季节朴素法",
    "检验",
)
SENSITIVE = ("类别", "词", "条数", "最近的留言编号")
WORDS = ("词", "近 30 天", "前 30 天", "强度", "新词")
_WIDTHS = {"问题描述": 42, "摘要": 80, "标题": 36, "内容": 90, "起止时间": 24, "建议措施": 28}
_LONGEST = 32_000
_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False}


def write_sheets(found: Findings, path: Path) -> None:
    """Write hot issues (热点问题表), their messages, the parties and the hot words."""
    with xlsxwriter.Workbook(path, _PLAIN) as book:
        _write(book, "热点问题表", ISSUES, _issue_rows(found))
        _write(book, "热点问题留言明细表", MESSAGES, _message_rows(found))
        _write(book, "被诉求主体", PARTIES, _party_rows(found))
        _write(book, "热词新词", WORDS, _word_rows(found))
        _write(book, "每月一题", THEMES, _theme_rows(found))
        _write(book, "治理类街乡镇", CARE, _care_rows(found))
        _write(book, "诉求量预测", FORECASTS, _forecast_rows(found))
        _write(book, "敏感词", SENSITIVE, _sensitive_rows(found))


def _write(
    book: xlsxwriter.Workbook, name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> None:
    head = book.add_format({"bold": True, "bg_color": "#E8EEF5", "bottom": 1})
    body = book.add_format({"valign": "top", "text_wrap": True})
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 2)
    for column, title in enumerate(header):
        sheet.set_column(column, column, _WIDTHS.get(title, 13), body)
        sheet.write_string(0, column, title, head)
    last = 0
    for last, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            sheet.write(last, column, cell[:_LONGEST] if isinstance(cell, str) else cell, body)
    sheet.autofilter(0, 0, last, len(header) - 1)


def _issue_rows(found: Findings) -> Iterable[list[Cell]]:
    for rank, alert in enumerate(found.alerts, start=1):
        yield [
            rank,
            alert.id,
            alert.heat,
            f"{alert.first:%Y-%m-%d}至{alert.last:%Y-%m-%d}",
            "、".join(alert.places),
            alert.party,
            alert.title,
            alert.callers,
            alert.messages,
            alert.likes,
            alert.voices,
            "、".join(found.class_names(alert)),
            *_units(alert),
            alert.measure,
            f"{alert.deadline:%Y-%m-%d %H:%M}",
            alert.unusual.surprise,
            "" if alert.unusual.p_value is None else alert.unusual.p_value,
            alert.summary,
        ]


def _units(alert: Alert) -> tuple[str, str]:
    return (alert.units[0], "、".join(alert.units[1:])) if alert.units else ("", "")


def _message_rows(found: Findings) -> Iterable[list[Cell]]:
    known = {message.id: message for message in found.messages}
    for rank, alert in enumerate(found.alerts, start=1):
        for message in (known[i] for i in alert.members):
            yield [
                rank,
                alert.id,
                message.id,
                message.caller,
                f"{message.at:%Y-%m-%d %H:%M:%S}",
                mask(message.title),
                mask(message.text),
                message.likes,
            ]


def _party_rows(found: Findings) -> Iterable[list[Cell]]:
    for line in found.parties:
        first, last = f"{line.first:%Y-%m-%d}", f"{line.last:%Y-%m-%d}"
        kinds = "、".join(path_name(found.city.tree, code) for code in line.codes)
        yield [line.name, line.callers, line.messages, first, last, line.trend, kinds]


def _word_rows(found: Findings) -> Iterable[list[Cell]]:
    for hot in found.words:
        yield [hot.word, hot.now, hot.before, hot.strength, "是" if hot.is_new else ""]


def _theme_rows(found: Findings) -> Iterable[list[Cell]]:
    for row in found.ahead.themes:
        theme = row.theme
        unsolved = "" if theme.unsolved is None else theme.unsolved
        yield [row.rank, row.code, row.name, theme.count, theme.before, theme.growth,
               theme.districts, unsolved, theme.months, theme.score, "、".join(row.units),
               row.evidence]  # fmt: skip


def _care_rows(found: Findings) -> Iterable[list[Cell]]:
    for row in found.ahead.subdistricts:
        people = "" if row.people is None else row.people
        yield [row.rank, row.region, row.count, row.before, people, CHANGES[row.change], row.why]
    if found.ahead.care_note:
        yield ["", f"说明：{found.ahead.care_note}", "", "", "", "", ""]


def _forecast_rows(found: Findings) -> Iterable[list[Cell]]:
    for row in found.ahead.forecasts:
        name = f"{row.district} {row.name}".strip()
        for h in row.horizons:
            yield [row.code, name, row.a_day, h.days, h.expected, h.low, h.high, h.naive,
                   verdict_of(row)]  # fmt: skip


def _sensitive_rows(found: Findings) -> Iterable[list[Cell]]:
    for row in found.ahead.sensitive:
        yield [KINDS.get(row.kind, row.kind), row.word, row.messages, "、".join(row.ids)]
