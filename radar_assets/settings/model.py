"""What all models of the network file share, and how it is read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from radar_assets.errors import SettingsError
from radar_assets.errors.texts import did_you_mean, one_line

_LARGEST = 1 << 20
"""bytes of a network file"""
_MOST = 20
"""faults that a message lists"""
_LONGEST = 60
"""characters of a key in a message"""


class Model(BaseModel):
    """A table of the network file: frozen; misspelt keys are refused with a suggestion.

    Messages name the key and the rule, never the value, which may be a secret.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True
    )

    replaced: ClassVar[Mapping[str, str]] = {}
    """settings of earlier releases, and what to write instead"""

    @model_validator(mode="wrap")
    @classmethod
    def _name_rules(cls, value: Any, read: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401
        try:
            return read(value)
        except ValidationError as error:
            faults = error.errors(include_url=False)
            details = [_detail(cls, fault) for fault in faults]
            raise ValidationError.from_exception_data(
                cls.__name__, details, hide_input=True
            ) from None


M = TypeVar("M", bound=Model)


def read_file(model: type[M], path: Path | None) -> M:
    """Read a network file, by default the packaged one; `SettingsError` lists what is wrong."""
    source = path or files("radar_assets") / "network.toml"
    try:
        return model.model_validate(_content(source))
    except OSError as error:
        raise SettingsError(f"cannot read the network file {source}: {error.strerror}") from None
    except ValidationError as error:
        faults = [_line(fault) for fault in error.errors(include_url=False)]
        more = f"; and {len(faults) - _MOST} more" if len(faults) > _MOST else ""
        raise SettingsError(f"{source}: {'; '.join(faults[:_MOST])}{more}") from None
    except RecursionError:
        raise SettingsError(f"{source} is not valid TOML: it is nested too deeply") from None
    except ValueError as error:  # of tomllib, also for numbers that Python does not read
        raise SettingsError(f"{source} is not valid TOML: {error}") from None


def _content(source: Path | Traversable) -> Mapping[str, Any]:
    with source.open("rb") as stream:
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError(f"it is larger than {_LARGEST >> 20} MB")
    return tomllib.loads(data.decode("utf-8"))


def _detail(model: type[Model], fault: Mapping[str, Any]) -> InitErrorDetails:
    """A fault in our words; those of tables inside this one are so already."""
    place, rule = fault["loc"], str(fault["msg"])
    if fault["type"] == "extra_forbidden":
        name = str(place[-1])
        unknown = f"unknown setting{did_you_mean(name, model.model_fields)}"
        rule = model.replaced.get(name, unknown)
    elif fault["type"] == "timezone_aware":
        rule = "must have a time zone, e.g. Z"
    rule = rule.removeprefix("Value error, ").replace("Input should", "must", 1)
    custom = PydanticCustomError("setting", "{rule}", {"rule": rule})
    return InitErrorDetails(type=custom, loc=place, input=None)


def _line(fault: Mapping[str, Any]) -> str:
    """The dotted key of a fault and the rule; without what pydantic adds for a table's key."""
    parts = [one_line(str(part))[:_LONGEST] for part in fault["loc"] if part != "[key]"]
    return ": ".join(filter(None, (".".join(parts), fault["msg"].removeprefix("Value error, "))))
