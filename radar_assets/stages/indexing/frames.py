"""What the index says of one map: where its files are, when and where it is, how it is coloured."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import rasterio
from PIL import Image

from radar_assets.maps.grid import window_at
from radar_assets.maps.palettes import palette
from radar_assets.stages.base.store import Store

Frame = dict[str, Any]
"""entry of the index: time, product, title, units, sweep, elevation, bounds_wgs84, palette, vmin,
vmax, and `png` and `tif`, the paths of its files, None where there is none"""

_FORMATS = ("png", "tif")


def frame_of(store: Store, path: str) -> Frame:
    """Describe a map by the path of one of its files.

    Raises `OSError`, `KeyError` or `ValueError` for what is no map.
    """
    files = _files(store, path)
    tags = _png_tags(store, files["png"]) if files["png"] else _tif_tags(store, files["tif"])
    return {
        "time": tags["time"],
        "product": tags["product"],
        "title": tags["title"],
        "units": tags["units"],
        "sweep": int(tags["sweep"]),
        "elevation": tags.get("elevation"),
        "bounds_wgs84": [round(edge, 6) for edge in json.loads(tags["bounds_wgs84"])],
        "palette": tags["palette"],
        "vmin": float(tags["vmin"]),
        "vmax": float(tags["vmax"]),
        **files,
    }


def present(store: Store, frame: Frame) -> Frame | None:
    """The entry with the files that are still stored; None where none is."""
    files = _files(store, frame["png"] or frame["tif"])
    return {**frame, **files} if any(files.values()) else None


def legend(frame: Frame) -> dict[str, Any]:
    """Colours of a map: stops [value, colour], ticks and labels of classes."""
    chosen, vmax = palette(frame["palette"]), frame["vmax"]
    if chosen.vmax != vmax:
        is_around_zero = chosen.vmin == -chosen.vmax
        stops = tuple(stop for stop in chosen.stops if stop[0] <= vmax)
        narrowed = chosen.model_copy(update={"vmax": vmax, "stops": stops})
        chosen = chosen.spanning(vmax) if is_around_zero else narrowed
    return chosen.model_dump(
        mode="json", include={"title", "units", "vmin", "vmax", "interpolate", "labels"}
    ) | {
        "stops": [list(stop) for stop in chosen.stops],
        "ticks": list(chosen.legend),
    }


def _files(store: Store, path: str | None) -> dict[str, str | None]:
    key = PurePosixPath(str(path))
    found = {suffix: key.with_suffix(f".{suffix}") for suffix in _FORMATS}
    return {
        suffix: str(key) if store.stat(key) is not None else None for suffix, key in found.items()
    }


def _png_tags(store: Store, path: str | None) -> dict[str, str]:
    with Image.open(store.get(PurePosixPath(str(path)))) as image:
        return {str(name): str(text) for name, text in image.info.items()}


def _tif_tags(store: Store, path: str | None) -> dict[str, str]:
    with rasterio.open(store.get(PurePosixPath(str(path))), driver="GTiff") as dataset:
        tags, at = dataset.tags(), dataset.transform
        grid = window_at(at.c, at.f, at.a, dataset.shape, dataset.crs.to_string())
    edges = {"vmin": tags["radarlib_vmin"], "vmax": tags["radarlib_vmax"]}
    return {**tags, **edges, "bounds_wgs84": json.dumps(grid.bounds_wgs84)}
