"""Rules, history and recent tickets become one list; each candidate says why."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tiny import TINY_FOLDER

from jiesu.router.decision import Candidate, Reason
from jiesu.router.experience import Experience, Settlement, similar_ids
from jiesu.router.unit_history import Chances, UnitChance
from jiesu.router.weighing import Leads, with_experience, with_history
from jiesu.taxonomy.city import City, load_city

DAY, NOW = date(2026, 11, 28), datetime(2026, 11, 28, tzinfo=UTC)
RULE = Reason("rule", "事项由区城管委主办", "默认")
TEXT = "河沿街道东门外的路灯坏了三天没人修"


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(TINY_FOLDER)


def leads(p: float = 0.9) -> Leads:
    return (
        Candidate("D1", "东区城市管理委员会", "区城管委", "lead", p, (RULE,)),
        Candidate("S1", "河沿街道办事处", "街道", "lead", 1 - p),
    )


def chances(weight: float) -> Chances:
    return Chances((UnitChance("S1", 0.8, 37, 40, 0.5), UnitChance("E2", 0.2, 0, 0, 0.3)), weight)


def test_history_takes_over_its_share(city: City) -> None:
    first, second, third = with_history(leads(), chances(0.6), city, DAY)

    assert [c.unit_id for c in (first, second, third)] == ["S1", "D1", "E2"]
    assert first.p == pytest.approx(0.4 * 0.1 + 0.6 * 0.8)
    assert first.p + second.p + third.p == pytest.approx(1.0)


def test_each_candidate_says_what_history_knows_of_it(city: City) -> None:
    by_id = {c.unit_id: c for c in with_history(leads(), chances(0.6), city, DAY)}

    assert by_id["S1"].reasons[0].text == "历史 37 件同类同地由其办结"
    assert by_id["E2"].reasons[0].type == "model"
    assert by_id["D1"].reasons == (RULE,)


def test_without_rules_history_has_all_the_say(city: City) -> None:
    assert with_history((), chances(0.1), city, DAY)[0].p == pytest.approx(0.8)


def test_without_history_nothing_changes(city: City) -> None:
    assert with_history(leads(), Chances(), city, DAY) == leads()
    assert with_experience(leads(), [], city, DAY) == leads()


def settlement(unit: str = "D1", text: str = TEXT, **changes: object) -> Settlement:
    known = {"code": "010101", "region": "990101001", "at": NOW - timedelta(hours=1)}
    return Settlement("T7", text, unit_id=unit, **{**known, **changes})  # type: ignore[arg-type]


def weighed(
    city: City, *entries: Settlement, text: str = TEXT, region: str = "", p: float = 0.9
) -> Leads:
    recalled = Experience().with_new(entries).recall(text, ["010101"], region, NOW)
    return with_experience(leads(p), recalled, city, DAY)


def test_a_returned_ticket_counts_against_its_unit_at_once(city: City) -> None:
    before, after = leads()[0], weighed(city, settlement(was_returned=True))[0]

    assert (before.unit_id, after.unit_id) == ("D1", "D1")
    assert after.p == pytest.approx(before.p / 2)
    assert "近期 1 件同类工单被其退回（T7）" in [r.text for r in after.reasons]


def test_what_the_unit_loses_goes_to_the_one_that_it_named(city: City) -> None:
    first, second, *_ = weighed(city, settlement(was_returned=True, right_unit_id="E2"), p=0.8)

    assert {first.unit_id, second.unit_id} == {"D1", "E2"}
    assert first.p == pytest.approx(second.p) == pytest.approx(0.4)


def test_a_second_return_counts_more_and_settled_tickets_count_against_it(city: City) -> None:
    gone = settlement(was_returned=True)
    kept = [settlement(text="另一句话说的是同一件事", region="990101001")] * 6

    once = weighed(city, gone, region="990101001")[0].p
    twice = weighed(city, gone, gone, region="990101001")[0].p
    amid = weighed(city, gone, *kept, region="990101001")[0].p

    assert twice < once < amid < 0.9


def test_a_settled_ticket_of_the_same_words_speaks_for_its_unit(city: City) -> None:
    found = {c.unit_id: c for c in weighed(city, *[settlement("E2")] * 3)}

    assert found["E2"].p == pytest.approx(1 - (3 / 4) ** 3)
    assert found["E2"].reasons[0].text == "内容相近的工单 T7 由其办理"


@pytest.mark.parametrize(
    "entry",
    [
        settlement(was_returned=True, text="楼道里堆放杂物影响通行", region="990101002"),
        settlement(was_returned=True, code="010102", text="楼道里堆放杂物影响通行"),
        settlement(was_returned=True, at=NOW + timedelta(seconds=1)),
        settlement(was_returned=True, at=NOW - timedelta(days=200)),
    ],
    ids=["elsewhere", "another class", "not yet", "long ago"],
)
def test_what_has_nothing_to_do_with_the_ticket_does_not_count(
    city: City, entry: Settlement
) -> None:
    assert weighed(city, entry, region="990101001") == leads()


def test_a_unit_out_of_force_is_no_candidate(city: City) -> None:
    old = date(2019, 1, 1)  # S1 exists since 2020

    assert [c.unit_id for c in with_history((), chances(1.0), city, old)] == ["E2"]


def test_tickets_of_the_same_words_are_named_as_similar() -> None:
    entries = [
        Settlement("T8", TEXT + "，请处理", "010101", "", "D1", NOW),
        Settlement("T9", "楼道里堆放杂物影响通行", "010101", "990101001", "D1", NOW),
    ]

    recalled = Experience().with_new(entries).recall(TEXT, ["010101"], "990101001", NOW)

    assert len(recalled) == 2
    assert similar_ids(recalled) == ("T8",)
