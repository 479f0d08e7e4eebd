"""When a message belongs to an event: what a shared rare class adds, and what it cannot mend."""

import dataclasses
from datetime import timedelta

import pytest
from stories import LIFT, messages

from jiesu.router.mass.classes import ClassOdds
from jiesu.router.mass.event import Event, Member, Probe, probe_message
from jiesu.router.mass.features import FeatureMaker
from jiesu.router.mass.link import APART, score
from jiesu.router.mass.message import Message
from jiesu.router.mass.rules import LinkRules, MassRules

RARE = {"电梯停运": 0.9}


@pytest.fixture
def link(rules: MassRules) -> LinkRules:
    return rules.link


@pytest.fixture
def odds(link: LinkRules) -> ClassOdds:
    return ClassOdds(link.class_rare)


@pytest.fixture
def wordless(link: LinkRules) -> LinkRules:
    """As if no two texts ever shared enough, in words or in all."""
    return dataclasses.replace(link, words_floor=9.0, join=2.0)


def pair(maker: FeatureMaker, **known: object) -> tuple[Event, Probe]:
    """An event of one message, and the next message on the same lift."""
    first, second = (dataclasses.replace(m, **known) for m in messages(LIFT[2:4], prefix="梯"))
    event = Event("E1")
    event.add(Member(maker.make(first), first.id))
    return event, probe_message(maker.make(second))


def test_a_shared_rare_class_speaks_for_one_story(
    maker: FeatureMaker, link: LinkRules, odds: ClassOdds
) -> None:
    strict = dataclasses.replace(link, kin_days=-1.0)

    unknown, shared = (score(*pair(maker, classes=c), strict, odds) for c in ({}, RARE))
    event, probe = pair(maker, classes=RARE)
    other = score(event, dataclasses.replace(probe, classes={"别的": 1.0}), strict, odds)

    assert shared - unknown == pytest.approx(link.same_class * (1 - link.class_unknown), abs=0.02)
    assert other < unknown


def test_kin_are_joined_though_their_words_differ(
    maker: FeatureMaker, wordless: LinkRules, odds: ClassOdds
) -> None:
    assert score(*pair(maker), wordless, odds) == APART
    assert score(*pair(maker, classes=RARE), wordless, odds) == wordless.kin_margin


def test_kin_are_not_joined_for_good_after_a_long_time(
    maker: FeatureMaker, wordless: LinkRules, odds: ClassOdds
) -> None:
    event, probe = pair(maker, classes=RARE)
    late = dataclasses.replace(probe, at=probe.at + timedelta(days=wordless.kin_days + 2))

    assert score(event, late, wordless, odds) < 0


def test_another_party_stays_apart_whatever_the_class(
    maker: FeatureMaker, link: LinkRules, odds: ClassOdds
) -> None:
    event, _ = pair(maker, classes=RARE)
    title, text = (t.replace("云景嘉园", "碧水名苑") for t in LIFT[3])
    elsewhere = Message("别处", event.last, text, title, "人", classes=RARE)

    assert score(event, probe_message(maker.make(elsewhere)), link, odds) == APART
