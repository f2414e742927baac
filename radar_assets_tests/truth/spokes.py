"""Spokes of known gates, laid over the texture of real volumes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.volume import Volume

Mask = NDArray[np.bool_]

KINDS = ("whole", "broken", "partial", "double", "drifting")
LEVELS = (15.0, 25.0, 40.0)
"""dBZ of a spoke at 60 km, all of them far above what a radar can hear"""
_FLUCTUATION = 1.5
"""dB; standard deviation of a spoke's power from gate to gate"""
_DOMINANCE = 3.0
"""dB by which a spoke exceeds all other echo of the gates that count as its own"""


@dataclass(frozen=True)
class Ray:
    """What a spoke adds to one ray of a sweep."""

    row: int
    reflectivity: NDArray[np.float64]
    """dBZ by gate, -inf where the spoke is not"""


def lay(volume: Volume, kind: str, *, each: int = 5, seed: int = 0) -> tuple[Volume, Mask]:
    """Add spokes of a kind to every sweep; the gates that they dominate, shape of the fields."""
    generator = np.random.default_rng([seed, KINDS.index(kind)])
    fields = {name: values.copy() for name, values in volume.fields.items()}
    nyquist = _highest_speed(volume)
    own = np.zeros((volume.rays, volume.gates), dtype=np.bool_)
    for index, sweep in enumerate(volume.sweeps):
        start = volume.sweep_slice(index).start
        steps = sweep.rays // each
        for number in range(each):
            row = number * steps + int(generator.integers(steps - 6))
            level = LEVELS[number % len(LEVELS)]
            ranges = volume.ranges()[: sweep.gates]
            for ray in _rays(kind, row, level, ranges, generator):
                at = start + ray.row % sweep.rays
                parts = {name: values[at, : sweep.gates] for name, values in fields.items()}
                own[at, : sweep.gates] |= _add(parts, ray.reflectivity, generator, nyquist)
    return dataclasses.replace(volume, fields=fields), own


def _rays(
    kind: str,
    row: int,
    level: float,
    ranges: NDArray[np.float64],
    generator: np.random.Generator,
) -> Iterator[Ray]:
    """Rays of one spoke."""
    gates, gate_size = ranges.size, float(ranges[1] - ranges[0])
    values = level + 20 * np.log10(ranges / 60_000) + generator.normal(0, _FLUCTUATION, gates)
    if kind == "whole":
        yield Ray(row, values)
    elif kind == "broken":
        block = round(3_000 / gate_size)
        on = np.repeat(generator.random(gates // block + 1) < 0.6, block)[:gates]
        yield Ray(row, np.where(on & (generator.random(gates) < 0.8), values, -np.inf))
    elif kind == "partial":
        length = round(40_000 / gate_size)
        first = int(generator.integers(gates // 8, gates - length))
        inside = (np.arange(gates) >= first) & (np.arange(gates) < first + length)
        yield Ray(row, np.where(inside, values, -np.inf))
    elif kind == "double":
        yield Ray(row, values)
        yield Ray(row + 1, values - 4 + generator.normal(0, _FLUCTUATION, gates))
    else:
        share = np.arange(gates) / gates
        values = values + 6 * (share - 0.5)
        for part in range(3):
            yield Ray(row + part, np.where((share * 3).astype(int) == part, values, -np.inf))


def _add(
    fields: dict[str, NDArray[np.float32]],
    spoke: NDArray[np.float64],
    generator: np.random.Generator,
    nyquist: float,
) -> Mask:
    """Add a spoke to a ray; where it dominates, the other fields become noise."""
    before = fields["DBZH"].astype(np.float64)
    heard = np.isfinite(spoke) & ~np.isnan(before)
    for name in sorted(fields.keys() & {"DBZH", "TH"}):
        values = fields[name]
        powers = 10 ** (values[heard].astype(np.float64) / 10) + 10 ** (spoke[heard] / 10)
        values[heard] = 10 * np.log10(powers)
    dominated = heard & ~(spoke < before + _DOMINANCE)
    number = np.count_nonzero(dominated)
    for name in sorted(fields.keys() & _NOISE.keys()):
        fields[name][dominated] = _NOISE[name](generator, number, nyquist)
    return dominated


_NOISE: dict[str, Callable[[np.random.Generator, int, float], NDArray[np.float64]]] = {
    "RHOHV": lambda generator, number, _: generator.uniform(0.1, 0.8, number),
    "ZDR": lambda generator, number, _: generator.normal(generator.uniform(-4, 4), 2, number),
    "PHIDP": lambda generator, number, _: generator.uniform(0, 360, number),
    "VRAD": lambda generator, number, nyquist: generator.uniform(-nyquist, nyquist, number),
    "WRAD": lambda generator, number, nyquist: generator.normal(0.57 * nyquist, 0.5, number),
}
"""what the fields become where a spoke dominates"""


def _highest_speed(volume: Volume) -> float:
    speeds = np.abs(volume.fields.get("VRAD", np.zeros(1, np.float32)))
    return float(np.max(speeds, where=np.isfinite(speeds), initial=0))
