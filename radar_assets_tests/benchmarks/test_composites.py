"""Composing products of 18 radars, from the files of their maps, as a run does it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from radar_assets.maps import cog
from radar_assets.maps.beams import beam_quality
from radar_assets.maps.composing import Composed, Part, compose
from radar_assets.maps.description import Description
from radar_assets.maps.grid import covering, map_grid
from radar_assets.maps.palettes import palette
from radar_assets.maps.raster import Raster
from radar_assets.maps.reduction import Reduction
from radar_assets.radar.volume import Site
from radar_assets.settings import load_network

RADARS, PRODUCTS, RANGE = 18, 5, 240_000.0


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[Site, Path]:
    """A map of each of the first radars of the packaged network, a tenth of it echo."""
    folder, rng = tmp_path_factory.mktemp("maps"), np.random.default_rng(0)
    found = {}
    for name, radar in list(load_network().radars.items())[:RADARS]:
        site = Site(radar.latitude, radar.longitude, radar.altitude or 0.0)
        grid = map_grid(site, RANGE)
        values = np.where(rng.random(grid.shape) < 0.1, rng.uniform(0, 60, grid.shape), -np.inf)
        about = Description(
            name=name,
            time=datetime(2025, 11, 18, tzinfo=UTC),
            product="COLMAX",
            title="Column maximum",
            units="dBZ",
            field="DBZH",
            filtered=True,
            sites={name: site},
            sources={},
            reduction=Reduction.MAXIMUM,
        )
        path = folder / f"{name}.tif"
        path.write_bytes(
            cog.encode(Raster(values.astype(np.float32), grid, palette("colmax"), about))
        )
        found[site] = path
    return found


@pytest.mark.benchmark(group="compose five products of 18 radars")
def test_composites(benchmark: BenchmarkFixture, files: dict[Site, Path]):
    grid = covering(map_grid(site, RANGE, 7) for site in files)

    def make():
        beam_quality.cache_clear()  # a run is a process of its own
        for _ in range(PRODUCTS):
            rasters = ((site, cog.read(path, 7)) for site, path in files.items())
            parts = (
                Part(raster, beam_quality(site, raster.grid, 0.5, 0.0, RANGE), number)
                for number, (site, raster) in enumerate(rasters, start=1)
            )
            compose(parts, grid, Composed.BEST)

    busy = time.process_time()
    benchmark.pedantic(make, rounds=1)
    benchmark.extra_info |= {"value": time.process_time() - busy, "unit": "s of a processor"}
