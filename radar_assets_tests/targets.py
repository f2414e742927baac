"""A volume of single bright gates, and where on a map they must show."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from pyproj import Geod, Transformer

from radar_assets.radar.volume import Site, Volume
from radar_assets_tests.volumes import make_volume

SITES = {
    "RMA3": Site(-24.73028, -60.55139, 197),
    "RMA11": Site(-27.5026, -64.90575, 313),
    "RMA9": Site(-53.78399, -67.74426, 53),
}
each_site = pytest.mark.parametrize("site", SITES.values(), ids=SITES)

ZOOM = 9
"""of maps; finer than a gate, so that each gate shows"""
AZIMUTHS = (0.5, 67.5, 180.5, 291.5)
"""degrees; not symmetric, so that a mirrored or turned map shows"""
DISTANCE = 200_000.0
BRIGHT = 60.0


def target_volume(site: Site) -> Volume:
    """Undetect but for the gates 200 km away at `AZIMUTHS`."""
    return make_volume({"DBZH": _targets}, site=site, first_rays=161)


def pixel_of(
    site: Site,
    azimuth: float,
    distance: float,
    bounds: tuple[float, ...],
    shape: tuple[int, int],
    *,
    crs: str = "EPSG:3857",
) -> tuple[float, float]:
    """Row and column, 0 at the centre of the upper left pixel, of a place seen from the site."""
    longitude, latitude, _ = Geod(ellps="WGS84").fwd(
        site.longitude, site.latitude, azimuth, distance
    )
    x, y = Transformer.from_crs(4326, crs, always_xy=True).transform(longitude, latitude)
    west, south, east, north = bounds
    height, width = shape
    row = (north - y) / (north - south) * height - 0.5
    column = (x - west) / (east - west) * width - 0.5
    return row, column


def middle(places: NDArray[np.intp]) -> float:
    return (int(places.min()) + int(places.max())) / 2


def assert_targets_in_place(
    bright: NDArray[np.bool_], site: Site, bounds: tuple[float, ...], crs: str = "EPSG:3857"
) -> None:
    """Check that pixels shine where the geodesic sees the targets, and nowhere else."""
    rows, columns = np.nonzero(bright)
    left = np.ones(rows.shape, dtype=bool)
    for azimuth in AZIMUTHS:
        row, column = pixel_of(site, azimuth, DISTANCE, bounds, bright.shape, crs=crs)
        near = np.hypot(rows - row, columns - column) < 14
        assert abs(middle(rows[near]) - row) < 1, azimuth
        assert abs(middle(columns[near]) - column) < 1, azimuth
        left &= ~near
    assert not left.any()


def _targets(
    _: int, azimuth: NDArray[np.float64], distance: NDArray[np.float64]
) -> NDArray[np.float64]:
    # 4/3 earth, written out: distance along the ground below the gate
    radius, angle = 8_494_666.7, np.radians(0.53)
    ground = radius * np.arctan2(distance * np.cos(angle), radius + distance * np.sin(angle))
    nearest = np.abs(ground - DISTANCE) == np.abs(ground - DISTANCE).min()
    return np.where(np.isin(azimuth, AZIMUTHS) & nearest, BRIGHT, -np.inf)
