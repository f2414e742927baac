"""What a run is asked to make, where it is not everything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from radar_assets.errors import BadName
from radar_assets.products import choose, product
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


def config_of(
    owner: str,
    *,
    parameters: Tables = MappingProxyType({}),
    volumes: Iterable[str] = (),
    products: Iterable[str] = (),
    force: bool = False,
) -> dict[str, Any]:
    """Configuration of a Dagster run that makes a selection for an owner; errors as `selected`."""
    return config_for(owner, selected(parameters, volumes, products, force=force))


def config_for(owner: str, selection: Selection) -> dict[str, Any]:
    """Configuration of a Dagster run that makes a selection for an owner."""
    chosen = {
        "parameters": {name: dict(table) for name, table in selection.parameters.items()},
        "volumes": sorted(selection.volumes),
        "products": sorted(selection.products),
        "force": selection.is_forced,
    }
    return {"ops": {owner: {"config": chosen}}}


def selected(
    parameters: Tables, volumes: Iterable[str], products: Iterable[str], *, force: bool
) -> Selection:
    """A selection whose parameters have the types that they are declared with.

    Raises `SettingsError`, `ProductError` or `BadName` for what does not exist.
    """
    checked = choose({name: table for name, table in parameters.items() if table})
    tables = {"QC": checked.quality, **checked.products}
    given = {name: model.model_dump(exclude_unset=True) for name, model in tables.items()}
    return Selection(
        parameters={name: table for name, table in given.items() if table},
        volumes=frozenset(str(volume_named(text)) for text in volumes),
        products=frozenset(product(name).name for name in products),
        is_forced=force,
    )
