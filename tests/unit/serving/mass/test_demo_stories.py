"""The five stories of the demonstration, told in short calls among three hundred others."""

from datetime import datetime, timedelta, timezone

import pytest

from jiesu.router.mass.alert import Alert
from jiesu.router.mass.message import Message
from jiesu.serving.demo import demo_tickets
from jiesu.serving.mass.classes import classified, quick_classifier
from jiesu.serving.mass.watching import new_watch
from jiesu.taxonomy.city import load_city

NOW = datetime(2026, 11, 28, 9, tzinfo=timezone(timedelta(hours=8)))
STORIES = {
    "龙锦苑停暖": ("龙锦苑",),
    "小舞星关门": ("小舞星",),
    "花乡工地夜里施工": ("花乡", "工地"),
    "瀛海夜里有臭味": ("瀛海",),
    "专37路撤了育新站": ("专37路",),
}
AT_THE_BUILDING_SITE = "我家在花乡，对面盖楼的凌晨两点还吊钢筋"
"""The one call of its story that does not say what its story is told by."""


@pytest.fixture(scope="module")
def calls() -> list[Message]:
    city = load_city()
    told = [
        Message(
            str(number), NOW - timedelta(hours=ticket.hours_ago), ticket.text, caller=f"{number}"
        )
        for number, ticket in enumerate(demo_tickets(city.id))
    ]
    return classified(told, quick_classifier(city)[0], city.tree.leaves)


@pytest.fixture(scope="module")
def told_by(calls: list[Message]) -> dict[str, list[str]]:
    """Story → ids of its calls in order of time."""
    return {
        story: [m.id for m in calls if is_of(m.text, words, story)]
        for story, words in STORIES.items()
    }


def is_of(text: str, words: tuple[str, ...], story: str) -> bool:
    if text.startswith(AT_THE_BUILDING_SITE):
        return "工地" in story
    return all(word in text for word in words)


@pytest.fixture(scope="module")
def raised(calls: list[Message]) -> list[tuple[str, Alert]]:
    """Every alert as it changed, with the call that changed it."""
    watch = new_watch(load_city())
    return [(message.id, alert) for message in calls for alert in watch.add(message)]


def test_the_demonstration_tells_five_stories(told_by: dict[str, list[str]]) -> None:
    assert [len(ids) for ids in told_by.values()] == [13, 9, 7, 6, 5]


@pytest.mark.parametrize("story", STORIES)
def test_story_told_in_short_calls_is_raised_by_its_fifth(
    story: str, told_by: dict[str, list[str]], raised: list[tuple[str, Alert]]
) -> None:
    ids = told_by[story]

    first = next(at for at, alert in raised if ids[0] in alert.members)

    assert ids.index(first) < 5


@pytest.mark.parametrize("story", STORIES)
def test_alert_has_the_calls_of_the_story_and_no_others(
    story: str, told_by: dict[str, list[str]], raised: list[tuple[str, Alert]]
) -> None:
    ids = set(told_by[story])

    last = [alert for _, alert in raised if ids & set(alert.members)][-1]

    members = set(last.members)
    assert len(ids & members) / len(ids | members) >= 0.8


def test_alerts_keep_their_ids_while_they_grow(
    told_by: dict[str, list[str]], raised: list[tuple[str, Alert]]
) -> None:
    for calls in told_by.values():
        assert len({alert.id for _, alert in raised if set(calls) & set(alert.members)}) == 1


def test_nothing_else_is_raised(
    told_by: dict[str, list[str]], raised: list[tuple[str, Alert]]
) -> None:
    stories = set().union(*told_by.values())

    assert [alert.title for _, alert in raised if not stories & set(alert.members)] == []
    assert len({alert.id for _, alert in raised}) == len(STORIES)
