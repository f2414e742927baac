"""What the index says of one map: where its files are, when and where it is, how it is coloured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import rasterio
from PIL import Image

from radar_assets.maps.grid import window_at
from radar_assets.maps.palettes import palette
from radar_assets.stages.base.store import Store

Frame = dict[str, Any]
"""entry of the index: time, product, title, units, sweep, elevation, bounds_wgs84, palette, vmin,
vmax, `version`, which is another one when the map is made again, and `png` and `tif`, the paths of
its files, None where there is none; of a composite also
`old` and `missing`, radars that it shows as they were or not at all, and of SOURCE its `classes`"""

_FORMATS = ("png", "tif")
_TEXTS = ("time", "product", "title", "units", "palette")


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
        **_of_composite(json.loads(tags["parameters"])),
        **files,
        "version": _version(store, files["png"] or files["tif"]),
    }


def _of_composite(parameters: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the parameters of a map of a composite say of its radars."""
    named = {name: list(parameters[name]) for name in ("old", "missing") if parameters.get(name)}
    classes = str(parameters.get("classes", "")).split()
    return named | ({"classes": classes} if classes else {})


def is_frame(value: object) -> bool:
    """Whether something that was read can be an entry of the index."""
    if not isinstance(value, dict) or not all(isinstance(value.get(key), str) for key in _TEXTS):
        return False
    paths = [value.get(suffix) for suffix in _FORMATS]
    return any(paths) and all(path is None or isinstance(path, str) for path in paths)


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
        mode="json", include={"title", "units", "vmin", "vmax", "interpolate", "below"}
    ) | {
        "stops": [list(stop) for stop in chosen.stops],
        "ticks": list(chosen.legend),
        "labels": frame.get("classes") or list(chosen.labels),
    }


def _files(store: Store, path: str | None) -> dict[str, str | None]:
    key = PurePosixPath(str(path))
    found = {suffix: key.with_suffix(f".{suffix}") for suffix in _FORMATS}
    return {
        suffix: str(key) if store.stat(key) is not None else None for suffix, key in found.items()
    }


def _version(store: Store, path: str | None) -> str:
    """What differs between two maps of one name: time and size of the file."""
    found = store.stat(PurePosixPath(str(path)))
    return f"{found.modified_at.timestamp() * 1000:.0f}-{found.size}" if found else ""


def _png_tags(store: Store, path: str | None) -> dict[str, str]:
    with Image.open(store.get(PurePosixPath(str(path)))) as image:
        return {str(name): str(text) for name, text in image.info.items()}


def _tif_tags(store: Store, path: str | None) -> dict[str, str]:
    with rasterio.open(store.get(PurePosixPath(str(path))), driver="GTiff") as dataset:
        tags, at = dataset.tags(), dataset.transform
        grid = window_at(at.c, at.f, at.a, dataset.shape, dataset.crs.to_string())
    edges = {"vmin": tags["radarlib_vmin"], "vmax": tags["radarlib_vmax"]}
    return {**tags, **edges, "bounds_wgs84": json.dumps(grid.bounds_wgs84)}
