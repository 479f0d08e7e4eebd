"""The demonstration: its tickets, and the days of work that are played around them."""

from datetime import datetime
from pathlib import Path

import pytest
from tiny import tiny_engine

from jiesu.serving.choices import Choice
from jiesu.serving.demo import demo_tickets, fill
from jiesu.serving.demo_people import add_people, told
from jiesu.serving.desk import Desk
from jiesu.serving.doors.guard import Doors
from jiesu.serving.doors.rights import ROLE_NAMES
from jiesu.serving.engine import Engine, load_engine
from jiesu.serving.reception import Reception
from jiesu.serving.settings import Settings
from jiesu.serving.store.database import open_database
from jiesu.serving.store.tickets import TicketFilter
from jiesu.serving.suggestions import Suggester
from jiesu.serving.times import CHINA_TIME
from jiesu.serving.workplace import china_now, make_workplace
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.ticket import Ticket

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=CHINA_TIME)


def test_tickets_are_many_and_each_its_own() -> None:
    tickets = demo_tickets("beijing")
    assert len(tickets) >= 300
    assert len({ticket.text for ticket in tickets}) == len(tickets)
    assert tickets[0].hours_ago > tickets[-1].hours_ago


def test_a_city_without_a_demonstration_says_so() -> None:
    with pytest.raises(InputError, match="城市 tiny 没有演示工单"):
        demo_tickets("tiny")


@pytest.mark.slow
def test_every_queue_has_something_to_show(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'demo.db'}")
    engine = load_engine(settings)

    count = fill(settings, engine, NOW)

    workplace = make_workplace(settings, engine, lambda: NOW)
    page = workplace.desk.page(TicketFilter(), "received", None, 1000)
    states = {state: 0 for state in ("waiting", "dispatched", "returned", "closed")}
    for stored in page.items:
        states[stored.state] += 1
    workplace.close()
    assert len(page.items) == count
    assert min(states.values()) >= 10


def test_each_role_can_sign_in_to_the_demonstration(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'demo.db'}")
    city = load_city()
    with pytest.raises(InputError, match="没有已派出的工单"):
        add_people(database, city, china_now)
    suggester = Suggester(Engine(city, tiny_engine().router), 5, 5.0)
    unit_id = next(iter(city.units_by_id))
    Reception(database, suggester, china_now).receive(Ticket("T-1", "路灯不亮"), "演示")
    Desk(database, suggester, china_now).decide("T-1", 1, "王", Choice("dispatch", unit_id=unit_id))

    people = add_people(database, city, china_now)

    doors = Doors(database, china_now)
    assert {person.login for person in people} == set(ROLE_NAMES)
    for person in people:
        caller = doors.find_person(doors.sign_in(person.login, person.password, "127.0.0.1"))
        assert caller is not None
        assert caller.role == person.login
        assert person.password in told(people)
    suggester.close()
    database.close()
