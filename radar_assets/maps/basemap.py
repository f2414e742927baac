"""Lines of the map: coast, borders, provinces and lakes of southern South America.

The files in `basemap_files` are compressed GeoJSON; its README.txt says where they come from.
"""

from __future__ import annotations

import gzip
import json
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

Polyline = NDArray[np.float64]
"""longitudes and latitudes in degrees, shape (points, 2)"""


class Theme(StrEnum):
    """What the lines of a file show."""

    LAKES = "lakes"
    PROVINCES = "provinces"
    COAST = "coast"
    BORDERS = "borders"


@cache
def polylines(theme: Theme) -> tuple[Polyline, ...]:
    """Lines of a theme; lakes are closed lines."""
    packed = (files(__package__) / "basemap_files" / f"{theme}.geojson.gz").read_bytes()
    features = json.loads(gzip.decompress(packed))["features"]
    return tuple(
        np.array(line, dtype=np.float64)
        for feature in features
        for line in _lines(feature["geometry"]["coordinates"])
    )


def _lines(coordinates: list[Any]) -> list[list[list[float]]]:
    """Lists of points within a geometry's coordinates, however deep they are nested."""
    if isinstance(coordinates[0][0], float | int):
        return [coordinates]
    return [line for part in coordinates for line in _lines(part)]
