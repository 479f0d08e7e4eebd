"""A desk with four days of work behind it, to look at: `jiesu demo`.

The tickets were written for it; the suggestions are those of the real model, made now. What the
dispatchers and units did is invented, by a rule on the ticket's number, so that every queue and
every figure has something to show.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.resources import as_file, files

import jiesu.data
from jiesu.serving.choices import Choice, Decided
from jiesu.serving.desk import Desk
from jiesu.serving.engine import Engine
from jiesu.serving.follower import Follower
from jiesu.serving.knowledge_desk import read_entries
from jiesu.serving.settings import Settings
from jiesu.serving.store.records import CallBack, TicketView
from jiesu.serving.workplace import Workplace, china_now, make_workplace
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.ticket import Ticket

OPERATORS = ("演示坐席一", "演示坐席二", "演示坐席三")
_ENDINGS: tuple[Decided, ...] = ("answer", "emergency", "statutory", "elsewhere", "out_of_scope")
_OPEN_HOURS = 5
"""Younger tickets still wait for a dispatcher."""
_CLOSED_HOURS = 40
"""Older ones have been worked off by their unit and called back."""


class DemoClock:
    """A clock that is set by hand while the past is played."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the time that was set."""
        return self.now


@dataclass(frozen=True, slots=True)
class DemoTicket:
    """One line of the file.

    Attributes:
        hours_ago: how long before now it came in.
    """

    hours_ago: float
    channel: str
    text: str


def demo_tickets(city_id: str) -> tuple[DemoTicket, ...]:
    """Return the tickets written for a city, the oldest first.

    Raises:
        InputError: there are none for this city.
    """
    path = files(jiesu.data) / "demo" / f"{city_id}.tsv"
    if not path.is_file():
        raise InputError(f"城市 {city_id} 没有演示工单；演示只随附 data/demo 中的城市")
    rows = csv.DictReader(path.read_text("utf-8").splitlines(), delimiter="\t")
    found = [DemoTicket(float(r["hours_ago"]), r["channel"], r["text"]) for r in rows]
    return tuple(sorted(found, key=lambda ticket: -ticket.hours_ago))


def fill(
    settings: Settings,
    engine: Engine,
    now: datetime | None = None,
    on_ticket: Callable[[], None] = lambda: None,
) -> int:
    """Play the tickets and what was done about them into the database of the settings.

    Args:
        on_ticket: called after each ticket, for a progress bar.

    Returns:
        How many tickets came in.

    Raises:
        InputError: the city has no demonstration.
        StoreUnavailable, TicketExists: the database cannot be used, or holds them already.
    """
    now = now or china_now()
    clock = DemoClock(now)
    workplace = make_workplace(settings, engine, clock)
    try:
        return _play(workplace, clock, demo_tickets(engine.city.id), now, on_ticket)
    finally:
        workplace.close()


def _play(
    workplace: Workplace,
    clock: DemoClock,
    tickets: Sequence[DemoTicket],
    now: datetime,
    on_ticket: Callable[[], None],
) -> int:
    about = files(jiesu.data) / "demo" / "knowledge.md"
    with as_file(about) as path:
        workplace.knowledge.take_in(read_entries(path), "演示")
    # What is done later is done in the order of time, so that histories and alerts read as lived.
    for number, ticket in enumerate(tickets):
        clock.now = now - timedelta(hours=ticket.hours_ago)
        view = workplace.reception.receive(_ticket(number, ticket, clock.now), "演示")
        if ticket.hours_ago > _OPEN_HOURS:
            _work_off(workplace.desk, clock, view, number, ticket.hours_ago)
        on_ticket()
    clock.now = now
    if isinstance(workplace.follower, Follower):
        workplace.follower.catch_up()
    return len(tickets)


def _ticket(number: int, ticket: DemoTicket, at: datetime) -> Ticket:
    return Ticket(
        f"DEMO-{number + 1:03}",
        ticket.text,
        received_at=at,
        caller=f"demo-{number + 1:03}",
        channel=ticket.channel,
    )


def _work_off(desk: Desk, clock: DemoClock, view: TicketView, number: int, hours: float) -> None:
    """Do what a dispatcher, a unit and a call-back did with one ticket."""
    by = OPERATORS[number % len(OPERATORS)]
    clock.now += timedelta(minutes=2 + number % 7)
    choice = _choice(view, number)
    if choice is None:
        return
    view = desk.claim(view.stored.ticket.id, view.stored.version, by)
    clock.now += timedelta(seconds=6 + number * 7 % 40)
    view = desk.decide(view.stored.ticket.id, view.stored.version, by, choice)
    if view.stored.state != "dispatched":
        return
    clock.now += timedelta(hours=min(3, hours / 2))
    if number % 13 == 5:
        desk.send_back(
            view.stored.ticket.id, view.stored.version, "承办单位", "不在本单位辖区，请核实地点"
        )
    elif hours > _CLOSED_HOURS:
        call = CallBack(clock.now, by, number % 10 != 3, number % 6 != 1, number % 5 != 2)
        if not call.contacted:
            call = replace(call, resolved=None, satisfied=None, note="三次拨打无人接听")
        desk.record_outcome(view.stored.ticket.id, view.stored.version, call)


def _choice(view: TicketView, number: int) -> Choice | None:
    """Mostly what was suggested; now and then the second class or unit, as people do.

    None where nobody can be named yet: the ticket keeps waiting.
    """
    standing, decision = view.stored.standing, view.suggestion.decision
    for ending in _ENDINGS:
        if standing.outcome == ending:
            return Choice(ending, why="按建议办理")
    units = [unit.unit_id for unit in decision.candidates if unit.part == "lead" and unit.unit_id]
    units = units or [standing.unit_id] * bool(standing.unit_id)
    if not units:
        return None
    code = decision.classes[1].code if number % 9 == 4 and len(decision.classes) > 1 else ""
    return Choice("dispatch", code=code, unit_id=units[number % 11 == 7 and len(units) > 1])
