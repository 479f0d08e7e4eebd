from datetime import datetime

import pytest
from tiny import tiny_engine
from tiny_relabel import POISON, PausingRouter

from jiesu.serving.relabel.columns import LABEL_COLUMNS
from jiesu.serving.relabel.labels import Labelled, Labeller, RowsFailed, Task
from jiesu.serving.relabel.rows import Fields, Problem
from jiesu.serving.times import CHINA_TIME

NOW = datetime(2026, 11, 28, 9, tzinfo=CHINA_TIME)


def labelled(*entries: Fields | Problem) -> Labelled:
    engine = tiny_engine()
    labeller = Labeller(PausingRouter(engine.router, 0), engine.city.tree, NOW)
    return labeller.label(Task(tuple(range(2, 2 + len(entries))), entries))


def cells(done: Labelled, row: int = 0) -> dict[str, object]:
    return dict(zip(LABEL_COLUMNS, done.rows[row], strict=True))


def test_decision_becomes_cells() -> None:
    found = cells(labelled(Fields(text="河沿街道路灯不亮")))
    assert [found[name] for name in ("code", "l1", "l2", "l3")] == [
        *("010101", "市政", "照明", "路灯不亮")
    ]
    assert [found[name] for name in ("p1", "p2", "p3")] == [1.0, 1.0, 0.75]
    assert found["top5"] == '[["010101",0.75],["010102",0.25]]'
    assert (found["district"], found["subdistrict"], found["place_p"]) == ("东区", "河沿街道", 0.9)
    assert (found["unit_role"], found["unit_p"]) == ("区城管委", 0.75)
    assert (found["outcome"], found["reason"]) == ("confirm", "概率较大；按事项")


def test_unknown_cells_are_empty() -> None:
    found = cells(labelled(Fields(text="路灯不亮")))
    assert [found[name] for name in ("district", "place_p", "unit", "unit_p")] == [None] * 4
    assert found["degraded"] is None


def test_problem_goes_around_the_router() -> None:
    done = labelled(Fields(text="路灯"), Problem(3, "内容", "正文为空"), Fields(text="路灯"))
    assert [row[0] for row in done.rows] == ["010101", None, "010101"]
    assert cells(done, 1)["reason"] == "正文为空"
    assert (done.tally.rows, done.tally.bad) == (3, 1)


def test_row_that_breaks_the_router_does_not_take_the_others_with_it() -> None:
    done = labelled(Fields(text="路灯"), Fields(text=POISON), Fields(text="路灯"))
    assert [row[0] for row in done.rows] == ["010101", None, "010101"]
    (problem,) = done.problems
    assert (problem.row, problem.text) == (3, "处理这一行时出错：ZeroDivisionError：除以零")


def test_router_that_fails_on_every_row_stops_the_run() -> None:
    with pytest.raises(RowsFailed, match=r"第 2 到 11 行全部处理失败（ZeroDivisionError"):
        labelled(*[Fields(text=POISON)] * 10)


def test_unreadable_time_is_noted_and_the_row_labelled() -> None:
    done = labelled(Fields(text="路灯", time="昨天"))
    assert done.rows[0][0] == "010101"
    (note,) = done.problems
    assert (note.column, note.labelled) == ("受理时间", True)
    assert "时间 '昨天' 看不懂" in note.text
    assert (done.tally.notes, done.tally.bad) == (1, 0)


def test_personal_data_are_masked_in_all_that_is_reported() -> None:
    done = labelled(
        Fields(text="联系人：张三，电话13800138000，路灯"),
        Problem(3, "", "列数不对", "联系人：李四,13900139000"),
    )
    assert done.tally.hard[0].text == "联系人：〔姓名〕，电话〔电话〕，路灯"
    assert done.problems[0].excerpt == "联系人：〔姓名〕,〔电话〕"


def test_days_and_outcomes_are_counted() -> None:
    done = labelled(
        Fields(text="河沿街道路灯", time="2026-01-02 08:00"), Fields(text="路灯", time="2026-01-02")
    )
    assert done.tally.counts["day"] == {"2026-01-02": 2}
    assert done.tally.counts["outcome"] == {"confirm": 1, "human": 1}
    assert done.tally.counts["l3"] == {"010101 路灯不亮": 2}
