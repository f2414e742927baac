"""Quality control: which echo of a volume is weather, and a volume without the rest.

The steps, in their order: spokes of interference; clutter by the map and by velocities that stand
still; insects and birds; limits of reflectivity, correlation, differential reflectivity and
spectrum width, which strong echo may break, and too little likeness to weather; second trips; small
objects; objects of low mean correlation. Echo that correlates well in the mean of its neighbourhood
stays, unless it is a spoke or clutter of the map. A step whose fields the volume lacks is skipped;
a gate at which a field was not measured passes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from radar_assets.radar.arrays import Mask
from radar_assets.radar.memo import per_volume
from radar_assets.radar.objects import label_sweep
from radar_assets.radar.parameters import Parameters
from radar_assets.radar.quality import doppler, weather
from radar_assets.radar.quality.features import Features
from radar_assets.radar.quality.interference import interference
from radar_assets.radar.quality.reasons import Reason
from radar_assets.radar.quality.scan import MEASURED_REFLECTIVITY, Scan, scans
from radar_assets.radar.volume import Volume

_REFERENCES = (*MEASURED_REFLECTIVITY, "VRAD", "WRAD")
"""fields that show where there is echo, the best first"""


class Quality(Parameters):
    """Parameters of quality control."""

    interference: bool = Field(default=True, description="whether spokes are removed")
    min_reflectivity: float = Field(-3.0, ge=-40, le=80, description="dBZ; weaker echo is removed")
    min_rhohv: float = Field(0.55, ge=0, le=1, description="echo of lower correlation is removed")
    max_zdr: float = Field(8.5, ge=-10, le=20, description="dB; echo above is removed")
    max_width: float = Field(
        0.45,
        ge=0,
        le=1,
        description="times the Nyquist velocity; echo of greater spectrum width is removed where "
        "velocities are random, too",
    )
    min_score: float = Field(
        0.5, ge=0, le=1, description="echo that is less like weather is removed"
    )
    biological: bool = Field(
        default=True,
        description="whether echo of more differential reflectivity than drops can have is removed",
    )
    keep_above: float = Field(
        25.0, ge=-40, le=90, description="dBZ; stronger echo may break limits, and is no insects"
    )
    keep_rhohv: float = Field(
        0.93, ge=0, le=1, description="echo of higher correlation in its neighbourhood stays"
    )
    clutter: bool = Field(
        default=True,
        description="whether echo at gates of the clutter map or without motion is removed",
    )
    clutter_rhohv: float = Field(
        0.85, ge=0, le=1, description="echo of higher correlation stays at gates of the clutter map"
    )
    second_trips: bool = Field(
        default=False,
        description="whether echo that correlates but has random velocities is removed",
    )
    min_object: int = Field(
        20, ge=0, le=100_000, description="gates; smaller connected objects are removed"
    )
    min_object_rhohv: float = Field(
        0.85, ge=0, le=1, description="objects of a lower mean correlation are removed"
    )


_FIELDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "interference": (MEASURED_REFLECTIVITY,),
    "min_reflectivity": (MEASURED_REFLECTIVITY,),
    "min_rhohv": (("RHOHV",),),
    "max_zdr": (("ZDR",),),
    "max_width": (("WRAD",), ("VRAD",)),
    "min_score": (("RHOHV", "PHIDP", "ZDR", *MEASURED_REFLECTIVITY),),
    "biological": (("ZDR",), MEASURED_REFLECTIVITY),
    "clutter": (("CM", "VRAD"),),
    "second_trips": (("WRAD",), ("VRAD",)),
    "min_object_rhohv": (("RHOHV",),),
}
"""groups of fields of which a step needs one each, by its parameter"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Cleaned(Volume):
    """A volume after quality control: removed gates are nodata in every field.

    Where the reference field has no echo, values of the others are undetect; where it was not
    measured, they stay.
    """

    reference: str
    """name of the field that shows where there is echo"""
    removed: NDArray[np.uint8]
    """why the echo of a gate was removed, a `Reason`; 0 elsewhere; shape of the fields"""
    quality: Quality
    skipped: tuple[str, ...]
    """parameters of the steps that were skipped for want of their fields"""


@per_volume
def clean(volume: Volume, quality: Quality) -> Cleaned:
    """Remove from a volume what is no weather."""
    reference = _first(volume, _REFERENCES) or next(iter(volume.fields))
    judged = volume.fields[reference]
    echo = np.isfinite(judged)
    removed = np.zeros(echo.shape, np.uint8)
    for rows, scan in scans(volume):
        gates = scan.shape[1]
        removed[rows, :gates] = _reasons(scan, echo[rows, :gates], quality)
    return Cleaned(
        **{
            **vars(volume),
            "fields": _without(volume, removed > 0, judged == -np.inf),
        },
        reference=reference,
        removed=removed,
        quality=quality,
        skipped=tuple(
            step
            for step, groups in _FIELDS.items()
            if getattr(quality, step) is not False
            and any(_first(volume, names) is None for names in groups)
        ),
    )


