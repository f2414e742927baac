"""Tiles of maps, and the list of frames by which viewers of RainViewer's API play them.

Maps lie on the pyramid of web maps, so that a tile is a part of a map's picture, pixel for pixel at
its zoom. The colours are those of the picture, whatever scheme a viewer asks for.
"""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from PIL import Image

from radar_assets.errors import InputMissing
from radar_assets.maps.grid import CRS, pixel_size, window_at
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.indexing.frames import Frame
from radar_assets.web.map import queries
from radar_assets.web.map.reading import Name

_PAST = timedelta(hours=2)
_TILE = 256
_MOST = 6
"""zooms from that of a map at which there are tiles"""


def tile_routes(workspace: Workspace) -> APIRouter:
    """Routes of tiles and of the list of frames."""
    router = APIRouter()

    @router.get("/public/weather-maps.json")
    def maps(request: Request, owner: Name | None = None, product: Name = "COLMAX") -> Any:  # noqa: ANN401
        """Frames of a composite, as viewers of RainViewer's API read them."""
        return weather_maps(workspace, owner, product, str(request.base_url))

    @router.get("/v2/radar/{owner}/{product}/{time}/{size}/{z}/{x}/{y}/{colour}/{options}.png")
    def tile_of(
        *,
        owner: str,
        product: str,
        time: Annotated[int, InPath(ge=0, le=1 << 32)],
        size: Literal["256", "512"],
        z: Annotated[int, InPath(ge=0, le=20)],
        x: Annotated[int, InPath(ge=0, le=1 << 20)],
        y: Annotated[int, InPath(ge=0, le=1 << 20)],
    ) -> Response:
        """A tile of a frame, in the colours of the map."""
        path = picture_at(workspace, owner, product, time)
        content, headers = tile(path, int(size), (z, x, y)), {"Cache-Control": "max-age=60"}
        return Response(content, media_type="image/png", headers=headers)

    return router


def weather_maps(
    workspace: Workspace, owner: str | None, product: str, host: str
) -> dict[str, Any]:
    """The frames of the last two hours that there are; of the first composite unless one is named.

    Raises `InputMissing` where there is no such map.
    """
    network = workspace.network
    name = owner or next(iter((*network.composites, *network.radars)), "")
    end = datetime.fromisoformat(queries.newest(workspace, name, product)["time"])
    found = queries.frames(workspace, name, product, end - _PAST, end)
    past = [
        {"time": _seconds(frame), "path": f"/v2/radar/{name}/{product}/{_seconds(frame)}"}
        for frame in found
        if frame["png"]
    ]
    return {
        "version": "2.0",
        "generated": int(workspace.now().timestamp()),
        "host": host.rstrip("/"),
        "radar": {"past": past, "nowcast": []},
        "satellite": {"infrared": []},
    }


def picture_at(workspace: Workspace, owner: str, product: str, time: int) -> Path:
    """The picture of a map by its time in seconds since 1970; `InputMissing` where none is."""
    moment = datetime.fromtimestamp(time, UTC)
    found = queries.frames(workspace, owner, product, moment, moment)
    path = workspace.store.get(PurePosixPath(found[-1]["png"] or "")) if found else None
    if path is None or not path.is_file():
        raise InputMissing(f"the index has no picture of {product} of {owner} at {moment:%FT%TZ}")
    return path


def tile(path: Path, size: int, at: tuple[int, int, int]) -> bytes:
    """A part of a picture as a PNG of `size` pixels a side; `at` are its zoom, column and row.

    Raises `InputMissing` for a picture of a map in degrees, and where `_box` does.
    """
    image = _picture(path, path.stat().st_mtime_ns)
    if image.info["crs"] != CRS:
        raise InputMissing(f"{path.name} is in {image.info['crs']}, tiles are in {CRS}")
    stream = io.BytesIO()
    part = image.crop(_box(image, *at)).resize((size, size), Image.Resampling.NEAREST)
    part.save(stream, "PNG", transparency=image.info["transparency"])
    return stream.getvalue()


def _box(image: Image.Image, zoom: int, column: int, row: int) -> tuple[int, int, int, int]:
    """Pixels of a picture that a tile shows: left, upper, right, lower; some may lie outside.

    Raises `InputMissing` for a tile so large or small that it shows next to nothing.
    """
    own, edges = int(image.info["zoom"]), json.loads(image.info["bounds"])
    if not -_MOST <= zoom - own <= _MOST:
        raise InputMissing(f"a picture of zoom {own} has no tiles of zoom {zoom}")
    grid = window_at(edges[0], edges[3], pixel_size(own), (image.height, image.width), CRS)
    side = _TILE << (own - zoom) if zoom <= own else _TILE >> (zoom - own)
    left, upper = column * side - grid.column, row * side - grid.row
    return left, upper, left + side, upper + side


@lru_cache(4)
def _picture(path: Path, _modified: int) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        return image


def _seconds(frame: Frame) -> int:
    return int(datetime.fromisoformat(frame["time"]).timestamp())
