import dataclasses
import random
from collections.abc import Callable
from datetime import timedelta

from stories import ASPHALT, LIFT, ODDS, START, messages, stream

from jiesu.router.mass.alert import Alert
from jiesu.router.mass.message import Message
from jiesu.router.mass.watch import MassWatch

NewWatch = Callable[[], MassWatch]


def run(watch: MassWatch, batch: list[Message]) -> list[Alert]:
    for message in batch:
        watch.add(message)
    return watch.alerts(scanned=False)


def members(alerts: list[Alert]) -> list[set[str]]:
    return [set(alert.members) for alert in alerts]


def test_each_story_is_one_alert_and_odd_messages_are_in_none(new_watch: NewWatch) -> None:
    alerts = run(new_watch(), stream())

    assert members(alerts) == [{f"沥青{i}" for i in range(6)}, {f"电梯{i}" for i in range(5)}]


def test_an_alert_names_party_people_and_time(new_watch: NewWatch) -> None:
    alert = run(new_watch(), stream())[0]

    assert alert.party == "青云里小区"
    assert (alert.messages, alert.callers, alert.first) == (6, 6, START)
    assert "沥青厂" in alert.title
    assert alert.deadline > alert.last


def test_the_alarm_comes_with_the_fifth_message(new_watch: NewWatch) -> None:
    watch = new_watch()

    raised = [bool(watch.add(message)) for message in messages(ASPHALT, prefix="沥青")]

    assert raised == [False, False, False, False, True, True]


def test_one_caller_is_not_a_crowd(new_watch: NewWatch) -> None:
    batch = [dataclasses.replace(m, caller="同一人") for m in messages(ASPHALT, prefix="沥青")]

    assert run(new_watch(), batch) == []


def test_same_complaint_about_another_compound_is_another_story(new_watch: NewWatch) -> None:
    copies = [
        (title.replace("云景嘉园", "碧水名苑"), text.replace("云景嘉园", "碧水名苑"))
        for title, text in LIFT
    ]
    batch = messages(LIFT, prefix="甲") + messages(copies, prefix="乙")
    batch.sort(key=lambda message: message.at)

    found = members(run(new_watch(), batch))

    assert sorted(map(len, found)) == [5, 5]
    assert all(len({i[0] for i in ids}) == 1 for ids in found)


def test_another_matter_in_the_same_compound_is_another_story(new_watch: NewWatch) -> None:
    lift = [
        (title.replace("云景嘉园", "青云里小区"), text.replace("云景嘉园小区", "青云里小区"))
        for title, text in LIFT
    ]
    batch = messages(ASPHALT, prefix="沥青") + messages(lift, prefix="电梯")

    assert members(run(new_watch(), sorted(batch, key=lambda m: m.at))) == [
        {f"沥青{i}" for i in range(6)},
        {f"电梯{i}" for i in range(5)},
    ]


def test_pasted_texts_are_told_from_voices(new_watch: NewWatch) -> None:
    pasted = messages([ASPHALT[0]] * 5, prefix="转")

    (alert,) = run(new_watch(), pasted)

    assert (alert.callers, alert.voices) == (5, 1)
    assert "转发同一段文字" in alert.summary


def test_ids_stay_the_same_while_an_event_grows(new_watch: NewWatch) -> None:
    watch = new_watch()

    ids = [alert.id for message in stream() for alert in watch.add(message)]

    assert set(ids) == {alert.id for alert in watch.alerts(scanned=False)}


def test_the_same_stream_gives_the_same_alerts(new_watch: NewWatch) -> None:
    assert run(new_watch(), stream()) == run(new_watch(), stream())


def test_order_within_the_stream_does_not_change_the_stories(new_watch: NewWatch) -> None:
    batch = stream()
    at = sorted(message.at for message in batch)
    random.Random(7).shuffle(batch)
    shuffled = [dataclasses.replace(m, at=t) for m, t in zip(batch, at, strict=True)]

    assert sorted(map(sorted, members(run(new_watch(), shuffled)))) == sorted(
        map(sorted, members(run(new_watch(), stream())))
    )


def test_danger_told_by_triage_is_raised_at_once(new_watch: NewWatch) -> None:
    watch = new_watch()
    first, second = messages(LIFT[:2], prefix="电梯")
    watch.add(first)

    (alert,) = watch.add(dataclasses.replace(second, is_urgent=True))

    assert alert.is_urgent
    assert alert.measure == "立即上报并现场处置"


def test_what_presses_several_callers_is_raised_before_the_fifth(new_watch: NewWatch) -> None:
    watch = new_watch()
    batch = [dataclasses.replace(m, is_pressing=True) for m in messages(LIFT, prefix="电梯")]

    raised = [[alert.is_urgent for alert in watch.add(message)] for message in batch[:3]]

    assert raised == [[], [], [True]]


def test_an_event_ends_after_a_long_silence(new_watch: NewWatch) -> None:
    late = messages(ASPHALT, prefix="后", start=START + timedelta(days=900))

    found = members(run(new_watch(), messages(ASPHALT, prefix="沥青") + late))

    assert sorted(map(len, found)) == [6, 6]


def test_odd_messages_alone_give_no_alert(new_watch: NewWatch) -> None:
    assert run(new_watch(), messages(ODDS, prefix="杂")) == []
