"""Puts the doors into the application: pages, files, the gatekeeper."""

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from jiesu.serving.api.state import AppState
from jiesu.serving.doors import pages
from jiesu.serving.doors.gatekeeper import Gatekeeper
from jiesu.serving.doors.rendering import FOLDER, refusal_page


def install_doors(app: FastAPI) -> None:
    """Let nobody past whom the doors do not know."""
    state = app.state.jiesu
    assert isinstance(state, AppState)
    app.state.refusal_page = refusal_page
    app.include_router(pages.router)
    app.mount("/static/doors", StaticFiles(directory=FOLDER / "static"), name="doors")
    app.add_middleware(Gatekeeper, state=state)
