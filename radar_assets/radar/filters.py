"""Quality control: which echo of a volume is weather, and a volume without the rest.

The steps, in their order: limits of reflectivity, correlation, differential reflectivity and
spectrum width, which strong echo may break; the clutter map, which gates of high correlation may
break; small objects; objects of low mean correlation. A step whose field the volume lacks is
skipped; a gate at which the field was not measured passes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from radar_assets.radar.arrays import Mask
from radar_assets.radar.fields import REFLECTIVITY
from radar_assets.radar.memo import per_volume
from radar_assets.radar.objects import label_objects
from radar_assets.radar.parameters import Parameters
from radar_assets.radar.volume import Volume

_REFERENCES = (*REFLECTIVITY, "DBZV", "TV", "VRAD", "WRAD")
"""fields that tell where there is echo, the best first"""


class Quality(Parameters):
    """Parameters of quality control."""

    min_reflectivity: float = Field(-3.0, ge=-40, le=80, description="dBZ; weaker echo is removed")
    min_rhohv: float = Field(0.55, ge=0, le=1, description="echo of lower correlation is removed")
    max_zdr: float = Field(8.5, ge=-10, le=20, description="dB; echo above is removed")
    max_width: float = Field(
        4.6, ge=0, le=50, description="m/s; echo of greater spectrum width is removed"
    )
    keep_above: float = Field(
        25.0, ge=-40, le=90, description="dBZ; stronger echo may break the limits above"
    )
    clutter: bool = Field(
        default=True, description="whether echo at gates of the clutter map is removed"
    )
    clutter_rhohv: float = Field(
        0.85, ge=0, le=1, description="echo of higher correlation stays at gates of the clutter map"
    )
    min_object: int = Field(
        20, ge=0, le=100_000, description="gates; smaller connected objects are removed"
    )
    min_object_rhohv: float = Field(
        0.85, ge=0, le=1, description="objects of a lower mean correlation are removed"
    )


_FIELDS: Mapping[str, tuple[str, ...]] = {
    "min_reflectivity": (*REFLECTIVITY, "DBZV", "TV"),
    "min_rhohv": ("RHOHV",),
    "max_zdr": ("ZDR",),
    "max_width": ("WRAD",),
    "clutter": ("CM",),
    "min_object_rhohv": ("RHOHV",),
}
"""fields of which a step needs one, by its parameter"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Cleaned(Volume):
    """A volume after quality control: removed gates are nodata in every field.

    Where the reference field has no echo, values of the others are undetect; where it was not
    measured, they stay.
    """

    reference: str
    """name of the field that tells where there is echo"""
    removed: Mask
    """gates whose echo was removed, shape of the fields"""
    quality: Quality
    skipped: tuple[str, ...]
    """parameters of the steps that were skipped"""


@per_volume
def clean(volume: Volume, quality: Quality) -> Cleaned:
    """Remove from a volume what is no weather."""
    reference = _first(volume, _REFERENCES) or next(iter(volume.fields))
    judged = volume.fields[reference]
    echo = np.isfinite(judged)
    kept = echo & ~_breaks_limits(volume, quality) & ~_is_clutter(volume, quality)
    removed = echo & ~(kept & _is_large(volume, quality, kept))
    silent = np.isneginf(judged)
    return Cleaned(
        **{
            **vars(volume),
            "fields": {
                name: _without(values, removed, silent) for name, values in volume.fields.items()
            },
        },
        reference=reference,
        removed=removed,
        quality=quality,
        skipped=tuple(step for step, names in _FIELDS.items() if _first(volume, names) is None),
    )


def _first(volume: Volume, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in volume.fields), None)


def _values(volume: Volume, step: str) -> NDArray[np.float32] | None:
    """The field that a step judges by, or None where the volume lacks it."""
    name = _first(volume, _FIELDS[step])
    return None if name is None else volume.fields[name]


def _breaks_limits(volume: Volume, quality: Quality) -> Mask:
    limits = (
        ("min_reflectivity", quality.min_reflectivity, np.inf),
        ("min_rhohv", quality.min_rhohv, np.inf),
        ("max_zdr", -np.inf, quality.max_zdr),
        ("max_width", -np.inf, quality.max_width),
    )
    breaks = np.zeros((volume.rays, volume.gates), dtype=np.bool_)
    for step, low, high in limits:
        values = _values(volume, step)
        if values is not None:
            breaks |= np.isfinite(values) & ((values < low) | (values > high))
    reflectivity = _values(volume, "min_reflectivity")
    return breaks if reflectivity is None else breaks & ~(reflectivity > quality.keep_above)


def _is_clutter(volume: Volume, quality: Quality) -> Mask:
    clutter, rhohv = _values(volume, "clutter"), _values(volume, "min_rhohv")
    if clutter is None or not quality.clutter:
        return np.zeros((volume.rays, volume.gates), dtype=np.bool_)
    mapped = clutter > 0
    return mapped if rhohv is None else mapped & ~(rhohv > quality.clutter_rhohv)


def _is_large(volume: Volume, quality: Quality, kept: Mask) -> Mask:
    """Gates of objects that are large enough, and correlated enough in the mean."""
    labels = label_objects(volume, kept)
    inside = labels[kept]
    good = np.bincount(inside, minlength=1) >= quality.min_object
    rhohv = _values(volume, "min_object_rhohv")
    if rhohv is not None:
        values = rhohv[kept]
        measured = np.isfinite(values)
        total, count = (
            np.bincount(inside[measured], weights, minlength=good.size)
            for weights in (values[measured], None)
        )
        good &= ~(total < quality.min_object_rhohv * count)
    return good[labels]


def _without(values: NDArray[np.float32], removed: Mask, silent: Mask) -> NDArray[np.float32]:
    """A field with removed gates as nodata and gates without echo as undetect."""
    valued = np.isfinite(values)
    cleaned = values.copy()
    cleaned[valued & removed] = np.nan
    cleaned[valued & silent] = -np.inf
    return cleaned
