"""Scores of whole decisions against gold rows, on the small city."""

from datetime import UTC, datetime

import pytest
from tiny import tiny_engine

from jiesu.router.decision import Decision
from jiesu.taxonomy.city import City
from jiesu.taxonomy.ticket import Ticket
from jiesu.training.decision_metrics import decision_metrics
from jiesu.training.gold import GoldRow

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
TEXTS = ("东区河沿街道的路灯不亮", "路灯坏了三天")


@pytest.fixture(scope="module")
def decided() -> tuple[City, list[Ticket], list[Decision]]:
    engine = tiny_engine()
    tickets = [Ticket(str(n), text) for n, text in enumerate(TEXTS)]
    return engine.city, tickets, engine.router.route(tickets, NOW)


Decided = tuple[City, list[Ticket], list[Decision]]


def test_parts_that_nobody_judged_have_no_score(decided: Decided) -> None:
    city, tickets, decisions = decided
    rows = [GoldRow(ticket, ("x",)) for ticket in tickets]
    assert set(decision_metrics(city, rows, decisions).values()) == {None}


def test_a_unit_is_right_by_its_name_its_role_or_another_name(decided: Decided) -> None:
    city, tickets, decisions = decided
    first = decisions[0].candidates[0]
    for name in {first.unit, first.unit_role} - {""}:
        rows = [GoldRow(ticket, ("x",), units=(name,)) for ticket in tickets[:1]]
        assert decision_metrics(city, rows, decisions[:1])["unit"] == {"top1": 1.0, "top3": 1.0}
    wrong = [GoldRow(ticket, ("x",), units=("没有这个单位",)) for ticket in tickets[:1]]
    assert decision_metrics(city, wrong, decisions[:1])["unit"] == {"top1": 0.0, "top3": 0.0}


def test_a_made_up_place_counts_where_gold_names_none(decided: Decided) -> None:
    city, tickets, decisions = decided
    named = {part: getattr(decisions[0].place, part) or None for part in ("district",)}
    assert named["district"], "the first text names a district"
    rows = [
        GoldRow(tickets[0], ("x",), place=named),
        GoldRow(tickets[1], ("x",), place={"district": None}),
    ]
    found = decision_metrics(city, rows, decisions)["place"]
    assert found is not None
    assert found["district"] == 1.0
    assert found["subdistrict"] is None  # no row says which would be right
    assert found["false_place"] == float(bool(decisions[1].place.district))


def test_danger_tells_what_was_missed_from_what_was_called_in_vain(decided: Decided) -> None:
    city, tickets, decisions = decided
    assert all(decision.outcome != "emergency" for decision in decisions)
    rows = [
        GoldRow(tickets[0], ("x",), danger=True),
        GoldRow(tickets[1], ("x",), danger=False),
    ]
    found = decision_metrics(city, rows, decisions)["danger"]
    assert found == {"recall": 0.0, "false_alarm": 0.0}
    assert decision_metrics(city, rows[1:], decisions[1:])["danger"] == {
        "recall": None,
        "false_alarm": 0.0,
    }


def test_any_acceptable_kind_is_right(decided: Decided) -> None:
    city, tickets, decisions = decided
    kind = decisions[0].kind
    rows = [
        GoldRow(tickets[0], ("x",), kinds=("咨询", kind)),
        GoldRow(tickets[1], ("x",), kinds=("没有",)),
    ]
    assert decision_metrics(city, rows, decisions)["kind"] == {"top1": 0.5}
