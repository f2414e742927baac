"""What products are made of: the kinds of input that a product may take, and the inputs themselves.

A product declares a kind; whoever computes it supplies the inputs of that kind:

=====================  ================================================  ====================
kind                   inputs                                            result
=====================  ================================================  ====================
`VolumeInput`          a `Volume`                                        `Layer` of the volume
`WindowsInput`         volumes of a radar, oldest first: those of the    `Layer` of the last
                       earlier windows, and the one it is made for       volume
`RadarsInput`          `Rasters` by radar, of one window                 `Raster`
`RasterWindowsInput`   `Rasters` by the end of their window              `Raster`
=====================  ================================================  ====================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from numpy.typing import NDArray

from radar_assets.errors import ProductError
from radar_assets.maps.grid import MapGrid
from radar_assets.maps.raster import Raster
from radar_assets.radar.volume import Volume

Key = TypeVar("Key", str, datetime)


@dataclass(frozen=True)
class VolumeInput:
    """A volume."""

    windows_back: ClassVar[int] = 0


@dataclass(frozen=True)
class WindowsInput:
    """A volume of a radar, and the volumes of the windows before it."""

    windows_back: int
    """windows before that of the volume"""


@dataclass(frozen=True)
class RadarsInput:
    """Rasters of several radars."""

    products: tuple[str, ...]
    """their products; a radar that lacks one of them is skipped"""
    windows_back: ClassVar[int] = 0


@dataclass(frozen=True)
class RasterWindowsInput:
    """Rasters of one radar or composite, of several windows."""

    products: tuple[str, ...]
    """their products; a window that lacks one of them is skipped"""
    windows_back: int
    """windows before the one that the product is made for"""


Takes = VolumeInput | WindowsInput | RadarsInput | RasterWindowsInput


@dataclass(frozen=True, eq=False)
class Rasters(Generic[Key]):
    """Rasters that a product is made of."""

    name: str
    """the radar or composite that the product is of"""
    time: datetime
    """end of the window that the product is made for"""
    grid: MapGrid
    """of the product; every raster is a window of it"""
    rasters: Mapping[Key, Mapping[str, Raster]]
    """by the radar or the end of the window, and by the product"""
    sources: Mapping[str, str] = field(default_factory=dict)
    """names of the files that the rasters were read from -> SHA-256"""

    def of(self, product: str) -> dict[Key, Raster]:
        """Rasters of a product, by radar or window."""
        return {key: found[product] for key, found in self.rasters.items() if product in found}

    def having(self, products: Sequence[str]) -> Rasters[Key]:
        """These, without the radars or windows that lack one of some products."""
        complete = {
            key: found for key, found in self.rasters.items() if found.keys() >= set(products)
        }
        return replace(self, rasters=complete)


RadarRasters = Rasters[str]
WindowRasters = Rasters[datetime]
Inputs = Volume | Sequence[Volume] | RadarRasters | WindowRasters


@dataclass(frozen=True, eq=False)
class Gridded:
    """What a product computes from rasters."""

    values: NDArray[Any]
    """on the grid of the inputs, shape (height, width); as those of a `Raster`"""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """what the values depend on besides the product's parameters"""


def volumes_of(inputs: Inputs) -> tuple[Volume, ...]:
    """Volumes among inputs, oldest first; the last is the one that the product is made for.

    Raises `ProductError` for inputs of another kind, or none.
    """
    volumes = (inputs,) if isinstance(inputs, Volume) else inputs
    if isinstance(volumes, Rasters) or not volumes:
        raise ProductError("a product of volumes was given none; it cannot be made of rasters")
    return tuple(volumes)


def rasters_of(inputs: Inputs) -> RadarRasters | WindowRasters:
    """Rasters that are the inputs; `ProductError` for inputs of another kind."""
    if not isinstance(inputs, Rasters):
        raise ProductError("a product of rasters was given volumes")
    return inputs
