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
from radar_assets_tests.truth.spokes import KINDS, lay

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


@dataclass(frozen=True, eq=False)
class Populations:
    """Gates of a volume by what its polarimetric fields say of them, shape of the fields."""

    weather: Mask
    """mean correlation over 3 rays by 9 gates above 0.93, at least 0 dBZ, not of the clutter map"""
    insects: Mask
    """mean correlation below 0.85, ZDR above 2 dB, below 25 dBZ, within 60 km, likewise"""
    clutter: Mask
    """echo at gates of the clutter map"""


def populations(volume: Volume) -> Populations:
    """Populations of a volume that has all fields."""
    reflectivity, zdr = volume.fields["DBZH"], volume.fields["ZDR"]
    echo, mapped = np.isfinite(reflectivity), volume.fields["CM"] > 0
    rhohv = mean_rhohv(volume)
    free = echo & ~mapped
    near = volume.ranges() < 60_000
    return Populations(
        weather=free & (rhohv > 0.93) & (reflectivity >= 0),
        insects=free & (rhohv < 0.85) & (zdr > 2) & (reflectivity < 25) & near,
        clutter=echo & mapped,
    )


def mean_rhohv(volume: Volume) -> NDArray[np.float32]:
    """Mean correlation over three rays by nine gates."""
    from scipy.ndimage import uniform_filter

    found = np.empty((volume.rays, volume.gates), np.float32)
    for index in range(len(volume.sweeps)):
        rows = volume.sweep_slice(index)
        values = volume.fields["RHOHV"][rows]
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
    yield "| fields | weather removed | insects removed | mapped clutter removed |"
    yield "|---|---|---|---|"
    for names in FIELD_SETS:
        removed = clean(with_fields(volume, names), Quality()).removed > 0
        shares = (removed[part].mean() for part in (known.weather, known.insects, known.clutter))
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
    for table in (weather_table(storms), reason_table([storms, *others]), spoke_table(storms)):
        print(*table, "", sep="\n")


if __name__ == "__main__":
    main()
