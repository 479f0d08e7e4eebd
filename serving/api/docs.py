"""Interactive docs at /docs from vendored Swagger UI, and the two forms of the description.

Works without internet: page, script and style come from this package.
"""

from pathlib import Path

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from jiesu.serving.api.openapi30 import downgrade

STATIC = Path(__file__).parent / "static"
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs() -> Response:
    """Show the interactive docs."""
    return FileResponse(STATIC / "docs.html", headers={"Content-Security-Policy": _PAGE_POLICY})


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """Describe the API as OpenAPI 3.1."""
    return Response(orjson.dumps(_described(request)), media_type="application/json")


@router.get("/openapi-3.0.json")
async def openapi_30(request: Request) -> Response:
    """Describe the API as OpenAPI 3.0.3, for gateways that cannot read 3.1."""
    return Response(orjson.dumps(downgrade(_described(request))), media_type="application/json")


def install_docs(app: FastAPI) -> None:
    """Add the docs and their files to the app."""
    app.include_router(router)
    app.mount("/docs/assets", StaticFiles(directory=STATIC), name="docs-assets")


def _described(request: Request) -> dict[str, object]:
    app = request.app
    assert isinstance(app, FastAPI)
    return app.openapi()
