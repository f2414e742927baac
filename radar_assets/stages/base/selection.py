"""What a run is asked to make, where it is not everything."""

from __future__ import annotations

from dataclasses import dataclass

from radar_assets.errors import BadName
from radar_assets.radar.names import VolumeId
from radar_assets.radar.parameters import Tables


@dataclass(frozen=True)
class Selection:
    """What a run is asked to make."""

    parameters: Tables
    """parameters that differ in this run, by product"""
    volumes: frozenset[str]
    """identifiers of the volumes to make; all when empty"""
    products: frozenset[str]
    """names of the products to make; all when empty"""
    is_forced: bool
    """whether what follows from unchanged input is made again"""

    def wants_volume(self, volume: VolumeId) -> bool:
        """Whether a volume and its products are to be made."""
        return not self.volumes or str(volume) in self.volumes

    def wants_product(self, name: str) -> bool:
        """Whether a product is to be made."""
        return not self.products or name in self.products


EVERYTHING = Selection(parameters={}, volumes=frozenset(), products=frozenset(), is_forced=False)


def volume_named(text: str) -> VolumeId:
    """The volume of an identifier or of a NetCDF file's name; `BadName` when it is neither."""
    try:
        return VolumeId.parse(text)
    except BadName:
        return VolumeId.from_netcdf(f"{text.removesuffix('.nc')}.nc")
