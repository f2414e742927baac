"""What a run's configuration chooses: the launchpad offers and checks it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_args

import dagster as dg
from pydantic.fields import FieldInfo

from radar_assets.errors import BadName
from radar_assets.products import parameter_models, product
from radar_assets.radar.names import VolumeId
from radar_assets.radar.parameters import Parameters, Tables, check


@dataclass(frozen=True)
class Choice:
    """What a run's configuration chooses."""

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


EVERYTHING = Choice(parameters={}, volumes=frozenset(), products=frozenset(), is_forced=False)


def choice_schema() -> dict[str, dg.Field]:
    """Configuration of a run: what is made, with which parameters."""
    models = {name: model for name, model in parameter_models().items() if model.model_fields}
    groups = {name: _group(model) for name, model in models.items()}
    return {
        "parameters": _optional(
            groups, {}, "Parameters of products, and of quality control (QC), for this run only."
        ),
        "volumes": _optional(
            [str], [], "Volumes to make, e.g. RMA1_0315_01_2025-11-18T12:30:20Z; all when empty."
        ),
        "products": _optional([str], [], "Products to make, e.g. COLMAX; all when empty."),
        "force": _optional(bool, False, "Make again what follows from unchanged input."),  # noqa: FBT003
    }


def run_choice(context: dg.AssetExecutionContext) -> Choice:
    """What a run's configuration chooses; errors tell of volumes or products that cannot be."""
    config = context.op_execution_context.op_config
    return Choice(
        parameters=config["parameters"],
        volumes=frozenset(str(volume_named(text)) for text in config["volumes"]),
        products=frozenset(product(name).name for name in config["products"]),
        is_forced=config["force"],
    )


def config_of(
    radar: str,
    *,
    parameters: Tables = MappingProxyType({}),
    volumes: Iterable[str] = (),
    products: Iterable[str] = (),
    force: bool = False,
) -> dict[str, Any]:
    """Run configuration that makes a choice for a radar; errors tell of what does not exist."""
    choice = {
        "parameters": _checked(parameters),
        "volumes": [str(volume_named(text)) for text in volumes],
        "products": [product(name).name for name in products],
        "force": force,
    }
    return {"ops": {radar: {"config": choice}}}


def _checked(tables: Tables) -> dict[str, dict[str, Any]]:
    """Parameters in the types they are declared with; `SettingsError` lists what is wrong."""
    chosen = check(parameter_models(), tables)
    return {name: model.model_dump(exclude_unset=True) for name, model in chosen.items()}


def volume_named(text: str) -> VolumeId:
    """The volume of an identifier or of a NetCDF file's name; `BadName` when it is neither."""
    try:
        return VolumeId.parse(text)
    except BadName:
        return VolumeId.from_netcdf(f"{text.removesuffix('.nc')}.nc")


def _optional(kind: Any, default: Any, description: str) -> dg.Field:  # noqa: ANN401
    return dg.Field(kind, is_required=False, default_value=default, description=description)


def _group(model: type[Parameters]) -> dg.Field:
    fields = {name: _field(info) for name, info in model.model_fields.items()}
    return dg.Field(fields, is_required=False)


def _field(info: FieldInfo) -> dg.Field:
    description = f"{info.description}; default {info.default}"
    return dg.Field(_kind(info.annotation), is_required=False, description=description)


def _kind(annotation: Any) -> Any:  # noqa: ANN401
    """Configuration type of a parameter: one of Python's, or an enumeration of literals."""
    literals = get_args(annotation)
    if not literals:
        return annotation
    return dg.Enum("_".join(literals), [dg.EnumValue(literal) for literal in literals])
