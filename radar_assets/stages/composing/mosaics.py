"""Mosaics of a window's products, on the grid of their composite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from radar_assets.errors import InputMissing, ProductError
from radar_assets.maps import cog
from radar_assets.maps.beams import ageing, beam_quality
from radar_assets.maps.composing import Mosaic, Part, compose
from radar_assets.maps.grid import MapGrid, covering, map_grid
from radar_assets.maps.raster import Raster
from radar_assets.products import Product
from radar_assets.radar.volume import Site
from radar_assets.settings import Network
from radar_assets.stages.base.windows import Window
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.composing.inputs import MapFile, Sources


def sites_of(network: Network, composite: str) -> dict[str, Site]:
    """Positions of a composite's radars, by the network file."""
    radars = {name: network.radar(name) for name in network.radars_of(composite)}
    return {
        name: Site(radar.latitude, radar.longitude, radar.altitude or 0.0)
        for name, radar in radars.items()
    }


def grid_of(network: Network, composite: str) -> MapGrid:
    """Grid of a composite: it follows from the network file alone, whichever radars measured."""
    sites = tuple(sites_of(network, composite).values())
    max_range = network.composites[composite].max_range
    return _grid(sites, max_range, network.composite_zoom(composite), network.settings.crs)


def mosaic_of(workspace: Workspace, window: Window, product: Product, sources: Sources) -> Mosaic:
    """Compose a product of a window.

    Raises `InputMissing` for a recorded map that is not stored any more, and `ProductError` for one
    that is no window of the lattice, at the zoom of the composite or above.
    """
    assert product.composed is not None
    grid = grid_of(workspace.network, window.owner)
    return compose(_Reader(workspace, window, grid.zoom).parts(sources), grid, product.composed)


@cache
def _grid(sites: tuple[Site, ...], max_range: float, zoom: int, crs: str) -> MapGrid:
    return covering(map_grid(site, max_range, zoom, crs) for site in sites)


@dataclass(frozen=True)
class _Reader:
    """What reads the maps of a window at the zoom of its composite."""

    workspace: Workspace
    window: Window
    zoom: int

    def parts(self, sources: Sources) -> Iterator[Part]:
        """Maps of each radar: the newest as far as it reaches, those before it beyond."""
        network = self.workspace.network
        radars = network.radars_of(self.window.owner)
        limit = network.composites[self.window.owner].max_range
        for radar, files in sources.files.items():
            reached = 0.0
            for file in files:
                if reached < limit:
                    raster = self._read(file)
                    quality = self._quality(raster, file, reached, limit)
                    yield Part(raster, quality, radars.index(radar) + 1)
                    reached = max(reached, raster.about.reach or limit)

    def _read(self, file: MapFile) -> Raster:
        store = self.workspace.store
        if store.stat(file.key) is None:
            raise InputMissing(f"{file.key}: recorded, but not stored any more")
        return cog.read(store.get(file.key), self.zoom)

    def _quality(
        self, raster: Raster, file: MapFile, first: float, last: float
    ) -> NDArray[np.float32]:
        """Quality between two distances from the radar."""
        about = raster.about
        if about.site is None:
            raise ProductError(f"{file.key} is no map of a radar; make it again")
        elevation = min(about.elevations, default=0.0)
        quality = beam_quality(about.site, raster.grid, elevation, first, last)
        return quality * np.float32(ageing(self.window.end - file.time))
