"""A volume in the model of WMO FM 301 (CfRadial 2) as xradar has it: a root, a group per sweep.

Sweeps have their own ranges and rays, so that nothing is padded. NaN is nodata and -inf undetect,
which the attribute `_Undetect` of CfRadial 2 says. Where the standard wants what is not known, it
is `not_set`; what is optional and not known is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.cfradial.attributes import described
from radar_assets.radar.fields import FIELDS
from radar_assets.radar.names import ISO
from radar_assets.radar.volume import Volume

UNDETECT = np.float32(-np.inf)
COORDINATES = ("time", "range", "azimuth", "elevation", "frequency")
SITE = ("latitude", "longitude", "altitude")

_MOMENTS = {
    "DBZH": ("DBZH", "radar_equivalent_reflectivity_factor_h"),
    "DBZV": ("DBZV", "radar_equivalent_reflectivity_factor_v"),
    "TH": ("DBTH", "radar_equivalent_reflectivity_factor_h"),
    "TV": ("DBTV", "radar_equivalent_reflectivity_factor_v"),
    "ZDR": ("ZDR", "radar_differential_reflectivity_hv"),
    "TDR": ("UZDR", "radar_differential_reflectivity_hv"),
    "RHOHV": ("RHOHV", "radar_correlation_coefficient_hv"),
    "PHIDP": ("PHIDP", "radar_differential_phase_hv"),
    "KDP": ("KDP", "radar_specific_differential_phase_hv"),
    "VRAD": ("VRADH", "radial_velocity_of_scatterers_away_from_instrument_h"),
    "WRAD": ("WRADH", "radar_doppler_spectrum_width_h"),
    "CM": ("CMAP", "clutter_map"),
}
"""the radar's names of fields -> names and standard names of the model"""


@dataclass(frozen=True)
class Variable:
    """A variable of a group: its dimensions, values and attributes."""

    dims: tuple[str, ...]
    values: Any
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Group:
    """Attributes and variables of a group, without the fields."""

    attributes: Mapping[str, Any]
    variables: Mapping[str, Variable]


def moment_name(field: str) -> str:
    """Name of a field in the model; one that is not known keeps its own."""
    return _MOMENTS.get(field, (field,))[0]


def moment_attributes(field: str, volume: Volume) -> dict[str, Any]:
    """Attributes of a field, with `_Undetect` but without `_FillValue`."""
    known: dict[str, Any] = {"long_name": field}
    if field in FIELDS:
        info = FIELDS[field]
        known = {
            "standard_name": _MOMENTS[field][1],
            "long_name": info.long_name,
            "units": info.units,
        }
    if field in volume.registration:
        known["registration"] = volume.registration[field]
    return {**known, "_Undetect": UNDETECT, "coordinates": "elevation azimuth range"}


def root(volume: Volume) -> Group:
    """What holds for all sweeps."""
    end = volume.end + timedelta(microseconds=999_999)
    sweeps = range(len(volume.sweeps))
    site = volume.site
    return Group(
        {
            "Conventions": "CF-1.8 CfRadial-2.1",
            "version": "2.1",
            "references": "CfRadial 2.1; WMO-No. 306, FM 301",
            **described(volume),
            "comment": (
                f"Row i of a sweep, clockwise from north, has its centre at "
                f"(i + {volume.row_centre})*360/rays degrees."
            ),
        },
        {
            "volume_number": _scalar(np.int32(volume.id.volume)),
            "platform_type": _scalar("fixed"),
            "instrument_type": _scalar("radar"),
            "primary_axis": _scalar("axis_z"),
            "time_coverage_start": _scalar(volume.start.strftime(ISO)),
            "time_coverage_end": _scalar(end.strftime(ISO)),
            "latitude": _site("latitude", site.latitude, units="degrees_north"),
            "longitude": _site("longitude", site.longitude, units="degrees_east"),
            "altitude": _site("altitude", site.altitude, units="meters", positive="up"),
            "sweep_group_name": Variable(("sweep",), [sweep_name(i) for i in sweeps], {}),
            "sweep_fixed_angle": Variable(
                ("sweep",),
                np.array([sweep.elevation for sweep in volume.sweeps], np.float32),
                {"units": "degrees"},
            ),
        },
    )


def sweep_name(index: int) -> str:
    """Name of a sweep's group."""
    return f"sweep_{index}"


def sweep(volume: Volume, index: int) -> Group:
    """Coordinates and metadata of a sweep, its rays in the order of acquisition."""
    own = volume.sweeps[index]
    variables = {
        **_coordinates(volume, index),
        "sweep_number": _scalar(np.int32(index)),
        "sweep_mode": _scalar(own.mode),
        "follow_mode": _scalar("not_set"),
        "prt_mode": _scalar("not_set"),
        "sweep_fixed_angle": _scalar(np.float32(own.elevation), units="degrees"),
    }
    if own.is_estimated:
        variables["sweep_times_estimated"] = _scalar(np.int8(1))
    if volume.nyquist_velocity:
        velocity = np.full(own.rays, volume.nyquist_velocity[index], np.float32)
        named = {"standard_name": "nyquist_velocity", "units": "m s-1"}
        variables["nyquist_velocity"] = Variable(("time",), velocity, named)
    if volume.frequency is not None:
        variables["frequency"] = Variable(
            ("frequency",), np.array([volume.frequency], np.float32), {"units": "s-1"}
        )
    return Group({}, variables)


def _coordinates(volume: Volume, index: int) -> dict[str, Variable]:
    own, rays = volume.sweeps[index], volume.sweep_slice(index)
    ranges = volume.ranges()[: own.gates]
    return {
        "time": Variable(
            ("time",),
            volume.ray_seconds()[rays],
            {
                "standard_name": "time",
                "units": f"seconds since {volume.start.strftime(ISO)}",
                "calendar": "standard",
            },
        ),
        "range": Variable(
            ("range",),
            ranges.astype(np.float32),
            {
                "standard_name": "projection_range_coordinate",
                "long_name": "range_to_measurement_volume",
                "units": "meters",
                "axis": "radial_range_coordinate",
                "spacing_is_constant": "true",
                "meters_to_center_of_first_gate": ranges[0],
                "meters_between_gates": volume.gate_size,
            },
        ),
        "azimuth": _angle(volume.azimuths()[rays], "azimuth", "azimuth_angle_from_true_north"),
        "elevation": _angle(
            volume.elevations()[rays], "elevation", "elevation_angle_from_horizontal_plane"
        ),
    }


def _angle(degrees: NDArray[np.float64], name: str, long_name: str) -> Variable:
    attributes = {
        "standard_name": f"ray_{name}_angle",
        "long_name": long_name,
        "units": "degrees",
        "axis": f"radial_{name}_coordinate",
    }
    return Variable(("time",), degrees.astype(np.float32), attributes)


def _site(name: str, value: float, **attributes: str) -> Variable:
    return _scalar(np.float64(value), standard_name=name, long_name=name, **attributes)


def _scalar(value: Any, **attributes: str) -> Variable:  # noqa: ANN401
    return Variable((), value, attributes)
