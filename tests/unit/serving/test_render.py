from dataclasses import replace
from datetime import datetime

import pytest
from tiny import tiny_engine

from jiesu.router.decision import Decision, Evidence, Place
from jiesu.serving.render import marked_text
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
