"""Parameters of products as a run's configuration: what the launchpad offers and checks."""

from __future__ import annotations

from typing import Any, get_args

import dagster as dg
from pydantic.fields import FieldInfo

from radar_assets.products import parameter_models
from radar_assets.radar.parameters import Parameters, Tables


def parameters_schema() -> dict[str, dg.Field]:
    """Configuration `parameters`: what differs in a run, by product and parameter."""
    models = {name: model for name, model in parameter_models().items() if model.model_fields}
    products = {name: _group(model) for name, model in models.items()}
    return {
        "parameters": dg.Field(
            products,
            is_required=False,
            default_value={},
            description="Parameters of products, and of quality control (QC), for this run only.",
        )
    }


def chosen_parameters(context: dg.AssetExecutionContext) -> Tables:
    """What a run's configuration chooses."""
    parameters: Tables = context.op_execution_context.op_config["parameters"]
    return parameters


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
