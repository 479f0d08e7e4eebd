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
from jiesu.router.dispatch_policy import DispatchPolicy, Licence, PolicyError, read_policy
from jiesu.router.experience import NO_EXPERIENCE, Experience
from jiesu.serving.log import LOGGER
from jiesu.serving.settings import Settings
from jiesu.taxonomy.city import City
from jiesu.taxonomy.ticket import Ticket

POLICY = "policy"

log = logging.getLogger(LOGGER)


class TicketRouter(Protocol):
    """What serving needs of `jiesu.router.route.Router`."""

    @property
    def classifier(self) -> Classifier | None:
        """The model; None when it is missing or broken."""
        ...

    def route(
        self,
        tickets: Sequence[Ticket],
        now: datetime,
        top_k: int = 5,
        experience: Experience = NO_EXPERIENCE,
    ) -> list[Decision]:
        """Decide each ticket, in order; texts are scored together."""
        ...

    def without_model(self, reason: str) -> "TicketRouter":
        """Return a router that sends every ticket to a person."""
        ...

    def with_dispatch(self, dispatch: DispatchPolicy | None) -> "TicketRouter":
        """Return a router that heeds this certified policy."""
        ...

    def licence(self, now: datetime) -> Licence:
        """Return what the certified policy allows now, or why it does not count."""
        ...


@dataclass
class Lately:
    """What changes while the engine runs; each field is replaced as a whole.

    Attributes:
        dispatch: the certified policy, withdrawn where it was; None where there is none.
        experience: what units settled and sent back.
    """

    dispatch: DispatchPolicy | None = None
    experience: Experience = NO_EXPERIENCE


@dataclass(frozen=True)
class Engine:
    """One city, ready to answer.

    Attributes:
        problems: part that does not work ("model") → why, for an operator; empty when all is well.
        lately: what the store's history and people's acts change.
    """

    city: City
    router: TicketRouter
    problems: Mapping[str, str] = field(default_factory=dict)
    lately: Lately = field(default_factory=Lately)

    @property
    def model_name(self) -> str:
        """Name of the model, empty when there is none."""
        return self.router.classifier.name if self.router.classifier else ""

    def route(self, tickets: Sequence[Ticket], now: datetime, top_k: int) -> list[Decision]:
        """Decide each ticket; one whose model fails at work goes to a person, and the log tells."""
        try:
            return self._route(self.current, tickets, now, top_k)
        except Exception:
            # Intake must not stop where a model breaks on a text; any other bug shows again below.
            if self.router.classifier is None:
                raise
            log.exception("model failed, routing without it")
            router = self.current.without_model("模型在计算时出错，详见日志")
            return self._route(router, tickets, now, top_k)

    @property
    def current(self) -> TicketRouter:
        """The router with the policy of now."""
        dispatch = self.lately.dispatch
        return self.router if dispatch is None else self.router.with_dispatch(dispatch)

    def policy_problem(self, now: datetime) -> str:
        """Return why the certified policy does not count; empty where it does, or there is none."""
        if self.lately.dispatch is None:
            return ""
        refusal = self.current.licence(now).refusal
        return f"自动派单策略 {self.lately.dispatch.name} 不生效：{refusal}" if refusal else ""

    def _route(
        self, router: TicketRouter, tickets: Sequence[Ticket], now: datetime, top_k: int
    ) -> list[Decision]:
        if not self.lately.experience:
            return router.route(tickets, now, top_k)
        return router.route(tickets, now, top_k, self.lately.experience)


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
    router = Router.load(city, folder, settings.extra_gazetteer, settings.history)
    problems, lately = dict(router.problems), Lately()
    if settings.policy:
        try:
            lately.dispatch = read_policy(settings.policy)
        except PolicyError as error:
            problems[POLICY] = str(error)
    return Engine(city, router, problems, lately)
