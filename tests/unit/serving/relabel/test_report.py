import re
from collections.abc import Callable
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest

from jiesu.serving.relabel.options import RelabelResult
from jiesu.serving.relabel.report import _grouped, coverage_curve, expected_accuracy

Relabel = Callable[..., RelabelResult]

ROWS = (
    "编号,内容,受理时间\n1,河沿街道路灯不亮,2026-01-02\n2,楼道灯<script>,2026-01-05\n"
    '3,,2026-01-05\n4,"联系人：张三，电话13800138000，路灯不亮",2026-01-06\n'
)


class Checker(HTMLParser):
    """Collects the tags, and fails on one that is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page_of(result: RelabelResult) -> str:
    return result.report.read_text(encoding="utf-8")


def test_page_is_well_formed_and_needs_nothing_else(relabel: Relabel) -> None:
    page = page_of(relabel(ROWS.encode()))
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    assert checker.seen.isdisjoint({"script", "link", "img", "iframe"})
    assert not re.search(r"https?://|url\(|@import", page)


def test_page_shows_what_was_done(relabel: Relabel) -> None:
    page = page_of(relabel(ROWS.encode()))
    for words in ("<b>4</b>", "010101 路灯不亮", "东区", "投诉", "正文为空", "words-1", "tiny-1"):
        assert words in page
    assert "2026-01-02 至 2026-01-06，最多的一天是 2026-01-02，1 行" in page


def test_page_hides_personal_data(relabel: Relabel) -> None:
    page = page_of(relabel(ROWS.encode()))
    assert "张三" not in page
    assert "13800138000" not in page
    assert "〔电话〕" in page


def test_page_of_a_file_without_rows_says_so(relabel: Relabel) -> None:
    page = page_of(relabel("内容\n".encode()))
    assert "输入只有表头，没有数据行" in page
    assert "输入没有时间列" in page


def test_expected_accuracy_falls_with_coverage() -> None:
    bins = [5, 0, 3, 0, 8, 1, 0, 0, 2, 9]
    accuracies = [y for _, y in coverage_curve(bins)]
    assert accuracies == sorted(accuracies, reverse=True)
    mean = sum(n * (j + 0.5) / 10 for j, n in enumerate(bins)) / sum(bins)
    assert expected_accuracy(bins, 1.0) == pytest.approx(mean)


@pytest.mark.parametrize(
    ("span", "unit", "points"), [(1, "天", 1), (120, "天", 120), (121, "周", 18), (3000, "月", 100)]
)
def test_long_times_are_grouped(span: int, unit: str, points: int) -> None:
    first = date(2020, 1, 6)
    days = {first: 1, first + timedelta(span - 1): 2} if span > 1 else {first: 3}
    found, names, values = _grouped(days)
    assert (found, sum(values)) == (unit, 3)
    assert len(names) == len(values)
    assert abs(len(names) - points) <= 1
