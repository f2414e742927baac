"""What quality control removes of real volumes, and of spokes laid over them, as a page's tables.

`python -m radar_assets_tests.truth.quality` prints the tables of docs/products.md; it takes the
real files from the folder that RADAR_SAMPLES names, and a minute or two.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.filters import Quality, clean
from radar_assets.radar.quality.reasons import Reason
from radar_assets.radar.volume import Volume
from radar_assets_tests.samples import (
    CONVECTION,
    DOPPLER,
    SAMPLES_VARIABLE,
    TRUNCATED,
    check_samples,
    sample_volume,
)
from radar_assets_tests.truth.lines import lines
from radar_assets_tests.truth.spokes import KINDS, highest_speed, lay
from radar_assets_tests.truth.trips import lay_trips

Mask = NDArray[np.bool_]

FIELD_SETS = (
    ("DBZH",),
    ("DBZH", "ZDR"),
    ("DBZH", "VRAD", "WRAD"),
    ("DBZH", "RHOHV"),
    ("CM", "DBZH", "KDP", "PHIDP", "RHOHV", "TH", "VRAD", "WRAD", "ZDR"),
)
"""fields that quality control gets; what is weather is known by all of them"""
SEEDS = (0, 1, 2)
TURNS = (60, 120, 250)
"""rays by which second trips are turned away from the storms that they repeat"""
BEYOND = 120_000.0
"""metres by which they are farther away"""
LINES = ((1, 2.0, 3.0), (1, 5.0, 4.0), (3, 2.0, 3.0), (3, 5.0, 4.0))
"""rays of lines of storms, km over which they vary, dB by which they do"""
LINE_FIELDS = (("DBZH",), ("DBZH", "VRAD"), ("DBZH", "RHOHV"))


@dataclass(frozen=True, eq=False)
class Populations:
    """Gates of a volume by what its polarimetric fields say of them, shape of the fields."""

    weather: Mask
    """mean correlation over 3 rays by 9 gates above 0.93, at least 0 dBZ, not of the clutter map"""
    insects: Mask
    """mean correlation below 0.85, ZDR above 2 dB, below 25 dBZ, within 60 km, likewise"""
    clutter: Mask
    """echo at gates of the clutter map"""
    first_trip: Mask
    """weather whose velocities agree over 3 rays by 9 gates"""


def populations(volume: Volume) -> Populations:
    """Populations of a volume that has all fields."""
    reflectivity, zdr = volume.fields["DBZH"], volume.fields["ZDR"]
    echo, mapped = np.isfinite(reflectivity), volume.fields["CM"] > 0
    rhohv = mean_of(volume, volume.fields["RHOHV"])
    velocity = np.where(echo, volume.fields["VRAD"], np.nan)
    angles = velocity.astype(np.float64) * (np.pi / highest_speed(volume))
    agreement = np.hypot(*(mean_of(volume, part) for part in (np.cos(angles), np.sin(angles))))
    free = echo & ~mapped
    near = volume.ranges() < 60_000
    weather = free & (rhohv > 0.93) & (reflectivity >= 0)
    return Populations(
        weather=weather,
        insects=free & (rhohv < 0.85) & (zdr > 2) & (reflectivity < 25) & near,
        clutter=echo & mapped,
        first_trip=weather & (agreement > 0.5),
    )


def mean_of(volume: Volume, field: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mean of the finite values of a field over three rays by nine gates; 0 without any."""
    from scipy.ndimage import uniform_filter

    found = np.empty((volume.rays, volume.gates))
    for index in range(len(volume.sweeps)):
        rows = volume.sweep_slice(index)
        values = field[rows]
        valid = np.isfinite(values)
        sums = (
            uniform_filter(part.astype(np.float64), (3, 9), mode=("wrap", "constant"))
            for part in (np.where(valid, values, 0), valid)
        )
        total, number = sums
        found[rows] = np.divide(total, number, out=np.zeros_like(total), where=number > 1e-6)
    return found


def with_fields(volume: Volume, names: Sequence[str]) -> Volume:
    """A volume as it were if it had only some fields."""
    return replace(volume, fields={name: volume.fields[name] for name in names})


@dataclass(frozen=True)
class Laid:
    """What became of spokes of one kind."""

    removed: float
    """share of the gates of the spokes"""
    lost: float
    """share of the gates of weather, beside them, that stay without spokes and not with them"""


def lay_spokes(volume: Volume, weather: Mask, kind: str, seeds: Sequence[int] = SEEDS) -> Laid:
    """Lay spokes over a volume, several times; `weather` are its gates of weather."""
    counts = np.zeros(4)
    before = clean(volume, Quality()).removed > 0
    for seed in seeds:
        spoiled, own = lay(volume, kind, seed=seed)
        after = clean(spoiled, Quality()).removed > 0
        kept = weather & ~own & ~before
        counts += [(own & after).sum(), own.sum(), (kept & after).sum(), kept.sum()]
    return Laid(removed=counts[0] / counts[1], lost=counts[2] / counts[3])


