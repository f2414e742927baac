"""The HTTP application of the map."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from radar_assets.radar.release import release
from radar_assets.settings import Environment
from radar_assets.stages.base.workspace import Workspace
from radar_assets.web.map import queries
from radar_assets.web.map.access import Access
from radar_assets.web.map.dagster_api import DagsterApi
from radar_assets.web.map.files import OPEN, serve_file
from radar_assets.web.map.launching import launching_routes
from radar_assets.web.map.middleware import Limits
from radar_assets.web.map.operators import Operators
from radar_assets.web.map.page_files import media_type, page_files
from radar_assets.web.map.problems import add_problems, problem
from radar_assets.web.map.processing import Processing
from radar_assets.web.map.reading import reading_routes
from radar_assets.web.map.tiles import tile_routes


@dataclass(frozen=True)
class MapOptions:
    """How the map is served."""

    origins: tuple[str, ...] = ("*",)
    """origins of pages that may read; * for all"""
    needs_login: bool = False
    """whether reading needs a token"""
    operators_file: Path | None = None
    operator_token: str | None = None
    dagster_url: str = Environment.dagster_url

    @classmethod
    def of(
        cls, environment: Environment, origins: tuple[str, ...] = ("*",), *, needs_login: bool
    ) -> MapOptions:
        """The options that the process environment and the command line name."""
        return cls(
            origins,
            needs_login,
            environment.operators_file,
            environment.operator_token,
            environment.dagster_url,
        )


def map_app(workspace: Workspace, options: MapOptions | None = None) -> FastAPI:
    """Make the application that shows the maps of a workspace; it writes nothing there."""
    options = options or MapOptions()
    app = FastAPI(
        title="radar_assets map",
        version=release(),
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    access = Access(Operators(options.operators_file, options.operator_token))
    processing = Processing(workspace, DagsterApi(options.dagster_url))
    if options.needs_login:
        app.middleware("http")(_login(access))
    app.add_middleware(Limits, origins=options.origins)
    add_problems(app)
    app.include_router(reading_routes(workspace))
    app.include_router(launching_routes(workspace, processing, access))
    app.include_router(tile_routes(workspace))
    _add_files(app, workspace)
    return app


def _login(
    access: Access,
) -> Callable[[Request, Callable[[Request], Awaitable[Response]]], Awaitable[Response]]:
    async def check(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        try:
            await access.of(request)
        except HTTPException as error:
            return problem(error.status_code, error.detail, error.headers)
        return await call_next(request)

    return check


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
            headers = {"Cache-Control": "no-cache"}
            return Response(page_files()[name], media_type=media_type(name), headers=headers)
        folder, _, rest = path.partition("/")
        if folder not in OPEN:
            folder, rest = "products", path  # as links in records have it
        return serve_file(request, workspace.root / folder, rest)
