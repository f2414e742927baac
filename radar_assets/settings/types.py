"""Types of settings: how durations, sizes, times, names and addresses are written."""

from __future__ import annotations

import pkgutil
import re
from datetime import UTC, timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
)

from radar_assets.errors import BadName
from radar_assets.radar.names import check_template

_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}
_BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


class Model(BaseModel):
    """Base of the models of the network file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _duration(value: object) -> object:
    match = (
        re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)", value) if isinstance(value, str) else None
    )
    return timedelta(**{_UNITS[match[2]]: float(match[1])}) if match else value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""A span of time; in the network file a text such as "20s", "15min", "24h" or "30d"."""


FieldName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,15}$")]
"""A field as file names have it, e.g. DBZH."""


def _template(text: str) -> str:
    try:
        return check_template(text)
    except BadName as error:
        raise ValueError(str(error)) from None


ProductTemplate = Annotated[str, AfterValidator(_template)]
"""What names of product files are made of, e.g. {radar}_{time}_{product}_{sweep}."""

SourceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$")]
"""Name of a source; a folder is called so, too."""

Moment = Annotated[AwareDatetime, AfterValidator(lambda time: time.astimezone(UTC))]
"""A time with a zone, kept in UTC."""


def _size(value: object) -> object:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kMGT]?B)", value) if isinstance(value, str) else None
    return round(float(match[1]) * _BYTES[match[2]]) if match else value


Size = Annotated[int, BeforeValidator(_size)]
"""A number of bytes; in the network file a text such as "500kB" or "2GB"."""


def _address(url: str) -> str:
    """Check the URL of a source; messages do not repeat it, for it may hold a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("is no valid URL: look at its host and port") from None
    if "@" in parts.netloc:
        raise ValueError("holds credentials; let username_env and password_env name variables")
    if parts.scheme not in ("ftp", "ftps", "file", ""):
        raise ValueError("must begin with ftp:// or ftps://, or be a folder")
    if parts.scheme in ("ftp", "ftps") and not parts.hostname:
        raise ValueError("names no host")
    return url


Address = Annotated[str, AfterValidator(_address)]
"""URL of a source, or a folder."""


def stage_names() -> tuple[str, ...]:
    """Names of the stages that there are: those of the modules in `radar_assets/stages`."""
    folder = Path(__file__).parent.parent / "stages"
    return tuple(sorted(m.name for m in pkgutil.iter_modules([str(folder)]) if not m.ispkg))


def _stage(name: str) -> str:
    if name not in stage_names():
        raise ValueError(f"no stage {name!r}; there are {', '.join(stage_names())}")
    return name


StageName = Annotated[str, AfterValidator(_stage)]
"""Name of a stage that exists."""
