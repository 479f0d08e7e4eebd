"""The demonstration: its tickets, and the days of work that are played around them."""

from datetime import datetime
from pathlib import Path

import pytest

from jiesu.serving.demo import demo_tickets, fill
from jiesu.serving.engine import load_engine
from jiesu.serving.settings import Settings
from jiesu.serving.store.tickets import TicketFilter
from jiesu.serving.times import CHINA_TIME
from jiesu.serving.workplace import make_workplace
from jiesu.taxonomy.errors import InputError

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