def weather_table(volume: Volume) -> Iterator[str]:
    """Shares that are removed of each population, by the fields that are there."""
    known = populations(volume)
    yield "| fields | weather removed | of the first trip | insects removed | clutter removed |"
    yield "|---|---|---|---|---|"
    for names in FIELD_SETS:
        removed = clean(with_fields(volume, names), Quality()).removed > 0
        parts = known.weather, known.first_trip, known.insects, known.clutter
        shares = (removed[part].mean() for part in parts)
        yield f"| {_named(names)} | " + " | ".join(f"{share:.1%}" for share in shares) + " |"


def reason_table(volumes: Sequence[Volume]) -> Iterator[str]:
    """Shares of the echo that are removed, by the reason."""
    yield "| volume | " + " | ".join(_said(reason) for reason in Reason) + " |"
    yield "|---" * (1 + len(Reason)) + "|"
    for volume in volumes:
        cleaned = clean(volume, Quality())
        echo = np.isfinite(volume.fields[cleaned.reference])
        counts = np.bincount(cleaned.removed[echo], minlength=len(Reason))
        shares = " | ".join(f"{share:.1%}" for share in counts / counts.sum())
        yield f"| {volume.id.radar} {volume.id.strategy}_{volume.id.volume} | {shares} |"


def spoke_table(volume: Volume) -> Iterator[str]:
    """Shares of spokes that are removed / of weather that is lost with them."""
    weather = populations(volume).weather
    yield "| fields | " + " | ".join(KINDS) + " |"
    yield "|---" * (1 + len(KINDS)) + "|"
    for names in FIELD_SETS:
        part = with_fields(volume, names)
        laid = (lay_spokes(part, weather, kind) for kind in KINDS)
        shares = " | ".join(f"{item.removed:.1%} / {item.lost:.1%}" for item in laid)
        yield f"| {_named(names)} | {shares} |"


def second_trips(
    volume: Volume,
    weather: Mask,
    names: Sequence[str],
    *,
    wanted: bool,
    turns: Sequence[int] = TURNS,
) -> tuple[float, float]:
    """Shares of second trips, as laid over a volume, and of weather beside them that are removed.

    `wanted` is `QC.second_trips`.
    """
    counts = np.zeros(4)
    for turn in turns:
        spoiled, own = lay_trips(volume, weather, turn=turn, beyond=BEYOND)
        removed = clean(with_fields(spoiled, names), Quality(second_trips=wanted)).removed > 0
        beside = weather & ~own
        counts += removed[own].sum(), own.sum(), removed[beside].sum(), beside.sum()
    return counts[0] / counts[1], counts[2] / counts[3]


def trip_table(volume: Volume) -> Iterator[str]:
    """Shares of second trips and of weather beside them that are removed."""
    weather = populations(volume).first_trip
    yield "| fields | `QC.second_trips` | second trips removed | weather removed beside them |"
    yield "|---|---|---|---|"
    for names in (FIELD_SETS[2], FIELD_SETS[-1]):
        for wanted in (False, True):
            gone, lost = second_trips(volume, weather, names, wanted=wanted)
            yield f"| {_named(names)} | {str(wanted).lower()} | {gone:.1%} | {lost:.1%} |"


def lost_lines(names: tuple[str, ...], width: int, scale: float, spread: float) -> float:
    """Share of the gates of narrow lines of storms along rays that are removed as interference."""
    counts = np.zeros(2)
    for seed in SEEDS:
        volume = lines(names, width=width, scale=scale, spread=spread, seed=seed)
        echo = np.isfinite(volume.fields["DBZH"])
        rays = clean(volume, Quality()).removed == Reason.INTERFERENCE
        counts += (echo & rays).sum(), echo.sum()
    return float(counts[0] / counts[1])


def line_table() -> Iterator[str]:
    """Shares of the gates of lines of storms that are removed as interference."""
    titles = (f"{rays} ray{'s' * (rays > 1)}, {km:g} km, {db:g} dB" for rays, km, db in LINES)
    yield "| fields | " + " | ".join(titles) + " |"
    yield "|---" * (1 + len(LINES)) + "|"
    for names in LINE_FIELDS:
        shares = " | ".join(f"{lost_lines(names, *line):.1%}" for line in LINES)
        yield f"| {_named(names)} | {shares} |"


def _named(names: Sequence[str]) -> str:
    return "all" if len(names) > 3 else ", ".join(names)


def _said(reason: Reason) -> str:
    return reason.name.lower().replace("_", " ")


def main() -> None:
    """Print the tables."""
    samples = check_samples(Path(os.environ[SAMPLES_VARIABLE]).resolve())
    storms, others = (
        sample_volume(samples, CONVECTION),
        [sample_volume(samples, identity) for identity in (TRUNCATED, DOPPLER)],
    )
    tables = (
        weather_table(storms),
        reason_table([storms, *others]),
        spoke_table(storms),
        line_table(),
        trip_table(storms),
    )
    for table in tables:
        print(*table, "", sep="\n")


if __name__ == "__main__":
    main()
