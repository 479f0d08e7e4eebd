import io
import re
from dataclasses import replace
from datetime import datetime

import pytest
from rich.console import Console
from tiny import tiny_engine

from jiesu.router.decision import Decision, Evidence, Place, Reason
from jiesu.serving.render import marked_text, print_decision
from jiesu.serving.times import CHINA_TIME
from jiesu.taxonomy.ticket import Ticket


@pytest.fixture
def decision() -> Decision:
    now = datetime(2026, 11, 28, 9, tzinfo=CHINA_TIME)
    return tiny_engine().router.route([Ticket("1", "河沿街道路灯不亮")], now)[0]


def test_words_of_place_and_class_are_marked(decision: Decision) -> None:
    decision = replace(decision, evidence=(Evidence(4, 6, 0.5), Evidence(6, 8, -0.5)))
    marked = marked_text("河沿街道路灯不亮", decision)
    assert [(span.start, span.end, span.style) for span in marked.spans] == [
        (4, 6, "bold yellow"),
        (0, 4, "underline cyan"),
    ]


def test_long_text_is_cut_and_says_so(decision: Decision) -> None:
    decision = replace(decision, place=Place(span=(900, 904)))
    marked = marked_text("灯" * 1000, decision)
    assert marked.plain == "灯" * 400 + "…"


def test_brackets_in_a_text_are_no_markup(decision: Decision) -> None:
    assert marked_text("[red]灯[/red]", decision).plain == "[red]灯[/red]"


def test_long_chinese_is_folded_and_never_cut(decision: Decision) -> None:
    reason = Reason("rule", "水电气热企业应当全天候受理和办理" * 4, "《条例》第十九条" * 3)
    first = replace(decision.candidates[0], reasons=(reason,))
    others = [replace(first, unit=f"第{i}个单位", p=0.001) for i in range(5)]
    decision = replace(decision, candidates=(first, *others))
    console = Console(width=60, file=io.StringIO())

    print_decision(Ticket("1", "灯"), decision, tiny_engine(), console)

    text = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO, as made above
    assert "…" not in text
    assert re.sub(r"\s", "", text).count(reason.text + "（" + reason.source) == 3
    assert "备选 第0个单位" in text
    assert "第2个单位" not in text
    assert "<1%" in text
