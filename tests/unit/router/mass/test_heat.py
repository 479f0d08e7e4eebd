"""Heat comes from callers, days, growth and likes, weighted by data."""

from dataclasses import replace
from datetime import timedelta

import pytest
from stories import ASPHALT, messages

from jiesu.router.mass.event import Event, Member
from jiesu.router.mass.features import FeatureMaker
from jiesu.router.mass.heat import Size, focus_of, heat_of, size_of
from jiesu.router.mass.message import Message
from jiesu.router.mass.rules import HeatRules, MassRules

NOTHING = Size(messages=0, callers=0, voices=0.0, independent=0, days=0, growth=0, likes=0)


def event_of(maker: FeatureMaker, batch: list[Message], *, copies: bool = False) -> Event:
    event = Event("E1")
    for message in batch:
        event.add(Member(maker.make(message), batch[0].id if copies else message.id))
    return event


@pytest.fixture
def weights(rules: MassRules) -> HeatRules:
    return replace(rules.heat, caller=1.0, day=10.0, growth=100.0, like=1000.0, urgent=0.25)


@pytest.mark.parametrize(
    ("size", "heat"),
    [
        ({"voices": 3.0}, 3),
        ({"days": 2}, 20),
        ({"growth": 4}, 400),
        ({"growth": -4}, 0),
        ({"likes": 9}, 3000),
    ],
)
def test_every_part_weighs_what_the_data_say(
    size: dict[str, float], heat: float, weights: HeatRules
) -> None:
    assert heat_of(replace(NOTHING, **size), 1.0, False, weights) == heat  # type: ignore[arg-type]


def test_a_loose_event_is_less_hot_and_danger_adds_to_it(weights: HeatRules) -> None:
    size = replace(NOTHING, voices=10.0)

    assert heat_of(size, 0.5, False, weights) == 5
    assert heat_of(size, 0.5, True, replace(weights, urgent=7)) == 12


def test_a_caller_counts_once_and_a_pasted_text_in_part(
    maker: FeatureMaker, rules: MassRules
) -> None:
    batch = messages(ASPHALT, prefix="沥青", hours=1)
    echo = replace(rules.echo, weight=0.5)
    again = [replace(message, caller="同一人") for message in batch]

    apart = size_of(event_of(maker, batch), batch[-1].at, echo)
    one = size_of(event_of(maker, again), batch[-1].at, echo)
    pasted = size_of(event_of(maker, batch, copies=True), batch[-1].at, echo)

    assert (apart.callers, apart.voices, apart.independent) == (6, 6, 6)
    assert (one.callers, one.voices) == (1, 1)
    assert (pasted.callers, pasted.voices, pasted.independent) == (6, 3.5, 1)


def test_growth_is_against_the_week_before(maker: FeatureMaker, rules: MassRules) -> None:
    batch = messages(ASPHALT, prefix="沥青", hours=36)

    size = size_of(event_of(maker, batch), batch[-1].at, rules.echo)
    later = size_of(event_of(maker, batch), batch[-1].at + timedelta(days=7), rules.echo)

    assert size.growth > 0 > later.growth


def test_ties_of_calls_make_an_event_one_story(maker: FeatureMaker, rules: MassRules) -> None:
    event = Event("E1")
    for number, message in enumerate(messages([("", "甲"), ("", "乙"), ("", "丙")], prefix="话")):
        event.add(Member(maker.make(message), message.id, tie=2.0 if number else 0.0))

    assert focus_of(event, replace(rules.heat, tie=2.0)) == 1.0
    assert focus_of(event, replace(rules.heat, tie=4.0)) == 0.5
