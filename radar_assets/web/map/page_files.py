"""Files of the page: its own, MapLibre GL's from the installed package, and the base map."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from radar_assets.errors import PlatformError
from radar_assets.files import replacing
from radar_assets.maps.basemap import Theme, polylines

_MAPLIBRE = ("maplibre-gl.js", "maplibre-gl.css")
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
}


@cache
def page_files() -> dict[str, bytes]:
    """Contents of the page's files by their names; `PlatformError` without MapLibre GL."""
    own = {item.name: item.read_bytes() for item in (files(__package__) / "page").iterdir()}
    library = {name: (_maplibre() / name).read_bytes() for name in _MAPLIBRE}
    return {**own, **library, "basemap.json": _basemap()}


def media_type(name: str) -> str:
    """Media type of a file of the page."""
    return _TYPES[Path(name).suffix]


def export_page(folder: Path) -> None:
    """Write the page into a folder, for any web server; `index/` and `products/` go beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in page_files().items():
        with replacing(folder / name, folder) as path:
            path.write_bytes(content)


def _maplibre() -> Path:
    """Folder of the library; the package itself is not imported, for it loads much more."""
    spec = find_spec("maplibre")
    if spec is None or not spec.submodule_search_locations:
        raise PlatformError("the package maplibre is not installed; pip install radar_assets")
    return Path(spec.submodule_search_locations[0]) / "srcjs"


def _basemap() -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"theme": str(theme)},
            "geometry": {
                "type": "MultiLineString",
                "coordinates": [line.round(4).tolist() for line in polylines(theme)],
            },
        }
        for theme in Theme
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, separators=(",", ":")).encode()
