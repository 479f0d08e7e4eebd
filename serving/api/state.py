"""What the resources share: the engine, settings and metrics, and the waiting for the engine."""

import asyncio
import dataclasses
import logging
import threading
from typing import Annotated

import anyio
from fastapi import Depends, Request

from jiesu.serving.api.metrics import Metrics
from jiesu.serving.api.problem import NOT_READY, STORE_UNAVAILABLE, ProblemError
from jiesu.serving.confirmed import load_remembering
from jiesu.serving.doors.guard import Doors
from jiesu.serving.engine import POLICY, Engine
from jiesu.serving.log import LOGGER
from jiesu.serving.place_search import PlaceSearch
from jiesu.serving.settings import Settings
from jiesu.serving.store.errors import StoreUnavailable
from jiesu.serving.swap import FILES, ModelSwap
from jiesu.serving.workplace import Workplace, china_now, make_workplace
from jiesu.taxonomy.errors import JiesuError
from jiesu.taxonomy.search import LabelSearch

_SCORING_THREADS = 2
"""Scoring holds the interpreter most of the time: more threads would only use more memory."""

log = logging.getLogger(LOGGER)


class AppState:
    """One worker's engine and what belongs to it."""

    def __init__(self, settings: Settings, metrics: Metrics, engine: Engine | None) -> None:
        self.settings = settings
        self.metrics = metrics
        self.failure = ""
        self._engine: Engine | None = None
        self._workplace: Workplace | None = None
        self.store_failure = ""
        self.stopping = threading.Event()
        self._swap: ModelSwap | None = None
        self._search: LabelSearch | None = None
        self._places: PlaceSearch | None = None
        self._limiter: anyio.CapacityLimiter | None = None
        if engine:
            self._accept(engine)

    @property
    def engine(self) -> Engine:
        """The engine.

        Raises:
            ProblemError: it is still loading, or could not be loaded.
        """
        if self._engine is None:
            reason = self.failure or "城市数据和模型正在装载，请稍后再试"
            raise ProblemError(NOT_READY, reason, headers={"Retry-After": "2"})
        return self._engine

    @property
    def workplace(self) -> Workplace:
        """What needs the database.

        Raises:
            ProblemError: it is still being opened, or could not be.
        """
        if self._workplace is not None:
            return self._workplace
        if self.store_failure:
            raise ProblemError(STORE_UNAVAILABLE, self.store_failure, headers={"Retry-After": "30"})
        _ = self.engine  # tells why, if it is the engine
        raise ProblemError(NOT_READY, "数据库正在打开，请稍后再试", headers={"Retry-After": "2"})

    @property
    def has_doors(self) -> bool:
        """Whether users and keys can be looked up."""
        return self._workplace is not None

    @property
    def doors(self) -> Doors:
        """Who comes in.

        Raises:
            ProblemError: the database is still being opened, or could not be.
        """
        return self.workplace.doors

    @property
    def problems(self) -> dict[str, str]:
        """Every part that does not work now → why."""
        problems = dict(self.engine.problems)
        if refused := self.engine.policy_problem(china_now()):
            problems[POLICY] = refused
        if self._swap is not None and self._swap.problem:
            problems[FILES] = self._swap.problem
        if self.store_failure:
            problems["store"] = self.store_failure
        return problems | dict(self._workplace.problems if self._workplace else {})

    def look(self) -> None:
        """Take in what people did lately, where the database is open."""
        if self._workplace is None:
            return
        try:
            self._workplace.memory.catch_up()
        except Exception:
            # The border of the signs of life: they tell of trouble and have none themselves.
            log.exception("degraded: memory")

    @property
    def policy_stage(self) -> str:
        """Stage of the certified policy that is in force now; empty where none is."""
        if self._engine is None or self._engine.lately.dispatch is None:
            return ""
        refused = self._engine.policy_problem(china_now())
        return "" if refused else self._engine.lately.dispatch.stage

    @property
    def limiter(self) -> anyio.CapacityLimiter:
        """Bounds the threads that score; made inside the event loop that uses it."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(_SCORING_THREADS)
        return self._limiter

    @property
    def search(self) -> LabelSearch:
        """Search over the classes; made when first asked for."""
        tree = self.engine.city.tree
        if self._search is None or self._search.tree is not tree:
            self._search = LabelSearch(tree)
        return self._search

    @property
    def places(self) -> PlaceSearch:
        """Search over the regions; made when first asked for."""
        city = self.engine.city
        if self._places is None or self._places.city is not city:
            self._places = PlaceSearch(city)
        return self._places

    @property
    def swap(self) -> ModelSwap:
        """What takes a new model into service.

        Raises:
            ProblemError: there is none to replace yet.
        """
        _ = self.engine  # tells why there is none
        if self._swap is None:
            raise ProblemError(NOT_READY, "模型正在装载，请稍后再试", headers={"Retry-After": "2"})
        return self._swap

    def reload_soon(self) -> None:
        """Take the model up again, in the background."""
        if self._swap is not None:
            self._swap.nudge()

    async def load(self) -> None:
        """Load the engine and open the database in a thread; the loop goes on answering."""
        try:
            await asyncio.to_thread(self._load)
        except JiesuError as error:
            self.failure = str(error)
            log.error("engine not loaded: %s", error)
        except Exception:
            # The border of this task: nobody awaits it, so a bug would leave "loading" for ever.
            self.failure = "装载时出现内部错误，详见日志"
            log.exception("engine not loaded")

    def close(self) -> None:
        """Finish what has begun at the database."""
        if self._swap is not None:
            self._swap.stop()
        if self._workplace is not None:
            self._workplace.close()

    def _load(self) -> None:
        # Another process can only load what the settings describe.
        apart = self._engine is None and self.settings.mass_process
        if self._engine is None:
            self._accept(load_remembering(self.settings))
        assert self._engine is not None  # accepted above
        self._swap = ModelSwap(self.settings, load_remembering, lambda: self.engine, self.replace)
        self._swap.start()
        try:
            workplace = make_workplace(self.settings, self._engine, apart=apart)
        except StoreUnavailable as error:
            self.store_failure = str(error)
            self.metrics.degraded.labels("store").set(1)
            log.error("degraded: store: %s", error)
            return
        workplace.open()
        self._workplace = workplace

    def replace(self, engine: Engine) -> None:
        """Let another engine answer from now on; what has begun ends with the old one."""
        for part in self.engine.problems:
            self.metrics.degraded.labels(part).set(0)
        engine = dataclasses.replace(engine, lately=self.engine.lately)  # what people did stays
        self._accept(engine)
        if self._workplace is not None:
            self._workplace.suggester.engine = engine

    def _accept(self, engine: Engine) -> None:
        self._engine = engine
        for part, reason in engine.problems.items():
            self.metrics.degraded.labels(part).set(1)
            log.warning("degraded: %s: %s", part, reason)


def app_state(request: Request) -> AppState:
    """Return the state of the app that got the request."""
    state = request.app.state.jiesu
    assert isinstance(state, AppState)
    return state


def ready_engine(state: Annotated[AppState, Depends(app_state)]) -> Engine:
    """Return the engine, or answer 503."""
    return state.engine


State = Annotated[AppState, Depends(app_state)]
ReadyEngine = Annotated[Engine, Depends(ready_engine)]


def open_workplace(state: Annotated[AppState, Depends(app_state)]) -> Workplace:
    """Return what needs the database, or answer 503."""
    return state.workplace


OpenWorkplace = Annotated[Workplace, Depends(open_workplace)]
