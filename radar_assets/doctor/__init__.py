"""What would go wrong: checks of software, machine, settings, sources and Dagster's records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from urllib.error import HTTPError
from urllib.request import urlopen

from radar_assets.doctor.finding import Finding, Level, examined
from radar_assets.doctor.machine import resources
from radar_assets.doctor.records import dagster_state
from radar_assets.doctor.software import libraries
from radar_assets.doctor.sources import connections
from radar_assets.errors import RadarAssetsError
from radar_assets.errors.texts import counted
from radar_assets.ingest.sources.registry import load_checked_network
from radar_assets.settings import Environment, Network, notification_urls

__all__ = ["Finding", "Level", "examine"]

_PATIENCE = 5
"""seconds that a server may take to answer"""


def examine(environment: Environment) -> Iterator[Finding]:
    """Check everything the platform needs; never raises for what it finds."""
    yield from libraries()
    yield from resources(environment.data_root)
    yield examined(
        "public URL",
        partial(_published, environment.public_url),
        "serve the products folder there, or correct RADAR_ASSETS_PUBLIC_URL",
    )
    network, finding = _network(environment)
    yield from dagster_state(network)
    yield finding
    if network:
        yield _notifications(network)
        yield from connections(network, environment.data_root)


def _published(url: str | None) -> str:
    if url is None:
        return "not set: the UI shows file names instead of pictures"
    with suppress(HTTPError):  # an answer all the same
        urlopen(url, timeout=_PATIENCE).close()  # noqa: S310
    return url


def _network(environment: Environment) -> tuple[Network | None, Finding]:
    try:
        network = load_checked_network(environment.network_file)
    except RadarAssetsError as error:
        advice = "correct it, or RADAR_ASSETS_NETWORK"
        return None, Finding("network file", str(error), advice)
    shown = environment.network_file or "the packaged example (RADAR_ASSETS_NETWORK is not set)"
    return network, Finding("network file", f"{shown}, {len(network.radars)} radars")


def _notifications(network: Network) -> Finding:
    wanted = network.notifications
    if wanted is None:
        return Finding("notifications", "nobody is notified when something is wrong", is_note=True)
    return examined(
        "notifications",
        lambda: (
            f"{counted(len(notification_urls(wanted)), 'address')}; "
            "`radar-assets notify --test` tries"
        ),
        f"set {wanted.urls_env}",
    )
