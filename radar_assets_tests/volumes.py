"""Volumes made of a formula, for tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.names import VolumeId
from radar_assets.radar.volume import Site, Sweep, Volume

SITE = Site(latitude=-27.5026, longitude=-64.90575, altitude=313.0)
TIME = datetime(2025, 10, 20, 15, 28, 28, tzinfo=UTC)
NAN = np.float32(np.nan)
UNDETECT = np.float32(-np.inf)

Formula = Callable[[int, NDArray[np.float64], NDArray[np.float64]], NDArray[np.floating]]
"""sweep index, azimuth in degrees and slant range in metres of gate centres -> values"""


def make_volume(
    formulas: dict[str, Formula],
    *,
    elevations: Sequence[float] = (0.53,),
    rays: int | Sequence[int] = 360,
    gates: int | Sequence[int] = 653,
    first_rays: int | Sequence[int] = 0,
    gate_size: float = 360.0,
    first_gate: float = 0.0,
    row_centre: float = 0.5,
    site: Site = SITE,
) -> Volume:
    """A volume whose fields are formulas of azimuth and range; per-sweep values may be lists."""
    count = len(elevations)
    sweeps = tuple(
        Sweep(TIME + timedelta(seconds=15 * i), TIME + timedelta(seconds=15 * i + 14), *geometry)
        for i, geometry in enumerate(
            zip(
                elevations,
                _each(rays, count),
                _each(gates, count),
                _each(first_rays, count),
                strict=True,
            )
        )
    )
    longest = max(sweep.gates for sweep in sweeps)
    ranges = first_gate + (np.arange(longest) + 0.5) * gate_size

    def field(formula: Formula) -> NDArray[np.float32]:
        return np.vstack([_sweep(formula, i, s, ranges, row_centre) for i, s in enumerate(sweeps)])

    return Volume(
        id=VolumeId("RMA11", "0315", "01", TIME),
        site=site,
        sweeps=sweeps,
        first_gate=first_gate,
        gate_size=gate_size,
        row_centre=row_centre,
        fields={name: field(formula) for name, formula in formulas.items()},
        sources={f"RMA11_0315_01_{name}_20251020T152828Z.BUFR": "00" * 32 for name in formulas},
    )


def constant(value: float) -> Formula:
    """A field of one value."""
    return lambda _, azimuth, distance: np.full(
        np.broadcast_shapes(azimuth.shape, distance.shape), value
    )


def noise(seed: int = 0, *, nodata: float = 0.2, undetect: float = 0.5) -> Formula:
    """Random values from -10 to 60, among shares of nodata and undetect."""
    generator = np.random.default_rng(seed)

    def formula(
        _: int, azimuth: NDArray[np.float64], distance: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        shape = np.broadcast_shapes(azimuth.shape, distance.shape)
        values = generator.uniform(-10, 60, shape)
        kind = generator.random(shape)
        values[kind < nodata + undetect] = -np.inf
        values[kind < nodata] = np.nan
        return values

    return formula


def _sweep(
    formula: Formula, index: int, sweep: Sweep, ranges: NDArray[np.float64], row_centre: float
) -> NDArray[np.float32]:
    rows = (sweep.first_ray + np.arange(sweep.rays)) % sweep.rays
    azimuths = (rows + row_centre) * 360 / sweep.rays
    values = np.array(formula(index, azimuths[:, None], ranges[None, :]), dtype=np.float32)
    values[:, sweep.gates :] = np.nan
    return values


def _each(value: int | Sequence[int], count: int) -> Sequence[int]:
    return value if isinstance(value, Sequence) else [value] * count
