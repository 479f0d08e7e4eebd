from stories import ASPHALT, LIFT, messages

from jiesu.router.mass.event import Event, Member
from jiesu.router.mass.features import FeatureMaker
from jiesu.router.mass.split import two_stories
from jiesu.router.mass.tracker import Tracker, event_id


def test_two_stories_in_one_event_are_parted(maker: FeatureMaker) -> None:
    texts = messages(ASPHALT, prefix="沥青") + messages(LIFT, prefix="电梯")
    members = [Member(maker.make(message), message.id) for message in texts]

    parts = two_stories(members, maker.rules.link)

    assert parts is not None
    assert [{m.features.message.id[:2] for m in part} for part in parts] == [{"沥青"}, {"电梯"}]


def test_one_story_stays_whole(maker: FeatureMaker) -> None:
    members = [Member(maker.make(m), m.id) for m in messages(ASPHALT, prefix="沥青")]

    assert two_stories(members, maker.rules.link) is None


def test_the_larger_part_keeps_the_id(maker: FeatureMaker) -> None:
    tracker, event = Tracker(maker.rules, maker.rarity), Event(event_id("沥青0"))
    for message in messages(ASPHALT, prefix="沥青") + messages(LIFT, prefix="电梯"):
        event.add(Member(maker.make(message), message.id))

    (left,) = tracker.split(event)

    assert left.id != event.id
    assert [len(e) for e in tracker.events] == [6, 5]
    assert tracker.events[0].id == event.id
