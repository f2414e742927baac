"""Routes that read: radars, frames, values, series, gates, sections, events."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, StreamingResponse

from radar_assets.errors import InputMissing, SettingsError
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.indexing.frames import Frame
from radar_assets.stages.indexing.reading import LATEST
from radar_assets.web.map import queries, volumes
from radar_assets.web.map.events import Changes

LONGEST = timedelta(days=2)
"""time that one query of frames or of a series may span"""

Name = Annotated[str, Query(max_length=100)]
Longitude = Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Query(ge=-85, le=85, allow_inf_nan=False)]


def reading_routes(workspace: Workspace) -> APIRouter:
    """Routes that answer from the index, the maps and the volumes of a workspace."""
    router, events = APIRouter(prefix="/api"), Changes(workspace.path(LATEST))
    _add_maps(router, workspace)
    _add_volumes(router, workspace)

    @router.get("/events")
    async def changes() -> StreamingResponse:
        """Server-sent events: `latest` whenever there is a new map."""
        if events.is_full:
            raise HTTPException(503, "too many pages listen", {"Retry-After": "60"})
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(events.stream(), media_type="text/event-stream", headers=headers)

    return router


def _add_maps(router: APIRouter, workspace: Workspace) -> None:
    @router.get("/radars", response_model=dict[str, Any])
    def radars(request: Request) -> Response:
        """Radars and composites with maps, and the newest map of each product."""
        return _tagged(request, queries.owners(workspace))

    @router.get("/frames", response_model=list[Frame])
    def frames(
        request: Request,
        owner: Name,
        product: Name,
        first: datetime | None = None,
        last: datetime | None = None,
    ) -> Response:
        """Maps of a product from `first` to `last`; those of the last three hours by default."""
        found = queries.frames(workspace, owner, product, *_span(workspace, first, last))
        return _tagged(request, found)

    @router.get("/value")
    def value(
        owner: Name, product: Name, lon: Longitude, lat: Latitude, time: datetime | None = None
    ) -> queries.Value:
        """Value of a map at a place; of the newest map without a time."""
        if time is None:
            found = queries.newest(workspace, owner, product)
        else:
            at = utc(time)
            known = queries.frames(workspace, owner, product, at, at)
            if not known:
                raise InputMissing(f"the index has no map {product!r} of {owner!r} at {at:%FT%TZ}")
            found = known[-1]
        return queries.value(workspace, owner, found, (lon, lat))

    @router.get("/series")
    def series(
        *,
        owner: Name,
        product: Name,
        lon: Longitude,
        lat: Latitude,
        first: datetime | None = None,
        last: datetime | None = None,
    ) -> queries.Series:
        """Values of a product at a place, over a time as of `frames`."""
        found = queries.frames(workspace, owner, product, *_span(workspace, first, last))
        if not found:
            raise InputMissing(f"the index has no map {product!r} of {owner!r} in that time")
        return queries.series(workspace, owner, found, (lon, lat))


def _add_volumes(router: APIRouter, workspace: Workspace) -> None:
    @router.get("/gate")
    def gate(
        *,
        radar: Name,
        lon: Longitude,
        lat: Latitude,
        time: datetime | None = None,
        field: Name | None = None,
        sweep: Annotated[int, Query(ge=0, le=99)] = 0,
    ) -> volumes.Gate:
        """The gate of a sweep above a place, of the newest volume up to a time."""
        chosen = {"field": field, "sweep": sweep}
        return volumes.gate(workspace, radar, utc(time) if time else None, (lon, lat), **chosen)

    @router.get("/section")
    def section(
        *,
        radar: Name,
        lon: Longitude,
        lat: Latitude,
        to_lon: Longitude,
        to_lat: Latitude,
        time: datetime | None = None,
        field: Name | None = None,
    ) -> volumes.Section:
        """The vertical section between two places, of the newest volume up to a time."""
        line = ((lon, lat), (to_lon, to_lat))
        return volumes.section(workspace, radar, utc(time) if time else None, line, field)


def utc(time: datetime) -> datetime:
    """A time of a query; one without a zone is UTC."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _span(
    workspace: Workspace, first: datetime | None, last: datetime | None
) -> tuple[datetime, datetime]:
    end = utc(last or workspace.now())
    try:
        begin = utc(first) if first else end - timedelta(hours=3)
    except OverflowError:
        raise SettingsError("this is no time of a map") from None
    if not timedelta(0) <= end - begin <= LONGEST:
        raise SettingsError(f"first and last are to span 0 to {LONGEST.days} days")
    return begin, end


def _tagged(request: Request, content: object) -> Response:
    """An answer with an ETag, or 304 where the client has it."""
    answer = JSONResponse(jsonable_encoder(content), headers={"Cache-Control": "no-cache"})
    tag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"ETag": tag, "Cache-Control": "no-cache"})
    answer.headers["ETag"] = tag
    return answer
