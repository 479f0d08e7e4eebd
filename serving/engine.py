"""Everything that answers a ticket, loaded once: the city, the router and what does not work."""

import gc
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from jiesu.classifier.scores import Classifier
from jiesu.router.decision import Decision
from jiesu.serving.log import LOGGER
from jiesu.serving.settings import Settings
from jiesu.taxonomy.city import City
from jiesu.taxonomy.ticket import Ticket

log = logging.getLogger(LOGGER)


class TicketRouter(Protocol):
    """What serving needs of `jiesu.router.route.Router`."""

    @property
    def classifier(self) -> Classifier | None:
        """The model; None when it is missing or broken."""
        ...

    def route(self, tickets: Sequence[Ticket], now: datetime, top_k: int = 5) -> list[Decision]:
        """Decide each ticket, in order; texts are scored together."""
        ...

    def without_model(self, reason: str) -> "TicketRouter":
        """Return a router that sends every ticket to a person."""
        ...


@dataclass(frozen=True)
class Engine:
    """One city, ready to answer.

    Attributes:
        problems: part that does not work ("model") → why, for an operator; empty when all is well.
    """

    city: City
    router: TicketRouter
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def model_name(self) -> str:
        """Name of the model, empty when there is none."""
        return self.router.classifier.name if self.router.classifier else ""

    def route(self, tickets: Sequence[Ticket], now: datetime, top_k: int) -> list[Decision]:
        """Decide each ticket; one whose model fails at work goes to a person, and the log tells."""
        try:
            return self.router.route(tickets, now, top_k)
        except Exception:
            # Intake must not stop where a model breaks on a text; any other bug shows again below.
            if self.router.classifier is None:
                raise
            log.exception("model failed, routing without it")
            return self.router.without_model("模型在计算时出错，详见日志").route(
                tickets, now, top_k
            )


def load_engine(settings: Settings) -> Engine:
    """Load city, model and gazetteer as the settings say.

    A missing or broken model does not stop intake: `problems` then tells why, and every ticket
    goes to a person.

    Raises:
        InputError: the city folder or the extra gazetteer cannot be used.
    """
    with _no_collection():
        return _load(settings)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector still while what is loaded only grows.

    Some hundred thousand objects are made and none is garbage: looking for it again and again
    took a fifth of a cold start.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _load(settings: Settings) -> Engine:
    # Here and not above: numpy and the model's libraries take a third of a second to import.
    from jiesu.classifier.artefact import default_model_folder
    from jiesu.router.route import Router
    from jiesu.taxonomy.city import load_city

    city = load_city(settings.city)
    folder = settings.model or default_model_folder(city.id)
    router = Router.load(city, folder, settings.extra_gazetteer)
    return Engine(city, router, router.problems)
