"""The configuration of a run: what the launchpad offers, and the selection that it makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

import dagster as dg
from pydantic import Field, create_model
from pydantic.fields import FieldInfo

from radar_assets.products import choose, parameter_models, product
from radar_assets.radar.parameters import Parameters, Tables
from radar_assets.stages.base.selection import Selection, volume_named

_EXAMPLE = "{parameters: {COLMAX: {min_elevation: 1.0}}, products: [COLMAX], force: true}"


@cache
def config_fields() -> dict[str, Any]:
    """Configuration of a run, as Dagster wants it declared."""
    return config_model().to_fields_dict()


class _Chosen(dg.Config):
    """What a run makes, with which parameters; all of it by default."""

    volumes: list[str] = Field(
        default=[],
        description="Volumes to make, e.g. RMA1_0315_01_2025-11-18T12:30:20Z; all when empty.",
    )
    products: list[str] = Field(
        default=[], description="Products to make, e.g. COLMAX; all when empty."
    )
    force: bool = Field(default=False, description="Make again what follows from unchanged input.")


def config_model() -> type[dg.Config]:
    """The model of a run's configuration: what is made, with which parameters."""
    groups: dict[str, Any] = {
        name: (group, Field(default_factory=group, description=f"Parameters of {name}."))
        for name, group in _groups()
    }
    parameters = create_model("ProductParameters", __base__=dg.Config, **groups)
    description = (
        "Parameters of products, and of quality control (QC), for this run only. "
        f"Example of a whole configuration: {_EXAMPLE}"
    )
    return create_model(
        "RunConfig",
        __base__=_Chosen,
        parameters=(parameters, Field(default_factory=parameters, description=description)),
    )


def run_selection(context: dg.AssetExecutionContext) -> Selection:
    """What the configuration of a run chooses; errors name what cannot be."""
    config = context.op_execution_context.op_config or {}
    return _selection(
        {name: _given(table) for name, table in config.get("parameters", {}).items()},
        volumes=config.get("volumes") or (),
        products=config.get("products") or (),
        force=bool(config.get("force")),
    )


def config_of(
    owner: str,
    *,
    parameters: Tables = MappingProxyType({}),
    volumes: Iterable[str] = (),
    products: Iterable[str] = (),
    force: bool = False,
) -> dict[str, Any]:
    """Run configuration that makes a selection for an owner; errors name what does not exist."""
    selection = _selection(parameters, volumes=volumes, products=products, force=force)
    chosen = {
        "parameters": {name: dict(table) for name, table in selection.parameters.items()},
        "volumes": sorted(selection.volumes),
        "products": sorted(selection.products),
        "force": selection.is_forced,
    }
    return {"ops": {owner: {"config": chosen}}}


def _selection(
    parameters: Tables, *, volumes: Iterable[str], products: Iterable[str], force: bool
) -> Selection:
    """A selection whose parameters have the types that they are declared with."""
    checked = choose({name: table for name, table in parameters.items() if table})
    tables = {"QC": checked.quality, **checked.products}
    given = {name: model.model_dump(exclude_unset=True) for name, model in tables.items()}
    return Selection(
        parameters={name: table for name, table in given.items() if table},
        volumes=frozenset(str(volume_named(text)) for text in volumes),
        products=frozenset(product(name).name for name in products),
        is_forced=force,
    )


def _given(table: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (table or {}).items() if value is not None}


def _groups() -> Iterator[tuple[str, type[dg.Config]]]:
    """A model for the parameters of each product that has any; all of them optional."""
    for name, model in parameter_models().items():
        if model.model_fields:
            fields = {key: _field(model, key, info) for key, info in model.model_fields.items()}
            yield name, create_model(f"{name}Parameters", __base__=dg.Config, **fields)  # type: ignore[call-overload]


def _field(model: type[Parameters], name: str, info: FieldInfo) -> tuple[Any, Any]:
    bounds = _bounds(model.model_json_schema()["properties"][name])
    description = "; ".join(filter(None, (info.description, bounds, f"default {info.default}")))
    return _kind(info.annotation) | None, Field(default=None, description=description)


def _kind(annotation: Any) -> Any:  # noqa: ANN401
    """The type of a parameter; where it is one of some literals, an enumeration of them."""
    if get_origin(annotation) is not Literal:
        return annotation
    values = get_args(annotation)
    return Enum("_".join(values), dict(zip(values, values, strict=True)))


def _bounds(schema: Mapping[str, Any]) -> str:
    """The values that are allowed, in words."""
    names = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    return ", ".join(f"{text} {schema[key]:g}" for key, text in names.items() if key in schema)
