"""Reading a volume back, and checking whether it can be read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import netCDF4
import numpy as np
from numpy.typing import NDArray

from radar_assets.errors import BadName, CfRadialError
from radar_assets.radar.cfradial.layout import NODATA, UNDETECT
from radar_assets.radar.cfradial.netcdf import check_sizes, flags_of, open_netcdf
from radar_assets.radar.names import ISO, VolumeId
from radar_assets.radar.volume import Site, Sweep, Volume


def read(path: Path) -> Volume:
    """Read a volume that `write` made, equal to the one written.

    Raises:
        CfRadialError: the file cannot be read or is not such a volume.
    """
    try:
        with open_netcdf(path) as data:
            data.set_auto_mask(False)
            check_sizes(data, data.field_names.split(", "))
            return _volume(data)
    except (
        OSError,
        RuntimeError,
        KeyError,
        IndexError,
        AttributeError,
        TypeError,
        ValueError,
        OverflowError,
        RecursionError,
        BadName,
    ) as error:
        raise CfRadialError(
            f"{path.name} is no CF/Radial volume of this platform ({error}); make it again"
        ) from error


def check_netcdf(path: Path) -> None:
    """Raise `CfRadialError` unless a file opens and has every variable that `write` gives it."""
    try:
        with open_netcdf(path) as data:
            names = data.field_names.split(", ")
            missing = sorted({"time", "range", *names} - data.variables.keys())
            missing += [f"flags of {name}" for name in names if name not in flags_of(data)]
    except (OSError, RuntimeError, AttributeError, KeyError, ValueError) as error:
        raise CfRadialError(f"{path.name} cannot be opened ({error}); make it again") from error
    if missing:
        raise CfRadialError(f"{path.name} lacks {', '.join(missing)}; make it again")


def _volume(data: netCDF4.Dataset) -> Volume:
    azimuth = data["azimuth"]
    return Volume(
        id=VolumeId.parse(data.volume_id),
        site=Site(*(float(data[name][()]) for name in ("latitude", "longitude", "altitude"))),
        sweeps=_sweeps(data, float(azimuth.row_centre)),
        first_gate=float(
            data["range"].meters_to_center_of_first_gate - data["range"].meters_between_gates / 2
        ),
        gate_size=float(data["range"].meters_between_gates),
        row_centre=float(azimuth.row_centre),
        fields={name: _values(data, name) for name in data.field_names.split(", ")},
        nyquist_velocity=_nyquist(data),
        frequency=_frequency(data),
        unscanned=tuple(json.loads(data.unscanned_sweeps)),
        sources=json.loads(data.provenance)["sha256"],
        registration=_registration(data),
    )


def _sweeps(data: netCDF4.Dataset, row_centre: float) -> tuple[Sweep, ...]:
    text = str(netCDF4.chartostring(data["time_coverage_start"][:]))
    origin = datetime.strptime(text, ISO).replace(tzinfo=UTC)
    first = data["sweep_start_ray_index"][:]
    rays = data["sweep_end_ray_index"][:] - first + 1
    rows = np.rint(data["azimuth"][:][first] * rays / 360 - row_centre).astype(int) % rays
    angles = data["fixed_angle"][:].astype(np.float64).round(2)
    start, end, gates = (data[f"sweep_{name}"][:] for name in ("start", "end", "gates"))
    is_estimated = (
        data["sweep_times_estimated"][:]
        if "sweep_times_estimated" in data.variables
        else np.zeros(len(first))
    )
    return tuple(
        Sweep(
            start=origin + timedelta(seconds=float(start[i])),
            end=origin + timedelta(seconds=float(end[i])),
            elevation=float(angles[i]),
            rays=int(rays[i]),
            gates=int(gates[i]),
            first_ray=int(rows[i]),
            is_estimated=bool(is_estimated[i]),
        )
        for i in range(len(first))
    )


def _values(data: netCDF4.Dataset, name: str) -> NDArray[np.float32]:
    values: NDArray[np.float32] = data[name][:]
    flag = flags_of(data)[name][:]
    values[flag == NODATA] = np.nan
    values[flag == UNDETECT] = -np.inf
    return values


def _registration(data: netCDF4.Dataset) -> dict[str, str]:
    names = data.field_names.split(", ")
    return {
        name: str(data[name].registration)
        for name in names
        if "registration" in data[name].ncattrs()
    }


def _frequency(data: netCDF4.Dataset) -> float | None:
    if "frequency" not in data.variables:
        return None
    return float(f"{data['frequency'][0]:.7g}")  # as many digits as a float32 has


def _nyquist(data: netCDF4.Dataset) -> tuple[float, ...]:
    if "nyquist_velocity" not in data.variables:
        return ()
    velocity = data["nyquist_velocity"][:][data["sweep_start_ray_index"][:]]
    return tuple(round(float(value), 4) for value in velocity)
