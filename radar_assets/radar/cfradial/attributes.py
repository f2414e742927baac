"""What NetCDF files of every version of CF/Radial say of a volume as a whole."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from radar_assets.radar.release import release
from radar_assets.radar.volume import Volume


def described(volume: Volume) -> dict[str, Any]:
    """Global attributes: origin, scan, history and provenance of a volume."""
    return {
        "title": f"Radar volume {volume.id}",
        "institution": "SINARAME",
        "source": f"SINARAME level-2 BUFR files of radar {volume.id.radar}",
        "history": _history(volume),
        "instrument_name": volume.id.radar,
        "site_name": volume.id.radar,
        "scan_name": f"{volume.id.strategy}_{volume.id.volume}",
        "scan_id": np.int32(volume.id.strategy),
        "platform_is_mobile": "false",
        "ray_times_increase": "true" if np.all(np.diff(volume.ray_seconds()) > 0) else "false",
        "volume_id": str(volume.id),
        "unscanned_sweeps": json.dumps(volume.unscanned),
        "provenance": json.dumps(
            {"radar_assets": release(), "sha256": dict(sorted(volume.sources.items()))}
        ),
    }


def _history(volume: Volume) -> str:
    steps = [f"decoded and put on one range grid by radar_assets {release()}"]
    if any(sweep.is_estimated for sweep in volume.sweeps):
        steps.append("sweep times estimated where sweep_times_estimated is 1")
    steps += [f"{name} registered: {how}" for name, how in sorted(volume.registration.items())]
    return "; ".join(steps)