def _first(volume: Volume, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in volume.fields), None)


def _reasons(scan: Scan, echo: Mask, quality: Quality) -> NDArray[np.uint8]:
    """Why the echo of each gate of a sweep is removed."""
    reasons = np.zeros(echo.shape, np.uint8)
    if not echo.any():
        return reasons
    spokes = interference(scan) if quality.interference else np.zeros_like(echo)
    reasons[spokes & echo] = Reason.INTERFERENCE
    features = Features(scan, echo, spokes)
    found = np.zeros(features.size, np.uint8)
    for reason, mask in _by_feature(features, quality):
        found[mask & (found == Reason.KEPT)] = reason
    flat = reasons.ravel()
    flat[features.places] = found
    flat[_small(scan, echo & (reasons == Reason.KEPT), quality)] = Reason.SMALL_OBJECT
    return reasons


def _by_feature(features: Features, quality: Quality) -> list[tuple[Reason, Mask]]:
    """Gates that each kind of echo takes of those of the features, in the order of precedence."""
    unlike = weather.score(features) < quality.min_score
    noise = doppler.is_noise(features, quality.max_width)
    stays = _above(features.mean_rhohv, quality.keep_rhohv, unlike.shape)
    strong = _above(features.reflectivity, quality.keep_above, unlike.shape)
    rough = _above(features.roughness, weather.ROUGH, unlike.shape)
    insects = weather.is_biological(features, quality.keep_above) & quality.biological
    limits = (_breaks_limits(features, quality) | noise) & ~strong
    return [
        (Reason.CLUTTER, _is_clutter(features, quality)),
        (Reason.SECOND_TRIP, noise & (stays | strong) & quality.second_trips),
        (Reason.BIOLOGICAL, insects & ~stays),
        (Reason.CLUTTER, unlike & rough & ~stays),
        (Reason.NOISE, (unlike | limits) & ~stays),
    ]


def _above(values: NDArray[np.float32] | None, limit: float, shape: tuple[int, ...]) -> Mask:
    """Where values exceed a limit; nowhere without values."""
    return np.zeros(shape, dtype=np.bool_) if values is None else values > limit


def _breaks_limits(features: Features, quality: Quality) -> Mask:
    limits = (
        (features.reflectivity, quality.min_reflectivity, np.inf),
        (features.field("RHOHV"), quality.min_rhohv, np.inf),
        (features.field("ZDR"), -np.inf, quality.max_zdr),
    )
    breaks = np.zeros(features.size, dtype=np.bool_)
    for values, low, high in limits:
        if values is not None:
            breaks |= np.isfinite(values) & ((values < low) | (values > high))
    return breaks


def _is_clutter(features: Features, quality: Quality) -> Mask:
    """Clutter by the map and by velocity."""
    if not quality.clutter:
        return np.zeros(features.size, dtype=np.bool_)
    still, clutter = doppler.is_still(features), features.field("CM")
    if clutter is None:
        return still
    correlates = _above(features.field("RHOHV"), quality.clutter_rhohv, still.shape)
    return still | ((clutter > 0) & ~correlates)


def _small(scan: Scan, kept: Mask, quality: Quality) -> NDArray[np.intp]:
    """Flat indices of gates of objects that are too small, or too little correlated in the mean."""
    places = np.flatnonzero(kept)
    labels, count = label_sweep(kept)
    inside = labels.ravel()[places]
    bad = np.bincount(inside, minlength=count + 1) < quality.min_object
    if "RHOHV" in scan.fields:
        values = scan.fields["RHOHV"].ravel()[places]
        measured = np.isfinite(values)
        total, number = (
            np.bincount(inside[measured], weights, minlength=count + 1)
            for weights in (values[measured], None)
        )
        bad |= total < quality.min_object_rhohv * number
    return places[bad[inside]]


def _without(volume: Volume, removed: Mask, silent: Mask) -> dict[str, NDArray[np.float32]]:
    """Fields with removed gates as nodata and, of gates without echo, values as undetect."""
    ceiling = np.full(removed.shape, np.inf, np.float32)
    ceiling[silent] = -np.inf
    ceiling[removed] = np.nan
    return {name: np.minimum(values, ceiling) for name, values in volume.fields.items()}
