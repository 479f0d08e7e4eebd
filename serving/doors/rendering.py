"""Makes the pages of the doors from their templates."""

from collections.abc import Mapping
from pathlib import Path

from fastapi import Request, Response
from fastapi.templating import Jinja2Templates

from jiesu.serving.api.problem import ProblemError, request_id
from jiesu.serving.doors.access import page_context

FOLDER = Path(__file__).parent
_templates = Jinja2Templates(FOLDER / "templates", context_processors=[page_context])


def page(
    request: Request,
    name: str,
    values: Mapping[str, object],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a page of the doors."""
    return _templates.TemplateResponse(request, name, dict(values), status, headers)


def refusal_page(request: Request, problem: ProblemError) -> Response:
    """Return a problem as a page for a person."""
    values = {"problem": problem, "request_id": request_id(request)}
    return page(request, "refusal.html", values, problem.kind.status, problem.headers)
