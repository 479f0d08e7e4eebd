"""Mass alerts from the stored stream: found, kept, acted on, rebuilt."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from handclock import Clock
from stories import ASPHALT, LIFT, messages

from jiesu.router.mass.grams import Rarity
from jiesu.router.mass.message import Message
from jiesu.router.mass.rules import load_rules
from jiesu.router.mass.watch import MassWatch
from jiesu.serving.alert_desk import AlertDesk
from jiesu.serving.desk import Desk
from jiesu.serving.follower import Follower
from jiesu.serving.mass.watching import background_of, embed_of
from jiesu.serving.reception import Reception
from jiesu.serving.store.database import Database
from jiesu.serving.store.errors import UnknownAlert, VersionConflict, WrongState
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.ticket import Ticket

NewFollower = Callable[..., Follower]


@pytest.fixture(scope="session")
def new_watch() -> Callable[[], MassWatch]:
    city = load_city()
    rules, space, rarity = load_rules(city), embed_of(city), Rarity(background_of(city))
    return lambda: MassWatch(rules, space, rarity)


@pytest.fixture
def new_follower(
    database: Database,
    alert_desk: AlertDesk,
    clock: Clock,
    new_watch: Callable[[], MassWatch],
) -> NewFollower:
    return lambda days=60: Follower(database, alert_desk, new_watch, clock, days)


def send(reception: Reception, clock: Clock, batch: list[Message]) -> None:
    for message in batch:
        clock.now = message.at
        ticket = Ticket(message.id, message.text, message.title, caller=message.caller)
        reception.receive(ticket, "网关")


def asphalt(count: int) -> list[Message]:
    return messages(ASPHALT, prefix="沥青")[:count]


def test_story_becomes_an_alert_with_its_members(
    reception: Reception, desk: Desk, alert_desk: AlertDesk, clock: Clock, new_follower: NewFollower
) -> None:
    send(reception, clock, asphalt(5))

    assert new_follower().catch_up()

    (alert,) = alert_desk.page("", None, 10).items
    view = alert_desk.view(alert.id)
    assert (view.stored.state, view.stored.version) == ("new", 1)
    assert view.stored.members == tuple(f"沥青{i}" for i in range(5))
    assert [act.what for act in view.acts] == ["watch"]
    assert desk.view("沥青2").alert_id == alert.id


def test_watch_goes_on_where_it_stopped(
    reception: Reception, alert_desk: AlertDesk, clock: Clock, new_follower: NewFollower
) -> None:
    follower = new_follower()
    for i, message in enumerate(asphalt(6)):
        send(reception, clock, [message])
        follower.catch_up()
        assert len(alert_desk.page("", None, 10).items) == (i >= 4)
    (alert,) = alert_desk.page("", None, 10).items
    assert len(alert_desk.view(alert.id).stored.members) == 6


def test_restart_loses_nothing(
    reception: Reception, alert_desk: AlertDesk, clock: Clock, new_follower: NewFollower
) -> None:
    send(reception, clock, asphalt(5))
    new_follower().catch_up()
    (before,) = alert_desk.page("", None, 10).items
    alert_desk.acknowledge(before.id, 1, "王", "已派人")
    send(reception, clock, asphalt(6)[5:])  # stored while nobody watches

    clock.forward(minutes=1)  # the lease of the dead one ends
    follower = new_follower()
    assert follower.catch_up()

    (after,) = alert_desk.page("", None, 10).items
    view = alert_desk.view(after.id)
    assert (after.id, after.state) == (before.id, "acknowledged")
    assert view.stored.members == tuple(f"沥青{i}" for i in range(6))
    assert [act.what for act in view.acts] == ["watch", "acknowledge"]


def test_story_older_than_the_rebuilt_part_keeps_its_id(
    reception: Reception, alert_desk: AlertDesk, clock: Clock, new_follower: NewFollower
) -> None:
    send(reception, clock, asphalt(5))
    new_follower().catch_up()
    (before,) = alert_desk.page("", None, 10).items
    clock.forward(minutes=1)  # the lease of the dead one ends

    follower = new_follower(days=3)  # the first message, which named the alert, is older
    follower.catch_up()
    send(reception, clock, [replace(asphalt(6)[5], at=clock.now)])
    follower.catch_up()

    (after,) = alert_desk.page("", None, 10).items
    assert after.id == before.id
    assert "沥青5" in alert_desk.view(after.id).stored.members


def test_of_two_followers_one_watches(
    reception: Reception, alert_desk: AlertDesk, clock: Clock, new_follower: NewFollower
) -> None:
    send(reception, clock, asphalt(5))
    first, second = new_follower(), new_follower()

    assert [first.catch_up(), second.catch_up()] == [True, False]
    first.release()
    assert second.catch_up()
    assert len(alert_desk.page("", None, 10).items) == 1


def test_closed_alert_that_grows_is_open_again(
    reception: Reception, alert_desk: AlertDesk, clock: Clock, new_follower: NewFollower
) -> None:
    follower = new_follower()
    send(reception, clock, asphalt(5))
    follower.catch_up()
    (alert,) = alert_desk.page("", None, 10).items
    alert_desk.close(alert.id, 1, "王", "已停产")

    send(reception, clock, asphalt(6)[5:])
    follower.catch_up()

    view = alert_desk.view(alert.id)
    assert (view.stored.state, view.stored.version) == ("reopened", 3)
    assert view.acts[-1].by.kind == "model"
    assert view.acts[-1].why == "关闭后又有 1 件诉求"


def test_merged_alert_gives_its_members_to_the_other(
    reception: Reception, desk: Desk, alert_desk: AlertDesk, clock: Clock, new_follower: NewFollower
) -> None:
    follower = new_follower()
    both = sorted([*asphalt(5), *messages(LIFT, prefix="电梯")], key=lambda m: m.at)
    send(reception, clock, both)
    follower.catch_up()
    lift, tar = (desk.view(i).alert_id or "" for i in ("电梯0", "沥青0"))
    assert lift != tar

    view = alert_desk.merge(lift, tar, 1, "王", "同一家物业")
    send(reception, clock, [replace(asphalt(6)[5], at=clock.now)])
    follower.catch_up()

    assert (view.stored.id, view.stored.version) == (tar, 2)
    assert len(alert_desk.view(tar).stored.members) == 11
    assert desk.view("电梯0").alert_id == tar
    assert [a.id for a in alert_desk.page("", None, 10).items] == [tar]
    gone = alert_desk.view(lift)
    assert (gone.stored.state, gone.stored.merged_into) == ("merged", tar)
    assert (gone.acts[-1].what, gone.acts[-1].why) == ("merge", "同一家物业")


def test_wrong_acts_are_refused(
    reception: Reception, alert_desk: AlertDesk, clock: Clock, new_follower: NewFollower
) -> None:
    send(reception, clock, asphalt(5))
    new_follower().catch_up()
    (alert,) = alert_desk.page("", None, 10).items

    with pytest.raises(UnknownAlert, match="'E0'"):
        alert_desk.acknowledge("E0", 1, "王")
    with pytest.raises(VersionConflict, match="依据第 7 版，现在是第 1 版"):
        alert_desk.close(alert.id, 7, "王", "办完")
    with pytest.raises(WrongState, match="现为“新发现”，不能改为“重新打开”"):
        alert_desk.reopen(alert.id, 1, "王", "又来了")
    with pytest.raises(WrongState, match="就是它自己"):
        alert_desk.merge(alert.id, alert.id, 1, "王", "同一件")
    assert len(alert_desk.view(alert.id).acts) == 1


def test_one_reply_reaches_every_member_once(
    reception: Reception, desk: Desk, alert_desk: AlertDesk, clock: Clock, new_follower: NewFollower
) -> None:
    follower = new_follower()
    send(reception, clock, asphalt(5))
    follower.catch_up()
    (alert,) = alert_desk.page("", None, 10).items
    alert_desk.take(alert.id, 1, "王", "现场会")

    alert_desk.reply(alert.id, 2, "王", "厂子已停产")
    send(reception, clock, asphalt(6)[5:])
    follower.catch_up()
    assert alert_desk.view(alert.id).stored.unanswered == ("沥青5",)
    alert_desk.reply(alert.id, 3, "王", "厂子已停产")

    assert alert_desk.view(alert.id).stored.unanswered == ()
    for i in range(6):
        act = desk.view(f"沥青{i}").acts[-1]
        assert (act.what, act.why, act.detail) == ("reply", "厂子已停产", {"alert": alert.id})
    assert [act.what for act in alert_desk.view(alert.id).acts][1:] == ["take", "reply", "reply"]


def test_broken_watch_leaves_the_tickets_alone(
    reception: Reception, desk: Desk, database: Database, alert_desk: AlertDesk, clock: Clock
) -> None:
    def broken() -> MassWatch:
        raise RuntimeError("规则文件坏了")

    follower = Follower(database, alert_desk, broken, clock, days=60)
    follower.start()
    send(reception, clock, asphalt(1))
    follower.nudge()
    follower.stop()

    assert "规则文件坏了" in follower.problem
    assert desk.view("沥青0").stored.state == "waiting"


def test_date_in_the_future_ends_no_story(
    reception: Reception, alert_desk: AlertDesk, clock: Clock, new_follower: NewFollower
) -> None:
    follower = new_follower()
    send(reception, clock, asphalt(3))
    far = clock.now.replace(year=2090)
    reception.receive(Ticket("错", "日期写错的诉求", received_at=far), "网关")
    send(reception, clock, asphalt(6)[3:])
    follower.catch_up()
    (alert,) = alert_desk.page("", None, 10).items
    assert len(alert_desk.view(alert.id).stored.members) == 6


def test_suggestions_reach_the_alert(
    reception: Reception, alert_desk: AlertDesk, clock: Clock, new_follower: NewFollower
) -> None:
    send(reception, clock, asphalt(5))
    new_follower().catch_up()
    (alert,) = alert_desk.page("new", None, 10).items
    assert set(alert.body["classes"]) <= {"010101", "010102"}
    assert alert.body["classes"]


def test_alerts_say_how_unusual_they_are_by_both_numbers(
    reception: Reception, alert_desk: AlertDesk, clock: Clock, new_follower: NewFollower
) -> None:
    send(reception, clock, asphalt(6))
    new_follower().catch_up()

    (stored,) = alert_desk.page("", None, 10).items

    assert 0 < stored.body["unusual"]["p_value"] <= 1
    assert stored.body["unusual"]["surprise"] >= 0
