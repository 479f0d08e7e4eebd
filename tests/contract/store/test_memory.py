"""What people do counts in the next suggestion, and withdraws a policy that no longer holds."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from handclock import Clock
from sqlalchemy import Connection
from tiny import TINY_FOLDER, WordClassifier
from tiny_policy import EXPIRES, MADE, tiny_policy

from jiesu.router.dispatch_policy import DispatchPolicy, policy_json
from jiesu.router.route import Router
from jiesu.serving.choices import Choice
from jiesu.serving.desk import Desk
from jiesu.serving.engine import Engine, Lately
from jiesu.serving.memory import Memory
from jiesu.serving.reception import Reception
from jiesu.serving.store.database import Database
from jiesu.serving.store.policies import Policy, add_policy
from jiesu.serving.store.records import CallBack, TicketView
from jiesu.serving.suggestions import Suggester
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.ticket import Ticket

TEXT = "河沿街道门口的路灯不亮了"
OTHERS = [
    "河沿街道幼儿园后墙根那盏路灯不亮，接孩子的家长摸黑走",
    "下夜班路过河沿街道菜市场，整排路灯不亮，怕遇到坏人",
    "骑车在河沿街道桥头摔了跤，因为路灯不亮看不见坑",
    "河沿街道公园晨练的人反映凉亭边路灯不亮很久",
    "老伴眼神不好，河沿街道卫生站门前路灯不亮不敢出门",
    "河沿街道公交站牌下面路灯不亮，末班车司机看不到人",
]
"""Tickets of one class and place whose words have little in common."""


class Shop:
    """Reception and desk of one process, with the real router in the small city."""

    def __init__(
        self, database: Database, clock: Clock, policy: DispatchPolicy | None, folder: Path
    ) -> None:
        city = load_city(folder)
        bare = Router.load(city, Path("no-model"))
        router = replace(
            bare,
            classifier=WordClassifier(city.tree),
            kinds=None,
            policy=replace(bare.policy, confirm_p_unit=0.05),
            problems={},
        )
        self.engine = Engine(city, router, {}, Lately(policy))
        self.memory = Memory(database, self.engine, clock)
        self.suggester = Suggester(self.engine, 5, 20.0, self.memory)
        self.reception = Reception(database, self.suggester, clock)
        self.desk = Desk(database, self.suggester, clock)
        self.memory.catch_up()

    def receive(self, text: str = TEXT, caller: str = "") -> TicketView:
        return self.reception.receive(Ticket("", text, caller=caller), "热线")

    def decide(self, view: TicketView, unit_id: str) -> TicketView:
        stored = view.stored
        choice = Choice("dispatch", unit_id=unit_id)
        return self.desk.decide(stored.ticket.id, stored.version, "张三", choice)

    def send_back(self, view: TicketView, right: str = "") -> TicketView:
        stored = view.stored
        return self.desk.send_back(stored.ticket.id, stored.version, "李四", "不归我们管", right)


@pytest.fixture
def clock() -> Clock:
    return Clock(MADE + timedelta(days=2))


@pytest.fixture
def shops(database: Database, clock: Clock) -> Iterator[list[Shop]]:
    made: list[Shop] = []
    yield made
    for shop in made:
        shop.suggester.close()


def opened(
    shops: list[Shop], database: Database, clock: Clock, policy: DispatchPolicy | None = None,
    folder: Path = TINY_FOLDER,
) -> Shop:  # fmt: skip
    shops.append(Shop(database, clock, policy, folder))
    return shops[-1]


def lead(view: TicketView) -> tuple[str, float]:
    first = view.suggestion.decision.candidates[0]
    return first.unit_id, first.p


def test_a_returned_ticket_counts_in_the_next_suggestion(
    shops: list[Shop], database: Database, clock: Clock
) -> None:
    shop = opened(shops, database, clock)
    first = shop.receive()

    shop.send_back(shop.decide(first, "D1"), right="E1")
    clock.now += timedelta(minutes=1)
    second = shop.receive()

    assert lead(first)[0] == "D1"
    assert lead(second)[1] < lead(first)[1]
    assert "退回" in str(second.suggestion.decision.candidates)
    assert "E1" in [c.unit_id for c in second.suggestion.decision.candidates]


def test_what_was_learned_outlives_a_restart(
    shops: list[Shop], database: Database, clock: Clock
) -> None:
    shop = opened(shops, database, clock)
    shop.send_back(shop.decide(shop.receive(), "D1"))
    clock.now += timedelta(minutes=1)
    before = shop.receive().suggestion.decision.candidates

    again = opened(shops, database, clock)

    assert again.receive().suggestion.decision.candidates == before


def test_a_policy_in_force_dispatches_at_intake(
    shops: list[Shop], database: Database, clock: Clock
) -> None:
    view = opened(shops, database, clock, tiny_policy(0.4)).receive()

    assert (view.stored.state, view.suggestion.decision.outcome) == ("dispatched", "auto")
    assert view.acts[-1].what == "decide"
    assert "达到自动派单门槛" in view.acts[-1].why


def test_shadow_only_records(shops: list[Shop], database: Database, clock: Clock) -> None:
    view = opened(shops, database, clock, tiny_policy(0.4, stage="shadow")).receive()

    assert (view.stored.state, view.suggestion.decision.outcome) == ("waiting", "confirm")
    assert view.suggestion.decision.gate.would_be == "auto"


def test_errors_withdraw_the_policy_for_good(
    shops: list[Shop], database: Database, clock: Clock
) -> None:
    policy = tiny_policy(0.4, stage="shadow")
    shop = opened(shops, database, clock, policy)
    for text in OTHERS:
        shop.decide(shop.receive(text), "E1")
        clock.now += timedelta(minutes=1)

    shop.memory.catch_up()
    problem = shop.engine.policy_problem(clock.now)
    restarted = opened(shops, database, clock, policy)
    clock.now += timedelta(minutes=1)
    view = restarted.receive("河沿街道东头的路灯不亮了")

    assert "漂移检验报警" in problem
    assert restarted.engine.policy_problem(clock.now) == problem
    assert view.suggestion.decision.gate.would_be == ""
    renewed = opened(shops, database, clock, replace(policy, version="certified-new"))
    assert renewed.engine.policy_problem(clock.now) == ""


def test_right_answers_keep_the_policy(shops: list[Shop], database: Database, clock: Clock) -> None:
    shop = opened(shops, database, clock, tiny_policy(0.4, stage="shadow"))
    for i, text in enumerate(OTHERS):
        shop.decide(shop.receive(text), "E1" if i == 3 else "D1")
        clock.now += timedelta(minutes=1)

    shop.memory.catch_up()

    assert shop.engine.policy_problem(clock.now) == ""


def test_a_return_of_what_was_dispatched_is_a_mistake_of_the_policy(
    shops: list[Shop], database: Database, clock: Clock
) -> None:
    shop = opened(shops, database, clock, tiny_policy(0.05))
    shop.send_back(shop.receive())

    shop.memory.catch_up()

    _, judged, level = shop.memory.watched()
    assert judged == 1
    assert level > 1


def test_a_resolved_ticket_confirms_its_unit(
    shops: list[Shop], database: Database, clock: Clock
) -> None:
    shop = opened(shops, database, clock, tiny_policy(0.4))
    view = shop.receive()
    call = CallBack(clock.now, "王五", contacted=True, resolved=True, satisfied=True)
    shop.desk.record_outcome(view.stored.ticket.id, view.stored.version, call)

    shop.memory.catch_up()

    assert shop.memory.watched()[1] == 1


def test_a_policy_of_the_store_wins_over_the_file(
    shops: list[Shop], database: Database, clock: Clock
) -> None:
    shop = opened(shops, database, clock, tiny_policy(0.4, expires_at=EXPIRES))
    body = orjson.dumps(policy_json(tiny_policy(0.4, stage="shadow"))).decode()
    with database.write() as connection:
        add_policy(connection, Policy("甲", clock.now, "班长", "", body))
    clock.now += timedelta(seconds=3)

    assert shop.receive().suggestion.decision.outcome == "confirm"


def test_a_policy_of_the_store_that_cannot_be_read_is_told(
    shops: list[Shop], database: Database, clock: Clock
) -> None:
    shop = opened(shops, database, clock, tiny_policy(0.4))
    with database.write() as connection:
        add_policy(connection, Policy("乙", clock.now, "班长", "", "{}"))
    clock.now += timedelta(seconds=3)

    assert shop.receive().suggestion.decision.outcome == "confirm"
    assert "策略 乙" in shop.memory.problem


@pytest.fixture
def city_folder(tmp_path: Path) -> Path:
    """The small city with the rules on repeats of the packaged one."""
    folder = tmp_path / "city"
    shutil.copytree(TINY_FOLDER, folder)
    shutil.copy(load_city().folder / "repeat.yaml", folder)
    return folder


def test_a_caller_who_tells_the_same_again_repeats(
    shops: list[Shop], database: Database, clock: Clock, city_folder: Path
) -> None:
    shop = opened(shops, database, clock, folder=city_folder)
    first = shop.receive(caller="甲")
    clock.now += timedelta(days=1)

    again = shop.receive("河沿街道门口的路灯还是不亮，请催一下", caller="甲")
    other = shop.receive("河沿街道门口的路灯还是不亮，请催一下", caller="乙")
    worse = shop.receive("河沿街道门口的路灯还是不亮，昨晚有老人摔断了腿", caller="甲")

    assert again.suggestion.decision.outcome == "repeat"
    assert again.suggestion.decision.similar == (first.stored.ticket.id,)
    assert other.suggestion.decision.outcome == "confirm"
    assert worse.suggestion.decision.outcome == "confirm"
    assert "有新情况" in worse.suggestion.decision.reasons[-1]


@pytest.mark.parametrize(("fails", "looks_made"), [(False, 2), (True, 3)])
def test_those_who_ask_during_a_look_share_the_next_one_that_succeeds(
    shops: list[Shop],
    database: Database,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    fails: bool,
    looks_made: int,
) -> None:
    shop = opened(shops, database, clock, None)
    looking, go_on, looks = threading.Event(), threading.Event(), []
    read = database.read

    def slow_read() -> AbstractContextManager[Connection]:
        looks.append(1)
        looking.set()
        assert go_on.wait(20)
        if fails and len(looks) == 2:
            raise OSError("away")
        return read()

    def ask() -> None:
        with suppress(OSError):
            shop.memory.catch_up()

    monkeypatch.setattr(database, "read", slow_read)
    threads = [threading.Thread(target=ask)]
    threads[0].start()
    assert looking.wait(20)
    for _ in range(5):
        threads.append(threading.Thread(target=ask))
        threads[-1].start()
    time.sleep(0.2)  # all of them have asked, and wait
    go_on.set()
    for thread in threads:
        thread.join(20)

    assert len(looks) == looks_made
