"""Settings: what the network file and the environment say, read into frozen models.

This is the only module that reads the environment.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from radar_assets.errors import SettingsError
from radar_assets.settings.network import (
    Composite,
    Network,
    Radar,
    Settings,
    Source,
    StrategyVolume,
    load_network,
)
from radar_assets.settings.notifications import About, Notifications
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
    """Read the platform's environment variables."""
    network = os.environ.get("RADAR_ASSETS_NETWORK")
    return Environment(
        data_root=Path(os.environ.get("RADAR_ASSETS_DATA") or "data").absolute(),
        network_file=Path(network) if network else None,
        public_url=os.environ.get("RADAR_ASSETS_PUBLIC_URL") or None,
    )


def process_environment(**changes: str | Path) -> dict[str, str]:
    """Environment of a child process: that of this one with some variables set."""
    return {**os.environ, **{name: str(value) for name, value in changes.items()}}


def credentials(source: Source) -> tuple[str, str]:
    """User name and password of a source, from the environment; anonymous when none are named."""
    if source.username_env is None:
        return "anonymous", ""
    return _required(source.username_env), _required(
        source.password_env
    ) if source.password_env else ""


def notification_urls(wanted: Notifications) -> list[str]:
    """Addresses of those who are told; they hold secrets."""
    return _required(wanted.urls_env).split()


@dataclass(frozen=True)
class LoggingChoice:
    """What is logged beside Dagster's own logs."""

    is_json: bool
    debug: frozenset[str]
    """components whose details are logged"""


def own_variables() -> dict[str, str]:
    """Variables of the environment that the platform reads, with those that hold secrets."""
    names = [name for name in os.environ if name.startswith(("RADAR_", "DAGSTER_"))]
    return {name: os.environ[name] for name in sorted(names)}


def secrets(environment: Environment) -> list[str]:
    """Values of the variables that the network file names for passwords and addresses."""
    try:
        network = load_network(environment.network_file)
    except SettingsError:
        return []
    named = {source.password_env for source in network.sources.values() if source.password_env}
    if network.notifications:
        named.add(network.notifications.urls_env)
    values = [os.environ[name] for name in named if os.environ.get(name)]
    return [part for value in values for part in {value, *value.split()}]


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
