"""Builds a watch for a city, runs messages through it, and lets the router tell who should act."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import jiesu.data
from jiesu.router.deadline import Deadlines
from jiesu.router.decision import Decision
from jiesu.router.mass.alert import Alert
from jiesu.router.mass.grams import Rarity
from jiesu.router.mass.message import Message, with_decision
from jiesu.router.mass.rules import load_rules
from jiesu.router.mass.topics import Embed, hashed_space, load_space
from jiesu.router.mass.watch import MassWatch
from jiesu.serving.masking import mask
from jiesu.taxonomy.city import City
from jiesu.taxonomy.ticket import Ticket

Route = Callable[[Sequence[Ticket], datetime], Sequence[Decision]]


def background_of(city: City) -> list[tuple[str, str]]:
    """Return ordinary complaints of the city: what its classes say of themselves.

    Each is given with the code of the group that its class is in.
    """
    leaves = [city.tree.labels[code] for code in city.tree.leaves]
    return [
        (text, leaf.parent or "")
        for leaf in leaves
        for text in (leaf.definition, *leaf.examples)
        if text
    ]


def embed_of(city: City) -> Embed:
    """Return the city's topic space, or one that needs no learning where it has none."""
    for root in jiesu.data.__path__:
        folder = Path(root) / "models" / f"{city.id}-topics"
        if folder.is_dir():
            return load_space(folder)
    return hashed_space()


def new_watch(city: City) -> MassWatch:
    """Return a watch that has seen nothing yet.

    Raises:
        CityError: the city's `mass.yaml` cannot be used.
    """
    return MassWatch(
        load_rules(city),
        embed_of(city),
        Rarity(background_of(city)),
        mask=mask,
        deadline=Deadlines.from_city(city).deadline,
    )


def find_alerts(
    watch: MassWatch, messages: Sequence[Message], route: Route | None = None
) -> list[Alert]:
    """Run all messages through the watch and return its alerts, hottest first.

    Args:
        route: tells classes, place and units of the messages in alerts; None leaves them empty.
    """
    for message in messages:
        watch.add(message)
    if route is not None:
        for event in watch.raised:
            known = [member.features.message for member in event]
            event.learn(routed(known, route))
    return watch.alerts()


def routed(messages: Sequence[Message], route: Route) -> Mapping[str, Message]:
    """Return id → message with the classes, place and units that the router finds."""
    tickets = [
        Ticket(m.id, m.text, title=m.title, received_at=m.at, caller=m.caller) for m in messages
    ]
    decisions = route(tickets, max(message.at for message in messages))
    return {m.id: with_decision(m, d) for m, d in zip(messages, decisions, strict=True)}
