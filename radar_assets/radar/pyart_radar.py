"""A volume as a Py-ART `Radar`. Importing this module imports Py-ART."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyart.config import get_metadata
from pyart.core import Radar

from radar_assets.radar.fields import FIELDS
from radar_assets.radar.volume import Volume


def to_pyart(volume: Volume) -> Radar:
    """Return a `Radar` with the volume's fields masked where there is no value.

    Field names are the radar's own (DBZH, VRAD, ...); undetect and nodata are both masked.
    """
    stops = np.cumsum([sweep.rays for sweep in volume.sweeps], dtype=np.int32)
    starts = np.concatenate([[0], stops[:-1]]).astype(np.int32)
    return Radar(
        time=_described(
            "time", volume.ray_seconds(), units=f"seconds since {volume.start:%Y-%m-%dT%H:%M:%SZ}"
        ),
        _range=_described(
            "range",
            volume.ranges().astype(np.float32),
            meters_to_center_of_first_gate=volume.ranges()[0],
            meters_between_gates=volume.gate_size,
        ),
        fields={name: _field(volume, name) for name in volume.fields},
        metadata={"instrument_name": volume.id.radar, "source": ", ".join(sorted(volume.sources))},
        scan_type="ppi",
        latitude=_described("latitude", np.array([volume.site.latitude])),
        longitude=_described("longitude", np.array([volume.site.longitude])),
        altitude=_described("altitude", np.array([volume.site.altitude])),
        sweep_number=_described("sweep_number", np.arange(len(volume.sweeps), dtype=np.int32)),
        sweep_mode=_described("sweep_mode", np.array([sweep.mode for sweep in volume.sweeps])),
        fixed_angle=_described(
            "fixed_angle", np.array([s.elevation for s in volume.sweeps], np.float32)
        ),
        sweep_start_ray_index=_described("sweep_start_ray_index", starts),
        sweep_end_ray_index=_described("sweep_end_ray_index", stops - 1),
        azimuth=_described("azimuth", volume.azimuths().astype(np.float32)),
        elevation=_described("elevation", volume.elevations().astype(np.float32)),
        instrument_parameters=_instrument(volume),
    )


def _described(name: str, data: Any, **attributes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {**get_metadata(name), **attributes, "data": data}


def _field(volume: Volume, name: str) -> dict[str, Any]:
    info = FIELDS.get(name)
    known = {"long_name": info.long_name, "units": info.units} if info else {"long_name": name}
    return {**known, "coordinates": "elevation azimuth range", "data": _masked(volume, name)}


def _masked(volume: Volume, name: str) -> Any:  # noqa: ANN401
    return np.ma.masked_invalid(volume.fields[name])


def _instrument(volume: Volume) -> dict[str, Any]:
    """What is known of the instrument; Py-ART's retrievals want a table, if an empty one."""
    known = {}
    if volume.frequency is not None:
        frequency = np.array([volume.frequency], np.float32)
        known["frequency"] = _described("frequency", frequency)
    if volume.nyquist_velocity:
        rays = [sweep.rays for sweep in volume.sweeps]
        velocity = np.repeat(np.array(volume.nyquist_velocity, np.float32), rays)
        known["nyquist_velocity"] = _described("nyquist_velocity", velocity)
    return known
