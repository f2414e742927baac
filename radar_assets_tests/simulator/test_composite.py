"""Composites against the storms that their radars saw: nearer to the truth than any of them."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from radar_assets.maps.beams import beam_quality
from radar_assets.maps.composing import Composed, Part, compose
from radar_assets.maps.grid import MapGrid, covering
from radar_assets.maps.gridding import map_raster
from radar_assets.maps.raster import Raster
from radar_assets.products import product
from radar_assets.radar.assembly import assemble
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.simulator.flaws import flaws_of
from radar_assets.simulator.scan import REFLECTIVITY_SCAN, Site, scan_volume
from radar_assets.simulator.storms import Weather
from radar_assets.simulator.truth import column_maximum, reflectivity
from radar_assets_tests.simulator.sites import CORDOBA, NOON

WEATHER = Weather(2)
RADARS = (CORDOBA, Site("RMA2", -31.9, -62.0, 120), Site("RMA3", -33.0, -64.2, 250))
"""within 220 km of each other, each with its own calibration, noise and blocked sector"""
RANGE = 240_000.0


@cache
def raster(site: Site, name: str) -> Raster:
    """A map of what a radar sees with its flaws."""
    scan = REFLECTIVITY_SCAN.coarser(2)
    fields = scan_volume(site, scan, NOON, WEATHER, flaws=flaws_of(site.radar))
    identity = VolumeId(site.radar, "0315", "01", NOON)
    volume = assemble({BufrName(identity, name): field for name, field in fields.items()})
    return map_raster(product(name).layer(volume), zoom=6)


def composed(name: str, rule: Composed) -> tuple[np.ndarray, MapGrid]:
    maps = [raster(site, name) for site in RADARS]
    grid = covering(item.grid for item in maps)
    parts = (
        Part(item, beam_quality(item.about.sites[item.about.name], item.grid, 0.5, 0, RANGE), n)
        for n, item in enumerate(maps, start=1)
    )
    return compose(parts, grid, rule).values, grid


def error(values: np.ndarray, truth: np.ndarray, where: np.ndarray) -> float:
    """Mean absolute error in dB of what exceeds 5 dBZ, where there is echo in truth or map."""
    shown, real = (np.fmax(each, 5) for each in (values, truth))
    echo = where & ((shown > 5) | (real > 5))
    return float(np.abs(shown - real)[echo].mean())


@pytest.mark.parametrize(("name", "rule"), [("COLMAX", Composed.MAXIMUM), ("DBZH", Composed.BEST)])
def test_a_composite_is_nearer_to_the_truth_than_any_of_its_radars(
    name: str, rule: Composed
) -> None:
    values, grid = composed(name, rule)
    middle = NOON + timedelta(minutes=1)
    truth = (
        column_maximum(WEATHER, grid, middle)
        if rule is Composed.MAXIMUM
        else reflectivity(WEATHER, grid, middle, 1500.0)
    )
    covered = ~np.isnan(values)
    for site in RADARS:
        own = raster(site, name)
        alone = np.full(grid.shape, np.nan, np.float32)
        alone[grid.window(own.grid)] = own.values
        assert error(values, truth, covered) < error(alone, truth, covered)
        if rule is Composed.BEST:
            own_range = ~np.isnan(alone)
            assert error(values, truth, own_range) < error(alone, truth, own_range)
