"""Files of products in the store: maps, and their thumbnails and quicklooks."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from radar_assets.maps.raster import Raster
from radar_assets.maps.render import encoded
from radar_assets.maps.sidecars import beside
from radar_assets.radar.names import VolumeId
from radar_assets.stages.base.workspace import Workspace


def product_key(
    workspace: Workspace, identity: VolumeId, product: str, sweep: int, suffix: str
) -> PurePosixPath:
    """Key of the map of a product."""
    template = workspace.network.settings.product_names
    return identity.product_path(product, sweep, suffix, template)


def thumbnail_key(key: PurePosixPath) -> PurePosixPath:
    """Key of the thumbnail of a map."""
    return "thumbnails" / key.relative_to("products")


def quicklook_key(key: PurePosixPath) -> PurePosixPath:
    """Key of the quicklook of a map."""
    return "quicklooks" / key.relative_to("products")


def put_map(workspace: Workspace, raster: Raster, key: PurePosixPath) -> int:
    """Store a map and the files beside it; return the size of the map in bytes."""
    contents = encoded(raster, key)
    for item, data in contents.items():
        workspace.store.put(item, data)
    return len(contents[key])


def recorded_parameters(raster: Raster) -> str:
    """What a row says of a map: its parameters, and its edges in its coordinate system, as JSON."""
    grid = raster.grid
    bounds = [float(f"{edge:.8g}") for edge in grid.bounds]
    return json.dumps({**raster.about.parameters, "bounds": bounds, "crs": grid.crs})


def discard(workspace: Workspace, key: PurePosixPath) -> None:
    """Remove a map with its thumbnail, its quicklook and the files beside it.

    What is no map is not touched.
    """
    for item in (key, thumbnail_key(key), quicklook_key(key), *beside(key)):
        workspace.store.remove(item)


def discard_products(workspace: Workspace, identity: VolumeId) -> None:
    """Remove all maps of a volume's time, whatever their template."""
    pattern = identity.product_pattern
    for key in workspace.store.list(pattern.parent):
        if key.match(pattern.name):
            discard(workspace, key)
