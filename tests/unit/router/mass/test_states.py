from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from stories import ASPHALT, LIFT, START, messages

from jiesu.router.mass.alert import Alert
from jiesu.router.mass.states import (
    ACTS,
    case_row,
    merge,
    open_case,
    reply_to_all,
    set_state,
    states,
    unanswered,
    update,
)
from jiesu.router.mass.watch import MassWatch
from jiesu.taxonomy.errors import InputError

NOW = START + timedelta(days=9)


@pytest.fixture
def alert(new_watch: Callable[[], MassWatch]) -> Alert:
    watch = new_watch()
    for message in messages(ASPHALT, prefix="沥青"):
        watch.add(message)
    return watch.alerts(scanned=False)[0]


@pytest.fixture
def other(new_watch: Callable[[], MassWatch]) -> Alert:
    watch = new_watch()
    for message in messages(LIFT, prefix="电梯"):
        watch.add(message)
    return watch.alerts(scanned=False)[0]


def test_the_usual_course_leaves_a_history(alert: Alert) -> None:
    case = open_case(alert)
    for state in ("acknowledged", "in_hand", "closed"):
        case = set_state(case, state, who="张三", at=NOW)

    assert [step.what for step in case.history] == ["new", "acknowledged", "in_hand", "closed"]
    assert case_row(case)["history"][1]["who"] == "张三"


@pytest.mark.parametrize(("now", "wanted"), [(a, b) for a in states() for b in states()])
def test_only_the_acts_of_the_diagram_are_allowed(now: str, wanted: str, alert: Alert) -> None:
    case = replace(open_case(alert), state=now)

    if wanted in ACTS[now]:
        assert set_state(case, wanted, who="张三", at=NOW).state == wanted
    else:
        with pytest.raises(InputError, match="不能改为"):
            set_state(case, wanted, who="张三", at=NOW)


def test_a_new_caller_reopens_a_closed_case(alert: Alert) -> None:
    closed = set_state(open_case(alert), "closed", who="张三", at=NOW)

    again = update(closed, replace(alert, members=(*alert.members, "新")))

    assert again.state == "reopened"
    assert again.history[-1].why == "办结后又有 1 条新诉求"
    assert update(closed, alert).state == "closed"


def test_merging_keeps_all_members_under_one_id(alert: Alert, other: Alert) -> None:
    kept, gone = merge(open_case(alert), open_case(other), who="李四", at=NOW)

    assert set(kept.alert.members) == set(alert.members) | set(other.members)
    assert other.id in kept.alert.merged
    assert gone.into == alert.id
    with pytest.raises(InputError, match="已并入"):
        set_state(gone, "closed", who="李四", at=NOW)


def test_a_case_cannot_be_merged_into_itself(alert: Alert) -> None:
    with pytest.raises(InputError, match="不能并入自己"):
        merge(open_case(alert), open_case(alert), who="李四", at=NOW)


def test_one_reply_goes_to_all_and_newcomers_wait(alert: Alert) -> None:
    case = reply_to_all(open_case(alert), "沥青厂已停产。", who="王五", at=NOW)

    later = update(case, replace(alert, members=(*alert.members, "新")))

    assert unanswered(case) == []
    assert unanswered(later) == ["新"]


def test_an_empty_reply_is_refused(alert: Alert) -> None:
    with pytest.raises(InputError, match="答复内容是空的"):
        reply_to_all(open_case(alert), " ", who="王五", at=NOW)
