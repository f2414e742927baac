"""Types of settings: how durations, sizes, times, names and addresses are written.

Messages name the rule and never repeat the value, which may hold a secret.
"""

from __future__ import annotations

import pkgutil
import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

from radar_assets.errors import BadName, ProductError
from radar_assets.products import composed_products, product
from radar_assets.radar.names import check_radar, check_template

_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_NUMBER = r"(\d{1,18}(?:\.\d{1,18})?)\s*"

_LONGEST = timedelta(days=36525)
_LARGEST = 10**18
_YEARS = range(2000, 2100)
_LONGEST_TEXT = 200


def _duration(value: object) -> timedelta:
    seconds = value.total_seconds() if isinstance(value, timedelta) else _amount(value, _SECONDS)
    if seconds is None:
        raise ValueError('must be a duration such as "20s", "15min", "24h" or "30d"')
    if not 0 <= seconds <= _LONGEST.total_seconds():
        raise ValueError("must be a duration from 0 to 100 years")
    return timedelta(seconds=seconds)


def _size(value: object) -> int:
    amount = _amount(value, _BYTES)
    if amount is None:
        raise ValueError('must be a number of bytes, or a text such as "500kB" or "2GB"')
    if not 0 <= amount <= _LARGEST:
        raise ValueError("must be a size from 0 to 1,000,000 TB")
    return round(amount)


def _amount(value: object, units: dict[str, int]) -> float | None:
    """A number, or one with its unit; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return min(max(value, -1), _LARGEST + 1)
    pattern = _NUMBER + f"({'|'.join(units)})"
    match = re.fullmatch(pattern, value, re.ASCII) if isinstance(value, str) else None
    return float(match[1]) * units[match[2]] if match else None


Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""A span of time, not negative; in the network file a text such as "20s", "15min" or "30d"."""


def _positive(span: timedelta) -> timedelta:
    if not span:
        raise ValueError("must be longer than 0")
    return span


def _bearable(span: timedelta) -> timedelta:
    if span > timedelta(hours=1):
        raise ValueError("must be at most an hour")
    return span


PositiveDuration = Annotated[Duration, AfterValidator(_positive)]
"""A span of time that is not 0."""

Pause = Annotated[Duration, AfterValidator(_bearable)]
"""A span of time that the program sleeps: an hour at most."""

Wait = Annotated[PositiveDuration, AfterValidator(_bearable)]
"""A span of time that the program waits for an answer: not 0, an hour at most."""

Size = Annotated[int, BeforeValidator(_size)]
"""A number of bytes; in the network file a text such as "500kB" or "2GB"."""


def _moment(time: datetime) -> datetime:
    if time.year not in _YEARS:
        raise ValueError(f"must lie in the years {_YEARS[0]} to {_YEARS[-1]}")
    return time.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_moment)]
"""A time with a zone, kept in UTC."""


def _matching(pattern: str, rule: str) -> AfterValidator:
    """Refuse texts that do not match a pattern as a whole, with the rule as a sentence."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(rule)
        return text

    return AfterValidator(check)


FieldName = Annotated[
    str, _matching(r"[A-Z][A-Z0-9]{0,15}", "must be capital letters and digits, e.g. DBZH")
]
"""A field as file names have it, e.g. DBZH."""

SourceName = Annotated[
    str,
    _matching(
        r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}",
        "a source's name must be letters, digits, _, - and dots, 64 at most",
    ),
]
"""Name of a source; a folder is called so, too."""

StrategyName = Annotated[
    str, _matching(r"[0-9]{4}", "a strategy's name must be four digits, e.g. 0315")
]
"""A scan strategy as file names have it."""

VolumeNumber = Annotated[
    str, _matching(r"[0-9]{1,2}", "a volume of a strategy must be one or two digits, e.g. 01")
]
"""A volume of a strategy as file names have it."""

VariableName = Annotated[
    str,
    _matching(
        r"[A-Za-z_][A-Za-z0-9_]{0,127}",
        "must be the name of an environment variable: letters, digits and _",
    ),
]
"""Name of an environment variable, which holds what must not be in the file."""


def _text(text: str) -> str:
    if len(text) > _LONGEST_TEXT or not text.isprintable():
        raise ValueError(
            f"must be one line of at most {_LONGEST_TEXT} characters, without control characters"
        )
    return text


Text = Annotated[str, AfterValidator(_text)]
"""A line that people read."""


def _path(path: Path) -> Path:
    if not str(path).isprintable():
        raise ValueError("must be a path without control characters")
    return path


FilePath = Annotated[Path, AfterValidator(_path)]
"""Path of a file."""


def _radar(name: str) -> str:
    try:
        return check_radar(name)
    except BadName:
        raise ValueError(
            "a radar's name must be 2 to 8 capital letters, then 1 to 3 digits, e.g. RMA1"
        ) from None


RadarName = Annotated[str, AfterValidator(_radar)]
"""A radar as file names have it, e.g. RMA1."""


class ExportFormat(StrEnum):
    """Formats of volumes that others read."""

    CFRADIAL2 = "cfradial2"
    ODIM = "odim"


OdimNode = Annotated[
    str, _matching(r"[a-z]{2}[a-z0-9]{3}", "an ODIM node must be a country and a radar, e.g. arrma")
]
"""Identifier of a radar in ODIM files: two letters of the country, three of the radar."""

CompositeName = Annotated[
    str,
    _matching(
        r"(?!network$)[A-Za-z][A-Za-z0-9]{0,31}",
        "a composite's name must be letters and digits, 32 at most, and not network",
    ),
]
"""Several radars that are shown as one; folders and assets are called so, too."""


def _product(name: str) -> str:
    try:
        return product(name).name
    except ProductError as error:
        raise ValueError(str(error)) from None


ProductName = Annotated[str, AfterValidator(_product)]
"""A product, e.g. COLMAX."""


def _composed(name: str) -> str:
    if product(_product(name)).composed is None:
        known = ", ".join(composed_products())
        raise ValueError(f"{name} cannot be composed; there are {known}")
    return name


ComposedName = Annotated[str, AfterValidator(_composed)]
"""A product that composites show."""


def _template(text: str) -> str:
    try:
        return check_template(text)
    except BadName as error:
        raise ValueError(str(error)) from None


ProductTemplate = Annotated[str, AfterValidator(_template)]
"""What names of product files are made of, e.g. {radar}_{time}_{product}_{sweep}."""


def _address(url: str) -> str:
    if not url or not url.isprintable():
        raise ValueError("must be a URL or a folder, without control characters")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("is no valid URL: check its host and port") from None
    if parts.netloc or parts.scheme:
        _refuse_login(url)
    return url


def _refuse_login(url: str) -> None:
    """Refuse any @: a password may hold /, ? or #, so that what follows looks like a path."""
    if "@" in url:
        raise ValueError(
            "holds credentials; let username_env and password_env name variables "
            "(an @ in a path is written %40)"
        )


Address = Annotated[str, AfterValidator(_address)]
"""URL of a source, or a folder."""


def _page(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_page = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in url
        _ = parts.port
    except ValueError:
        is_page = False
    if url and not (is_page and url.isprintable() and " " not in url):
        raise ValueError("must be a URL that begins with http:// or https://, without a login")
    return url


PageAddress = Annotated[str, AfterValidator(_page)]
"""URL of a page; empty where there is none."""


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
