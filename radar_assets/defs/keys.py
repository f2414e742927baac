"""Keys of a radar's assets, and which of them is made of which."""

from __future__ import annotations

import dagster as dg

UPSTREAM = {"volumes": "bufr_files", "png": "volumes", "geotiff": "volumes"}


def asset_key(radar: str, stage: str) -> dg.AssetKey:
    """Key of the asset of a stage."""
    return dg.AssetKey([radar, str(stage)])
