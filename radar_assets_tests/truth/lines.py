"""Narrow lines of storms along rays: weather that resembles spokes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from radar_assets.radar.volume import Volume
from radar_assets_tests.volumes import constant, make_volume

_APART = 30
"""rays between two lines"""
_COMMON, _OWN, _NOISE = 0.8, 0.6, 1.0
"""share of the variation that the rays of a line have in common, that of each ray, dB of noise"""


def lines(fields: tuple[str, ...], *, width: int, scale: float, spread: float, seed: int) -> Volume:
    """Thirty-six lines of storms, of as many rays as `width`, in a volume without other echo.

    They begin at 10 to 60 km and are 20 to 100 km long, of 25 to 45 dBZ that rise or fall by up to
    0.15 dB per km and vary by `spread` dB over `scale` km; they correlate and move as weather.
    """
    generator = np.random.default_rng(seed)

    def storms(
        _: int, azimuth: NDArray[np.float64], distance: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        km = distance.ravel() / 1000
        values = np.full((azimuth.size, km.size), -np.inf)
        for ray in range(_APART // 2, azimuth.size, _APART):
            values[ray : ray + width] = _line(generator, km, width, scale, spread)
        return values

    made = {
        "DBZH": storms,
        "RHOHV": constant(0.97),
        "VRAD": lambda _, azimuth, distance: 5 * np.cos(np.radians(azimuth)) + 0 * distance,
    }
    return make_volume({name: made[name] for name in fields}, elevations=(0.5, 1.3, 2.3))


def _line(
    generator: np.random.Generator,
    km: NDArray[np.float64],
    width: int,
    scale: float,
    spread: float,
) -> NDArray[np.float64]:
    start, length = generator.uniform(10, 60), generator.uniform(20, 100)
    level = generator.uniform(25, 45) + generator.uniform(-0.15, 0.15) * (km - start)
    texture = _texture(generator, (1 + width, km.size), scale / (km[1] - km[0]))
    varied = spread * (_COMMON * texture[0] + _OWN * texture[1:])
    values = level + varied + generator.normal(0, _NOISE, varied.shape)
    return np.where((km > start) & (km < start + length), values, -np.inf)


def _texture(
    generator: np.random.Generator, shape: tuple[int, int], scale: float
) -> NDArray[np.float64]:
    smooth: NDArray[np.float64] = gaussian_filter1d(generator.normal(size=shape), scale, axis=1)
    return smooth / smooth.std()
