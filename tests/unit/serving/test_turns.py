from dataclasses import replace
from datetime import timedelta

import pytest
from tiny import tiny_engine

from jiesu.router.decision import Decision
from jiesu.serving.times import CHINA_TIME
from jiesu.serving.turns import doubt, turn_of
from jiesu.serving.workplace import china_now
from jiesu.taxonomy.ticket import Ticket

NOW = china_now().astimezone(CHINA_TIME)
LAMP = "河沿街道的路灯不亮三天了，晚上看不见路"


@pytest.fixture(scope="module")
def decision() -> Decision:
    (found,) = tiny_engine().router.route([Ticket("T-1", LAMP)], NOW)
    return found


def test_doubt_is_what_the_first_unit_leaves(decision: Decision) -> None:
    assert doubt(decision) == pytest.approx(1 - decision.candidates[0].p)


def test_nothing_suggested_is_all_doubt(decision: Decision) -> None:
    assert doubt(replace(decision, candidates=())) == 1
    unnamed = replace(decision.candidates[0], unit_id="")
    assert doubt(replace(decision, candidates=(unnamed,))) == 1
    assert doubt(replace(decision, outcome="answer", classes=())) == 1


def test_what_ends_at_the_desk_is_as_sure_as_its_class(decision: Decision) -> None:
    answer = replace(decision, outcome="answer", candidates=())
    assert doubt(answer) == pytest.approx(1 - decision.classes[0].p[-1])


def test_turn_is_the_deadline_less_the_day_that_an_error_would_cost(decision: Decision) -> None:
    assert decision.deadline is not None
    early = decision.deadline - turn_of(decision)  # type: ignore[operator]  # has a deadline
    assert early == timedelta(hours=24) * doubt(decision)
    assert turn_of(replace(decision, deadline=None)) is None
