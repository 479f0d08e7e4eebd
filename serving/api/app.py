"""The HTTP application: `create_app` puts together what the other modules of this folder are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI

from jiesu.serving.api import (
    admin,
    alerts,
    classify,
    figures,
    health,
    model,
    outlook,
    regions,
    route,
    taxonomy,
    ticket_acts,
    tickets,
    units,
)
from jiesu.serving.api.docs import install_docs
from jiesu.serving.api.metrics import Metrics
from jiesu.serving.api.middleware import RequestRecord
from jiesu.serving.api.openapi import describe_app
from jiesu.serving.api.problem import install_handlers
from jiesu.serving.api.signals import on_signals
from jiesu.serving.api.state import AppState
from jiesu.serving.api.store_problems import install_store_handlers
from jiesu.serving.console.app import install_console
from jiesu.serving.doors.app import install_doors
from jiesu.serving.engine import Engine
from jiesu.serving.log import configure_logging
from jiesu.serving.settings import Settings, load_settings


class JiesuApp(FastAPI):
    """FastAPI with our description."""

    def openapi(self) -> dict[str, Any]:  # Any: as in the class above
        """Return the OpenAPI 3.1 description, made once."""
        if not self.openapi_schema:
            settings = self.state.jiesu.settings
            self.openapi_schema = describe_app(self, version("jiesu"), settings)
        return self.openapi_schema


def create_app(settings: Settings, engine: Engine | None = None) -> FastAPI:
    """Build the application.

    Args:
        settings: limits, keys and where city and model lie.
        engine: an engine that is loaded already; None loads it when the server starts, while
            requests are answered with 503.
    """
    metrics = Metrics()
    app = JiesuApp(
        title="接诉 jiesu", lifespan=_lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    app.state.jiesu = AppState(settings, metrics, engine)
    install_handlers(app)
    install_store_handlers(app)
    for resource in (
        classify,
        route,
        tickets,
        ticket_acts,
        alerts,
        figures,
        outlook,
        taxonomy,
        units,
        regions,
        health,
        model,
    ):
        app.include_router(resource.router)
    for router in (admin.users, admin.keys, admin.audit):
        app.include_router(router)
    install_docs(app)
    install_console(app)
    install_doors(app)
    app.add_middleware(RequestRecord, metrics=metrics)  # added last, so outermost
    return app


def worker_app() -> FastAPI:
    """Build the application of one worker process from the environment."""
    settings = load_settings()
    configure_logging(settings.log_level)
    return create_app(settings)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state = app.state.jiesu
    assert isinstance(state, AppState)
    loading = asyncio.create_task(state.load())
    with on_signals(state.stopping.set, state.reload_soon):
        yield
    state.stopping.set()
    await loading  # a thread cannot be cancelled
    await asyncio.to_thread(state.close)
