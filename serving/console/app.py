"""Puts the console into the application."""

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from jiesu.serving.console import (
    act_pages,
    admin_pages,
    alert_pages,
    board_pages,
    bulk_pages,
    catalogue_pages,
    desk_pages,
    events,
    intake_pages,
    knowledge_pages,
)
from jiesu.serving.console.rendering import FOLDER

STATIC = FOLDER / "static"


def install_console(app: FastAPI) -> None:
    """Add the pages and their files."""
    for pages in (
        events,
        desk_pages,
        act_pages,
        bulk_pages,
        intake_pages,
        alert_pages,
        board_pages,
        catalogue_pages,
        knowledge_pages,
        admin_pages,
    ):
        app.include_router(pages.router)
    app.mount("/static/console", StaticFiles(directory=STATIC), name="console")
