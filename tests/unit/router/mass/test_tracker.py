"""Events that turn out to be one merge, under the name of the larger."""

from datetime import timedelta

from stories import START

from jiesu.router.mass.features import FeatureMaker
from jiesu.router.mass.message import Message
from jiesu.router.mass.tracker import Change, Tracker, event_id
from jiesu.taxonomy.city import City

SHUT = "校外培训机构跑路"
STUDIO = ("云尚墨书院关门了", "云尚墨书院的老师都走了")
ACADEMY = ("望河岚学校一夜搬空", "望河岚学校的电话没人接")
BOTH = "云尚墨书院和望河岚学校是一个老板，都关了"


def told(city: City, maker: FeatureMaker, texts: tuple[str, ...]) -> tuple[Tracker, list[Change]]:
    code = next(leaf for leaf in city.tree.leaves if city.tree.labels[leaf].name == SHUT)
    tracker = Tracker(maker.rules, maker.rarity)
    changes = []
    for number, text in enumerate(texts):
        at = START + timedelta(minutes=number)
        message = Message(str(number), at, text, classes={code: 1.0})
        changes.append(tracker.add(maker.make(message), message.id))
    return tracker, changes


def test_two_stories_stay_apart_as_long_as_nobody_names_both(
    mass_city: City, maker: FeatureMaker
) -> None:
    tracker, changes = told(mass_city, maker, (*ACADEMY, *STUDIO))

    assert list(map(len, tracker.events)) == [2, 2]
    assert not any(change.gone for change in changes)


def test_events_merge_under_the_id_of_the_larger(mass_city: City, maker: FeatureMaker) -> None:
    tracker, changes = told(mass_city, maker, (*ACADEMY, *STUDIO, BOTH))

    (whole,) = tracker.events
    (gone,) = whole.merged
    assert {whole.id, gone} == {event_id("0"), event_id("2")}
    assert (changes[-1].event.id, changes[-1].gone, len(whole)) == (whole.id, (gone,), 5)
