"""A product's field on polar coordinates, with all that is needed to draw and describe it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from radar_assets.maps.palettes import Palette
from radar_assets.radar.geometry import PolarGrid
from radar_assets.radar.names import VolumeId
from radar_assets.radar.release import release
from radar_assets.radar.volume import Site


@dataclasses.dataclass(frozen=True, eq=False)
class Polar:
    """What a product computes from a volume."""

    values: NDArray[Any]
    """shape (rays, gates), rows clockwise from north: float32 with NaN for nodata and -inf for
    undetect, or uint8 classes with 0 for what is not covered"""
    grid: PolarGrid
    """where the gates of `values` are"""
    field: str
    """name of the measured field that the values come from"""
    elevations: tuple[float, ...]
    """degrees, of the sweeps that took part"""
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """whatever else the values depend on; written to files as JSON"""
    done: tuple[str, ...] = ()
    """what was done to get the values, in a few words each, where parameters do not say it"""
    span: float | None = None
    """colours are to reach from -span to span; None: as far as the palette does"""


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """A computed product of one volume."""

    polar: Polar
    product: str
    """name in file names, e.g. DBZHo"""
    title: str
    units: str
    palette: Palette
    filtered: bool
    id: VolumeId
    site: Site
    sources: Mapping[str, str]
    """BUFR file name -> SHA-256"""
    sweep: int = 0
    """rank of the sweep by elevation: 0 is the lowest, and the whole column"""

    @property
    def timestamp(self) -> str:
        """Time of the volume, as ISO 8601."""
        return self.id.time.strftime("%Y-%m-%dT%H:%M:%SZ")

    def tags(self) -> dict[str, str]:
        """Describe the layer and its origin as text, for the metadata of files."""
        site = self.site
        return {
            "radar": self.id.radar,
            "strategy": self.id.strategy,
            "volume": self.id.volume,
            "time": self.timestamp,
            "site": _json([site.latitude, site.longitude, site.altitude]),
            "product": self.product,
            "title": self.title,
            "field": self.polar.field,
            "filtered": _json(self.filtered),
            "units": self.units,
            "sweep": str(self.sweep),
            "elevation": " ".join(f"{angle:g}" for angle in self.polar.elevations),
            "parameters": _json(self.polar.parameters),
            "sources": _json(self.sources),
            "software": f"radar_assets {release()}",
        }


def _json(value: object) -> str:
    plain = dict(value) if isinstance(value, Mapping) else value
    return json.dumps(plain, sort_keys=True)
