"""The network file as frozen models; a wrong one gives one `SettingsError` with every fault."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import Field, model_validator

from radar_assets.errors import SettingsError
from radar_assets.errors.texts import did_you_mean
from radar_assets.maps.grid import ZOOMS_BELOW
from radar_assets.settings.model import Model, read_file
from radar_assets.settings.notifications import Notifications
from radar_assets.settings.tables import Composite, Radar, Settings, Source, StrategyVolume
from radar_assets.settings.types import (
    CompositeName,
    RadarName,
    SourceName,
    StrategyName,
    VolumeNumber,
)


class Network(Model):
    """A radar network: the content of a network file."""

    settings: Settings = Settings()
    sources: dict[SourceName, Source]
    radars: dict[RadarName, Radar]
    composites: dict[CompositeName, Composite] = Field(default_factory=dict)
    strategies: dict[StrategyName, dict[VolumeNumber, StrategyVolume]] = Field(default_factory=dict)
    notifications: Notifications | None = None
    """nobody is notified when absent"""

    @model_validator(mode="after")
    def _sources_exist(self) -> Network:
        for name, radar in self.radars.items():
            for source in radar.sources:
                if source not in self.sources:
                    hint = did_you_mean(source, self.sources)
                    raise ValueError(f"radar {name} names the unknown source {source!r}{hint}")
        return self

    @model_validator(mode="after")
    def _composites_are_of_radars(self) -> Network:
        for name, composite in self.composites.items():
            if name in self.radars or name == "network":
                raise ValueError(f"composite {name}: this name is taken")
            for radar in composite.radars or ():
                if radar not in self.radars:
                    hint = did_you_mean(radar, self.radars)
                    raise ValueError(f"composite {name} names the unknown radar {radar!r}{hint}")
        return self

    @model_validator(mode="after")
    def _composites_take_zooms_that_maps_of_radars_have(self) -> Network:
        most = self.settings.zoom
        least = most - ZOOMS_BELOW
        for name in self.composites:
            if not least <= self.composite_zoom(name) <= most:
                raise ValueError(
                    f"composite {name}: zoom must be from {least} to {most}, that of radars"
                )
        return self

    @property
    def owners(self) -> tuple[str, ...]:
        """Names of all that have windows: radars, then composites."""
        return (*self.radars, *self.composites)

    def radars_of(self, owner: str) -> tuple[str, ...]:
        """Radars of a composite, or the radar of that name."""
        if owner in self.composites:
            return self.composites[owner].radars or tuple(self.radars)
        self.radar(owner)
        return (owner,)

    def composite_zoom(self, name: str) -> int:
        """Zoom of a composite's maps; where it names none, one below that of its radars."""
        own = self.composites[name].zoom
        return self.settings.zoom - 1 if own is None else own

    def radar(self, name: str) -> Radar:
        """Return a radar's settings; `SettingsError` when the network has no such radar."""
        try:
            return self.radars[name]
        except KeyError:
            raise SettingsError(
                f"no radar {name!r} in the network file; it has {', '.join(self.owners)}"
            ) from None

    def title(self, owner: str) -> str:
        """Title of a radar or composite; empty where the network file has none."""
        known: Mapping[str, Radar | Composite] = {**self.radars, **self.composites}
        return known[owner].title if owner in known else ""

    def parameters(self, radar: str) -> dict[str, dict[str, bool | int | float | str]]:
        """Parameters that a radar's products are made with, where they are not the defaults."""
        return self.radars[radar].parameters if radar in self.radars else {}

    def strategy(self, strategy: str, volume: str) -> StrategyVolume | None:
        """Return what is known of a volume type, or None for an unknown strategy."""
        return self.strategies.get(strategy, {}).get(volume)

    def expected_fields(self, radar: str, strategy: str, volume: str) -> frozenset[str] | None:
        """Fields that a volume must have to be complete, or None where that is not known."""
        known = self.strategy(strategy, volume)
        if known is None or known.fields is None:
            return None
        wanted = self.radar(radar).fields
        return frozenset(known.fields if wanted is None else set(known.fields) & set(wanted))

    def allow_incomplete(self, owner: str) -> bool:
        """Whether a radar's overdue volumes are processed without the fields that are missing."""
        own = self.radars[owner].allow_incomplete if owner in self.radars else None
        return self.settings.allow_incomplete if own is None else own

    def cadence(self, radar: str) -> timedelta:
        """Expected time from volume to volume of a radar."""
        return self.radar(radar).cadence or self.settings.cadence

    def start(self, owner: str) -> datetime:
        """First moment of the windows of a radar or composite."""
        own = (self.composites.get(owner) or self.radar(owner)).start
        if own is None and owner in self.composites:
            own = min(self.start(radar) for radar in self.radars_of(owner))
        return own or self.settings.start

    def end(self, owner: str) -> datetime | None:
        """Moment at which the windows of a radar or composite end; None: never."""
        ends = [self.radar(radar).end for radar in self.radars_of(owner)]
        return None if None in ends else max(end for end in ends if end)


def load_network(path: Path | None = None) -> Network:
    """Read a network file, by default the packaged one; `SettingsError` lists what is wrong."""
    return read_file(Network, path)
