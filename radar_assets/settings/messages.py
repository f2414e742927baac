"""The network file's table of messages to a broker."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from radar_assets.settings.model import Model
from radar_assets.settings.types import StageName, Text, VariableName

_PORTS = {"mqtt": 1883, "mqtts": 8883}


def _broker(url: str) -> str:
    rule = "must be mqtt://host[:port] or mqtts://host[:port], without a login"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(rule) from None
    is_bare = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in _PORTS or not parts.hostname or port == 0 or not is_bare:
        raise ValueError(rule)
    return url


def _topic(topic: str) -> str:
    if not topic or any(mark in topic for mark in "+#\0") or "" in topic.split("/"):
        raise ValueError("must be levels joined by /, none of them empty, without + and #")
    return topic


class Messages(Model):
    """Which broker is told of new files, by MQTT."""

    broker: Annotated[str, AfterValidator(_broker)]
    """mqtt://host[:port], or mqtts:// for TLS"""
    username_env: VariableName | None = None
    """name of the environment variable that holds the user name; none: no login"""
    password_env: VariableName | None = None
    """name of the environment variable that holds the password"""
    ca_file: Path | None = None
    """authority that signs the broker's certificate; those of the system when absent"""
    topic: Annotated[str, Field(max_length=200), AfterValidator(_topic)] = "radar_assets"
    """first levels of the topics; the radar or composite and the product follow"""
    metadata_id: Text = ""
    """identifier of the data's metadata in WIS2, e.g. urn:wmo:md:ar-smn:radar"""
    stages: tuple[StageName, ...] = Field(default=("geotiff", "composite", "rain"), min_length=1)
    """stages whose maps are announced"""
    poll_seconds: int = Field(default=15, ge=5, le=86400)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the broker."""
        parts = urlsplit(self.broker)
        return parts.hostname or "", parts.port or _PORTS[parts.scheme]

    @property
    def has_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return urlsplit(self.broker).scheme == "mqtts"
