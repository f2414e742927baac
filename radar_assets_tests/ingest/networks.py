"""Networks of one radar, and their sources as a process has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from radar_assets.ingest.sources.network_sources import NetworkSources
from radar_assets.settings import Network

NOBODY = "ftp://127.0.0.1:1"
"""address of a server that is down"""


def network(*urls: str, source: dict[str, Any] | None = None, **radar: object) -> Network:
    """A network whose sources s0, s1… have these addresses, and what `source` says of all."""
    sources = {
        f"s{index}": {"url": url, "timeout": "60s", **(source or {})}
        for index, url in enumerate(urls)
    }
    site = {"latitude": 0, "longitude": 0, "sources": list(sources), **radar}
    return Network.model_validate(
        {"settings": {"min_free": "0B"}, "sources": sources, "radars": {"RMA1": site}}
    )


def servers(data_root: Path, *urls: str, patience: float = 60.0, **more: Any) -> NetworkSources:
    """The sources of such a network; processes share a data root."""
    return NetworkSources(network(*urls, **more), data_root, patience)
