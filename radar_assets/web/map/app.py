"""The HTTP application of the map."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.exceptions import HTTPException as AnyHTTPException

from radar_assets.errors import InputMissing, RadarAssetsError
from radar_assets.radar.release import release
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.indexing.days import LATEST
from radar_assets.stages.indexing.frames import Frame
from radar_assets.web.map import queries
from radar_assets.web.map.events import changes
from radar_assets.web.map.files import OPEN, serve_file
from radar_assets.web.map.page_files import media_type, page_files

_LONGEST = timedelta(days=2)
"""time that one query of frames may span"""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; worker-src blob:; child-src blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Access-Control-Allow-Origin": "*",
}


def map_app(workspace: Workspace) -> FastAPI:
    """Make the application that shows the maps of a workspace; it reads, and writes nothing."""
    app = FastAPI(
        title="radar_assets map",
        version=release(),
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.middleware("http")(_with_headers)
    app.add_exception_handler(RadarAssetsError, _platform_problem)
    app.add_exception_handler(AnyHTTPException, _http_problem)
    app.add_exception_handler(RequestValidationError, _invalid_problem)
    _add_api(app, workspace)
    _add_files(app, workspace)
    return app


def _add_api(app: FastAPI, workspace: Workspace) -> None:
    @app.get("/api/radars")
    def radars() -> dict[str, Any]:
        """Radars and composites with maps, and the newest map of each product."""
        return queries.owners(workspace)

    @app.get("/api/frames")
    def frames(
        owner: str, product: str, first: datetime | None = None, last: datetime | None = None
    ) -> list[Frame]:
        """Maps of a product from `first` to `last`; those of the last three hours by default."""
        end = _utc(last or workspace.now())
        begin = _utc(first) if first else end - timedelta(hours=3)
        if not timedelta(0) <= end - begin <= _LONGEST:
            raise HTTPException(400, f"first and last are to span 0 to {_LONGEST.days} days")
        return queries.frames(workspace, owner, product, begin, end)

    @app.get("/api/value")
    def value(
        owner: str,
        product: str,
        lon: Annotated[float, Query(ge=-180, le=180)],
        lat: Annotated[float, Query(ge=-85, le=85)],
        time: datetime | None = None,
    ) -> queries.Value:
        """Value of a map at a place; of the newest map without a time."""
        if time is None:
            found = queries.newest(workspace, owner, product)
        else:
            at = _utc(time)
            known = queries.frames(workspace, owner, product, at, at)
            if not known:
                raise InputMissing(f"the index has no map {product!r} of {owner!r} at {at:%FT%TZ}")
            found = known[-1]
        return queries.value(workspace, owner, found, (lon, lat))

    @app.get("/api/events")
    async def events() -> StreamingResponse:
        """Server-sent events: `latest` whenever there is a new map."""
        stream = changes(workspace.path(LATEST))
        return StreamingResponse(stream, media_type="text/event-stream")


def _add_files(app: FastAPI, workspace: Workspace) -> None:
    @app.api_route("/latest/{owner}/{name}", methods=["GET", "HEAD"], include_in_schema=False)
    def latest(request: Request, owner: str, name: str) -> Response:
        product, _, suffix = name.rpartition(".")
        found = queries.newest(workspace, owner, product)
        if suffix == "json":
            return JSONResponse(found, headers={"Cache-Control": "no-cache"})
        if suffix not in ("png", "tif") or not found[suffix]:
            raise HTTPException(404, f"{product} of {owner} has no {suffix!r}")
        return serve_file(request, workspace.root, found[suffix])

    @app.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    def file(request: Request, path: str) -> Response:
        name = path or "index.html"
        if name in page_files():
            content = page_files()[name]
            return Response(content, media_type=media_type(name))
        folder, _, rest = path.partition("/")
        if folder not in OPEN:
            folder, rest = "products", path  # as links in records have it
        return serve_file(request, workspace.root / folder, rest)


async def _with_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    answer = await call_next(request)
    answer.headers.update(_HEADERS)
    return answer


async def _platform_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, RadarAssetsError)
    status = 404 if isinstance(error, InputMissing) else 500
    return _problem(status, str(error), code=error.code, remedy=error.remedy)


async def _http_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, AnyHTTPException)
    return _problem(error.status_code, str(error.detail))


async def _invalid_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
    return _problem(400, "; ".join(faults))


def _problem(status: int, detail: str, **more: str) -> Response:
    """A problem as RFC 9457 has it."""
    content = {"status": status, "detail": detail, **more}
    return JSONResponse(content, status, media_type="application/problem+json")


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
