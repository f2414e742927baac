"""Settings: what the network file and the environment say, read into frozen models.

This is the only module that reads the environment.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from radar_assets.radar.errors import SettingsError
from radar_assets.settings.network import (
    About,
    Network,
    Notifications,
    Radar,
    Settings,
    Source,
    Stage,
    StrategyVolume,
    load_network,
)

__all__ = [
    "About",
    "Environment",
    "Network",
    "Notifications",
    "Radar",
    "Settings",
    "Source",
    "Stage",
    "StrategyVolume",
    "credentials",
    "environment",
    "load_network",
    "notification_urls",
    "process_environment",
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


def _required(name: str) -> str:
    try:
        return os.environ[name]
    except KeyError:
        raise SettingsError(
            f"set the environment variable {name}, which the network file names"
        ) from None
