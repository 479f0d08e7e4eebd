"""What the resources share: the engine, settings and metrics, and the waiting for the engine."""

import asyncio
import logging
from functools import cached_property
from typing import Annotated

import anyio
from fastapi import Depends, Request

from jiesu.serving.api.metrics import Metrics
from jiesu.serving.api.problem import NOT_READY, ProblemError
from jiesu.serving.engine import Engine, load_engine
from jiesu.serving.log import LOGGER
from jiesu.serving.settings import Settings
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
    def limiter(self) -> anyio.CapacityLimiter:
        """Bounds the threads that score; made inside the event loop that uses it."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(_SCORING_THREADS)
        return self._limiter

    @cached_property
    def search(self) -> LabelSearch:
        """Search over the classes; made when first asked for."""
        return LabelSearch(self.engine.city.tree)

    async def load(self) -> None:
        """Load the engine in a thread, unless there is one; the loop goes on answering."""
        if self._engine is not None:
            return
        try:
            self._accept(await asyncio.to_thread(load_engine, self.settings))
        except JiesuError as error:
            self.failure = str(error)
            log.error("engine not loaded: %s", error)
        except Exception:
            # The border of this task: nobody awaits it, so a bug would leave "loading" for ever.
            self.failure = "装载时出现内部错误，详见日志"
            log.exception("engine not loaded")

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
