"""Short calls: tied by a name, a matter and the time between, not by their words."""

from datetime import timedelta

import pytest
from stories import START

from jiesu.router.mass.calls import Calls
from jiesu.router.mass.classes import ClassOdds
from jiesu.router.mass.event import Event, Member, probe_message
from jiesu.router.mass.features import FeatureMaker
from jiesu.router.mass.message import Message
from jiesu.taxonomy.city import City

SHUT = "校外培训机构跑路"
REFUND = "校外培训退费难"
NOISE = "夜间工地施工噪声"
LATE = "劳动仲裁进度缓慢"
STUDIO = (
    "云尚墨学书中心昨天去上课锁了门，人都联系不上",
    "我给孙子报的云尚墨，钱是刚交的，这叫什么事啊",
)


def evidence(
    city: City,
    maker: FeatureMaker,
    texts: tuple[str, str],
    classes: tuple[str, str] = ("", ""),
    *,
    between: int = 0,
    days: float = 0.2,
    title: str = "",
    p: float = 1.0,
) -> float:
    """Return by what a second call is tied to the first, so many others having come between."""
    codes = {city.tree.labels[leaf].name: leaf for leaf in city.tree.leaves}
    calls = [
        Message(
            str(number),
            START + timedelta(days=days * number),
            text,
            title,
            classes={codes[name]: p} if name else {},
        )
        for number, (text, name) in enumerate(zip(texts, classes, strict=True))
    ]
    first = maker.make(calls[0])
    maker.rarity.texts += between
    second = maker.make(calls[1])
    event = Event("E1")
    event.add(Member(first, first.message.id))
    odds = ClassOdds(maker.rules.link.class_rare, maker.rules.groups)
    return Calls(maker.rules, maker.rarity, odds).tie(event, probe_message(second))


def test_a_rare_name_ties_two_calls_of_which_the_class_is_unsure(
    mass_city: City, maker: FeatureMaker
) -> None:
    unsure = evidence(mass_city, maker, STUDIO, (SHUT, NOISE), p=0.2)

    assert unsure > maker.rules.call.evidence


def test_a_name_without_an_ending_is_known_by_words_that_nobody_uses(
    mass_city: City, maker: FeatureMaker
) -> None:
    texts = ("岚霏珞昨天就搬空了，电话没人接", "我们在岚霏珞交的学费找谁退")

    assert evidence(mass_city, maker, texts, (SHUT, REFUND)) > maker.rules.call.evidence


def test_a_name_alone_is_no_tie_where_no_classifier_has_run(
    mass_city: City, maker: FeatureMaker
) -> None:
    assert evidence(mass_city, maker, STUDIO) == 0


def test_a_near_class_makes_the_tie_surer(mass_city: City, maker: FeatureMaker) -> None:
    near = evidence(mass_city, maker, STUDIO, (SHUT, REFUND), between=20)

    assert near > maker.rules.call.evidence + 1


def test_what_may_be_chance_among_many_calls_is_no_tie(
    mass_city: City, maker: FeatureMaker
) -> None:
    assert evidence(mass_city, maker, STUDIO, (SHUT, NOISE), p=0.2, between=70_000) == 0


def test_sure_classes_that_differ_speak_against_a_name(
    mass_city: City, maker: FeatureMaker
) -> None:
    assert evidence(mass_city, maker, STUDIO, (SHUT, NOISE)) == 0


def test_calls_are_not_tied_across_more_than_days(mass_city: City, maker: FeatureMaker) -> None:
    days = maker.rules.call.days

    assert evidence(mass_city, maker, STUDIO, (SHUT, REFUND), days=days - 0.5) > 0
    assert evidence(mass_city, maker, STUDIO, (SHUT, REFUND), days=days + 0.5) == 0


def test_messages_with_a_title_are_told_by_their_words(
    mass_city: City, maker: FeatureMaker
) -> None:
    assert evidence(mass_city, maker, STUDIO, (SHUT, REFUND), title="云尚墨关门") == 0


@pytest.mark.parametrize(
    ("classes", "is_tied"),
    [((NOISE, NOISE), True), ((NOISE, SHUT), False)],
)
def test_a_town_ties_calls_only_where_the_matter_agrees(
    mass_city: City, maker: FeatureMaker, classes: tuple[str, str], is_tied: bool
) -> None:
    texts = ("瀛海这边盖楼的夜里两点还吊钢筋", "住在瀛海，又是一宿，打桩打到天亮")

    assert (evidence(mass_city, maker, texts, classes) > 0) == is_tied


def test_a_word_of_the_matter_is_not_taken_for_a_name(mass_city: City, maker: FeatureMaker) -> None:
    texts = ("仲裁院开完庭五个月没信儿", "等仲裁院的裁决书等了半年，人家就是不给")

    assert evidence(mass_city, maker, STUDIO, (SHUT, SHUT), between=1000) > 0
    assert evidence(mass_city, maker, texts, (LATE, LATE), between=1000) == 0
