"""Settings: what the network file and the environment say, read into frozen models.

This is the only module that reads the environment.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

from radar_assets.errors import SettingsError, masking
from radar_assets.settings.network import Network, load_network
from radar_assets.settings.notifications import About, Notifications
from radar_assets.settings.tables import Composite, Radar, Settings, Source, StrategyVolume
from radar_assets.settings.types import stage_names

__all__ = [
    "About",
    "Composite",
    "Environment",
    "LoggingChoice",
    "Network",
    "Notifications",
    "Radar",
    "Settings",
    "Source",
    "StrategyVolume",
    "credentials",
    "environment",
    "load_network",
    "logging_choice",
    "notification_urls",
    "own_variables",
    "process_environment",
    "remember_secrets",
    "secrets",
    "stage_names",
]


@dataclass(frozen=True)
class Environment:
    """What the process environment says."""

    data_root: Path
    network_file: Path | None
    """None: the packaged network"""
    public_url: str | None
    """base URL under which the products folder is served"""


def environment() -> Environment:
    """Read the platform's environment variables; secrets among them are masked from then on."""
    masking.remember(_own_secrets())
    network = os.environ.get("RADAR_ASSETS_NETWORK")
    return Environment(
        data_root=Path(os.environ.get("RADAR_ASSETS_DATA") or "data").absolute(),
        network_file=Path(network) if network else None,
        public_url=os.environ.get("RADAR_ASSETS_PUBLIC_URL") or None,
    )


def process_environment(**changes: str | Path) -> dict[str, str]:
    """Environment of a child process: that of this one with some variables set."""
    return {**os.environ, **{name: str(value) for name, value in changes.items()}}


def remember_secrets() -> None:
    """Let secrets of the environment and of Dagster's configuration be masked from now on."""
    home = os.environ.get("DAGSTER_HOME")
    text = _content(Path(home) / "dagster.yaml") if home else ""
    found = secrets(environment(), text)
    with suppress(yaml.YAMLError, RecursionError):
        found.update(masking.in_values(yaml.safe_load(text)))
    masking.remember(found)


def credentials(source: Source) -> tuple[str, str]:
    """User name and password of a source, from the environment; anonymous when none are named."""
    if source.username_env is None:
        return "anonymous", ""
    user = _required(source.username_env)
    password = _required(source.password_env) if source.password_env else ""
    masking.remember([password])
    return user, password


def notification_urls(wanted: Notifications) -> list[str]:
    """Addresses that notifications go to; they hold secrets."""
    addresses = _required(wanted.urls_env).split()
    masking.remember(piece for address in addresses for piece in masking.of_service(address))
    return addresses


@dataclass(frozen=True)
class LoggingChoice:
    """What is logged beside Dagster's own logs."""

    is_json: bool
    debug: frozenset[str]
    """components whose details are logged"""


_HARMLESS = ("DATA", "NETWORK", "PUBLIC_URL", "LOG", "DEBUG")
_NAMES_VARIABLE = re.compile(r"""\b(?:(\w+)_)?env["']?\s*[=:]\s*["']?([A-Za-z_]\w*)""")


def own_variables() -> dict[str, str]:
    """Variables of the platform and of Dagster; values only of those that hold no secrets."""
    shown = {f"RADAR_ASSETS_{name}" for name in _HARMLESS} | {"DAGSTER_HOME"}
    names = sorted(name for name in os.environ if name.startswith(("RADAR_", "DAGSTER_")))
    return {name: os.environ[name] if name in shown else "is set" for name in names}


def secrets(environment: Environment, *texts: str) -> set[str]:
    """Secrets among the values of variables.

    By the names of these, as logins in addresses, or because the network file, be it right or
    wrong, or one of the `texts` of other configurations names them.
    """
    found = _own_secrets()
    for text in (_content(environment.network_file), *texts):
        for kind, variable in _NAMES_VARIABLE.findall(text):
            found |= _secrets_of(kind or variable, os.environ.get(variable, ""))
    return found - {""}


def _own_secrets() -> set[str]:
    found = set[str]()
    for name in own_variables():
        found |= _secrets_of(name, os.environ[name])
    return found


def _secrets_of(kind: str, value: str) -> set[str]:
    """Secrets of a variable's value; `kind` is the setting's that names it."""
    if kind == "urls":
        return {piece for address in value.split() for piece in masking.of_service(address)}
    if "://" in value:
        return masking.of_address(value)
    return {value} if masking.names_secret(kind) else set()


def _content(file: Path | None) -> str:
    try:
        return file.read_text("utf-8", errors="replace") if file else ""
    except OSError:
        return ""


def logging_choice() -> LoggingChoice:
    """Read RADAR_ASSETS_LOG (json or text) and RADAR_ASSETS_DEBUG (components, comma-separated)."""
    components = os.environ.get("RADAR_ASSETS_DEBUG", "").split(",")
    return LoggingChoice(
        is_json=os.environ.get("RADAR_ASSETS_LOG", "").strip().lower() == "json",
        debug=frozenset(name.strip() for name in components if name.strip()),
    )


def _required(name: str) -> str:
    try:
        return os.environ[name]
    except KeyError:
        raise SettingsError(
            f"set the environment variable {name}, which the network file names"
        ) from None
