"""What a kind of source declares: its URL schemes, its settings and its client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from pydantic import ConfigDict, Field

from radar_assets import settings
from radar_assets.ingest.sources.client import SourceClient
from radar_assets.ingest.sources.pace import Pace
from radar_assets.settings.types import Size


class SourceSettings(settings.Source):
    """Settings of a source with those of its kind; subclasses add fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_rate: Size | None = Field(default=None, gt=0)
    """bytes per second that all connections together may take; no limit when absent"""

    def listed_otherwise(self) -> Self:
        """Settings that list folders in another way, where there is one."""
        return self

    @property
    def connection_limit(self) -> int | None:
        """Connections that this machine may open at a time; None where they cost nothing."""
        return None


@dataclass(frozen=True)
class SourceKind:
    """A kind of source; a module of this package declares one as its `KIND`."""

    schemes: tuple[str, ...]
    """URL schemes; the empty one is that of a plain path"""
    settings: type[SourceSettings]
    client: Callable[[str, Any, Pace], SourceClient]
    """makes a client from the source's name, its settings and what limits its rate"""
