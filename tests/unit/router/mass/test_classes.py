import pytest

from jiesu.router.mass.classes import ClassOdds


def seen(*messages: dict[str, float]) -> ClassOdds:
    odds = ClassOdds(rare=0.0005)
    for classes in messages:
        odds.see(classes)
    return odds


def test_a_class_that_was_never_met_says_most() -> None:
    odds = seen(*[{"物业": 1.0}] * 2000)

    assert odds.shared({"捆绑": 1.0}, {"捆绑": 1.0}) > 3
    assert odds.shared({"物业": 1.0}, {"物业": 1.0}) < 0.5


def test_two_that_share_nothing_are_not_told_apart() -> None:
    assert seen().shared({"物业": 1.0}, {"捆绑": 1.0}) == 0.0


def test_sure_classes_say_more_than_doubtful_ones() -> None:
    odds = seen({"物业": 1.0})

    sure, doubtful = ({"捆绑": 0.9, "物业": 0.1}, {"捆绑": 0.2, "物业": 0.8})

    assert odds.shared(sure, sure) > odds.shared(sure, doubtful)


def test_the_order_of_the_two_does_not_matter() -> None:
    odds, one, other = seen({"a": 1.0}), {"a": 0.5, "b": 0.5}, {"b": 1.0}

    assert odds.shared(one, other) == pytest.approx(odds.shared(other, one))
