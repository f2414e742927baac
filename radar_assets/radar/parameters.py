"""Parameters that products and quality control declare, and how values for them are checked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from radar_assets.errors import SettingsError


class Parameters(BaseModel):
    """Base of declared parameters, which have defaults, bounds and descriptions."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @property
    def sweep_index(self) -> int:
        """Index by elevation of the sweep that is drawn: 0 is the lowest, and the whole column."""
        return 0


Tables = Mapping[str, Mapping[str, object]]
"""values by what they are for and the name of the parameter"""


def check_parameters(models: Mapping[str, type[Parameters]], *tables: Tables) -> dict[str, Any]:
    """Check values against their models; those of a later table prevail.

    Raises one `SettingsError` that lists all that does not exist or is not allowed.
    """
    merged: dict[str, dict[str, object]] = defaultdict(dict)
    for table in tables:
        for name, values in table.items():
            merged[name].update(values)
    checked, faults = {}, []
    for name, values in merged.items():
        if name not in models:
            faults.append(f"nothing is named {name!r}; there are {', '.join(models)}")
            continue
        try:
            checked[name] = models[name].model_validate(values)
        except ValidationError as error:
            faults += [_fault(name, models[name], fault) for fault in error.errors()]
    if faults:
        raise SettingsError("parameters: " + "; ".join(faults))
    return checked


def from_text(texts: Iterable[str]) -> Tables:
    """Read values that are written as PRODUCT.PARAMETER=VALUE."""
    tables: dict[str, dict[str, object]] = defaultdict(dict)
    for text in texts:
        key, _, value = text.partition("=")
        name, _, parameter = key.partition(".")
        if not (name and parameter and value):
            raise SettingsError(f"{text!r} is not of the form PRODUCT.PARAMETER=VALUE")
        tables[name][parameter] = value
    return tables


def _fault(name: str, model: type[Parameters], fault: Mapping[str, Any]) -> str:
    parameter = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        known = ", ".join(model.model_fields) or "none"
        return f"{name} has no parameter {parameter!r}; it has {known}"
    return f"{name}.{parameter} = {fault['input']!r:.60}: {fault['msg']}"
