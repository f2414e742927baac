"""Keys of the assets of radars and composites."""

from __future__ import annotations

import dagster as dg


def asset_key(owner: str, stage: str) -> dg.AssetKey:
    """Key of the asset of a stage of a radar or composite."""
    return dg.AssetKey([owner, stage])
