from datetime import UTC, date, datetime, timedelta

import pytest
from tiny import tiny_engine

from jiesu.serving.choices import (
    Choice,
    ChoiceError,
    check_choice,
    check_due,
    chosen_standing,
)
from jiesu.serving.store.records import Standing

CITY = tiny_engine().city
HELD = Standing("confirm", "投诉", ("01", "0101", "010101"), "东区", "D1")


def test_what_is_not_chosen_stays() -> None:
    assert chosen_standing(HELD, Choice("dispatch"), CITY) == HELD


def test_class_is_kept_with_its_path() -> None:
    standing = chosen_standing(HELD, Choice("dispatch", code="010102"), CITY)
    assert standing.classes == ("01", "0101", "010102")
    assert standing.class_code == "010102"


@pytest.mark.parametrize(
    ("suggested", "chosen", "outcome"),
    [
        ("auto", "dispatch", "auto"),
        ("answer", "dispatch", "human"),
        ("confirm", "consult", "consult"),
        ("confirm", "emergency", "emergency"),
    ],
)
def test_outcome_after_a_choice(suggested: str, chosen: str, outcome: str) -> None:
    held = Standing(suggested, unit_id="D1")
    choice = Choice(chosen)  # type: ignore[arg-type]  # parametrized
    assert chosen_standing(held, choice, CITY).outcome == outcome


def test_corrected_place_brings_its_district() -> None:
    standing = chosen_standing(HELD, Choice("dispatch", place_code="9901KF"), CITY)
    assert (standing.place_code, standing.district) == ("9901KF", "开发区")
    with pytest.raises(ChoiceError, match="没有代码为 'X' 的区划"):
        check_choice(Choice("dispatch", place_code="X"), CITY, date(2026, 1, 1))


def test_deadline_is_after_the_receipt() -> None:
    noon = datetime(2026, 11, 28, 12, tzinfo=UTC)
    check_due(Choice("dispatch", due_at=noon), noon - timedelta(hours=1))
    with pytest.raises(ChoiceError, match="早于受理时间"):
        check_due(Choice("dispatch", due_at=noon), noon)


def test_unit_must_be_in_force() -> None:
    choice = Choice("dispatch", unit_id="S1")
    check_choice(choice, CITY, date(2026, 1, 1))
    with pytest.raises(ChoiceError, match="河沿街道办事处 在 2019-12-31 已停用"):
        check_choice(choice, CITY, date(2019, 12, 31))
