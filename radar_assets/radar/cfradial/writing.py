"""Writing a volume: its names and numbers by netCDF4, its fields chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from radar_assets import files
from radar_assets.radar.cfradial.attributes import described
from radar_assets.radar.cfradial.chunks import COMPRESSION, Chunk, pack, put
from radar_assets.radar.cfradial.layout import FILL, NODATA, UNDETECT, VALID, flag_path
from radar_assets.radar.cfradial.netcdf import open_netcdf
from radar_assets.radar.fields import FIELDS
from radar_assets.radar.names import ISO
from radar_assets.radar.volume import Site, Volume

_TEXT = 32


def write(volume: Volume, path: Path, scratch: Path | None = None) -> None:
    """Write a volume to `path` in one visible step; an existing file is replaced.

    Raises `StorageError` or `OSError` where the disk does not take it, and `ValueError` for fields
    that are not as `Volume` wants them.
    """
    with files.replacing(path, scratch) as temporary:
        write_in_place(volume, temporary)


def write_in_place(volume: Volume, path: Path) -> None:
    """Write a volume to a file that nobody reads yet; errors are those of `write`."""
    chunks = [chunk for name in sorted(volume.fields) for chunk in _chunks(name, volume)]
    with open_netcdf(path, "w") as data:
        data.set_fill_off()
        data.setncatts(_global_attributes(volume))
        _write_coordinates(data, volume)
        _write_sweeps(data, volume)
        _write_instrument(data, volume)
        for name in sorted(volume.fields):
            _declare_field(data, name, volume)
    put(path, chunks)


def _global_attributes(volume: Volume) -> dict[str, Any]:
    return {
        "Conventions": "CF-1.8 CF/Radial-1.4 instrument_parameters",
        "version": "1.4",
        "references": "CF/Radial 1.4 (NCAR, 2016)",
        **described(volume),
        "comment": (
            f"Rays lie in acquisition order; row i of a sweep has its centre at "
            f"(i + {volume.row_centre})*360/rays degrees. Gates behind sweep_gates are nodata."
        ),
        "n_gates_vary": "false",
        "field_names": ", ".join(sorted(volume.fields)),
    }


def _write_coordinates(data: netCDF4.Dataset, volume: Volume) -> None:
    for name, size in {
        "time": volume.rays,
        "range": volume.gates,
        "sweep": len(volume.sweeps),
        "string_length": _TEXT,
    }.items():
        data.createDimension(name, size)
    _write_times(data, volume)
    _write_rays(data, volume)
    _write_site(data, volume.site)


def _write_times(data: netCDF4.Dataset, volume: Volume) -> None:
    start = volume.start.strftime(ISO)
    _put(
        data, "volume_number", "i4", (), int(volume.id.volume), long_name="data_volume_index_number"
    )
    _put_text(data, "time_coverage_start", start)
    end = volume.end + timedelta(microseconds=999_999)
    _put_text(data, "time_coverage_end", end.strftime(ISO))
    _put(
        data, "time", "f8", ("time",), volume.ray_seconds(),
        standard_name="time", long_name="time_in_seconds_since_volume_start",
        units=f"seconds since {start}", calendar="standard",
    )  # fmt: skip


def _write_rays(data: netCDF4.Dataset, volume: Volume) -> None:
    ranges = volume.ranges()
    _put(
        data, "range", "f4", ("range",), ranges,
        standard_name="projection_range_coordinate", long_name="range_to_measurement_volume",
        units="meters", axis="radial_range_coordinate", spacing_is_constant="true",
        meters_to_center_of_first_gate=ranges[0], meters_between_gates=volume.gate_size,
    )  # fmt: skip
    _put(
        data, "azimuth", "f4", ("time",), volume.azimuths(),
        standard_name="ray_azimuth_angle", long_name="azimuth_angle_from_true_north",
        units="degrees", axis="radial_azimuth_coordinate", row_centre=volume.row_centre,
    )  # fmt: skip
    _put(
        data, "elevation", "f4", ("time",), volume.elevations(),
        standard_name="ray_elevation_angle", long_name="elevation_angle_from_horizontal_plane",
        units="degrees", axis="radial_elevation_coordinate",
    )  # fmt: skip


def _write_site(data: netCDF4.Dataset, site: Site) -> None:
    for name, value, facts in (
        ("latitude", site.latitude, {"units": "degrees_north"}),
        ("longitude", site.longitude, {"units": "degrees_east"}),
        ("altitude", site.altitude, {"units": "meters", "positive": "up"}),
    ):
        _put(data, name, "f8", (), value, standard_name=name, long_name=name, **facts)


def _write_sweeps(data: netCDF4.Dataset, volume: Volume) -> None:
    sweeps = volume.sweeps
    stops = np.cumsum([sweep.rays for sweep in sweeps])
    mode = netCDF4.stringtochar(np.array([sweep.mode for sweep in sweeps], f"S{_TEXT}"))
    _put(data, "sweep_mode", "S1", ("sweep", "string_length"), mode, long_name="sweep_mode")
    for name, kind, units, long_name, values in (
        ("sweep_number", "i4", "1", "sweep_index_number_0_based", range(len(sweeps))),
        ("fixed_angle", "f4", "degrees", "target_fixed_angle", [s.elevation for s in sweeps]),
        ("sweep_start_ray_index", "i4", "1", "index_of_first_ray_in_sweep", [0, *stops[:-1]]),
        ("sweep_end_ray_index", "i4", "1", "index_of_last_ray_in_sweep", stops - 1),
        ("sweep_gates", "i4", "1", "number_of_gates_the_sweep_has", [s.gates for s in sweeps]),
        ("sweep_start", "f8", "s", "start_of_sweep_after_volume_start", _after(volume, "start")),
        ("sweep_end", "f8", "s", "end_of_sweep_after_volume_start", _after(volume, "end")),
    ):
        _put(data, name, kind, ("sweep",), values, long_name=long_name, units=units)
    if any(sweep.is_estimated for sweep in sweeps):
        _put(
            data, "sweep_times_estimated", "i1", ("sweep",),
            [sweep.is_estimated for sweep in sweeps],
            long_name="whether_the_times_of_the_sweep_are_estimated", units="1",
        )  # fmt: skip


def _write_instrument(data: netCDF4.Dataset, volume: Volume) -> None:
    group = {"meta_group": "instrument_parameters"}
    if volume.frequency is not None:
        data.createDimension("frequency", 1)
        _put(
            data, "frequency", "f4", ("frequency",), [volume.frequency],
            standard_name="radiation_frequency", long_name="frequency_of_the_radar", units="s-1",
            **group,
        )  # fmt: skip
    if volume.nyquist_velocity:
        velocity = np.repeat(volume.nyquist_velocity, [sweep.rays for sweep in volume.sweeps])
        _put(
            data, "nyquist_velocity", "f4", ("time",), velocity, units="m/s",
            long_name="unambiguous_doppler_velocity", **group,
        )  # fmt: skip


def _after(volume: Volume, edge: str) -> list[float]:
    return [(getattr(sweep, edge) - volume.start).total_seconds() for sweep in volume.sweeps]


def _declare_field(data: netCDF4.Dataset, name: str, volume: Volume) -> None:
    layout = {**COMPRESSION, "chunksizes": (_chunk_rays(volume), volume.gates)}
    variable = data.createVariable(name, "f4", ("time", "range"), fill_value=FILL, **layout)
    variable.setncatts(
        {
            **_field_attributes(name),
            "coordinates": "elevation azimuth range",
            "flag_variable": f"/{flag_path(name)}",
        }
    )
    if name in volume.registration:
        variable.registration = volume.registration[name]
    flag = data.createVariable(f"/{flag_path(name)}", "i1", ("time", "range"), **layout)
    flag.setncatts(
        {
            "standard_name": "status_flag",
            "long_name": f"What the gates of {name} without a value mean",
            "flag_values": np.array([NODATA, UNDETECT, VALID], np.int8),
            "flag_meanings": "nodata undetect valid",
            "is_quality_field": "true",
            "qualified_variables": name,
            "coordinates": "elevation azimuth range",
        }
    )


def _chunks(name: str, volume: Volume) -> Iterator[Chunk]:
    field, height = volume.checked(name), _chunk_rays(volume)
    for ray in range(0, volume.rays, height):
        part = field[ray : ray + height]
        is_valid = np.isfinite(part)
        yield pack(name, ray, np.where(is_valid, part, FILL), height)
        flags = is_valid * np.int8(VALID) + np.isneginf(part) * np.int8(UNDETECT)
        yield pack(flag_path(name), ray, flags, height)


def _chunk_rays(volume: Volume) -> int:
    return max(sweep.rays for sweep in volume.sweeps)


def _field_attributes(name: str) -> dict[str, str]:
    info = FIELDS.get(name)
    if info is None:
        return {"long_name": name}
    attributes = {"long_name": info.long_name, "units": info.units}
    return attributes | ({"standard_name": info.standard_name} if info.standard_name else {})


def _put(
    data: netCDF4.Dataset,
    name: str,
    kind: str,
    dimensions: tuple[str, ...],
    values: Any,  # noqa: ANN401
    **attributes: Any,  # noqa: ANN401
) -> None:
    variable = data.createVariable(name, kind, dimensions)
    variable.setncatts(attributes)
    variable[:] = values


def _put_text(data: netCDF4.Dataset, name: str, text: str) -> None:
    characters = netCDF4.stringtochar(np.array(text, f"S{_TEXT}"))
    _put(data, name, "S1", ("string_length",), characters, long_name=name)
