"""What a layer or raster shows and what it was made of, and the same as text for files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from radar_assets.maps.reduction import Reduction
from radar_assets.radar.names import ISO, VolumeId
from radar_assets.radar.release import release
from radar_assets.radar.volume import Site


@dataclasses.dataclass(frozen=True)
class Description:
    """A product of a volume, of a radar's windows, or of a composite."""

    name: str
    """the radar or composite"""
    time: datetime
    """of the volume; without one, the end of the window"""
    product: str
    """name in file names, e.g. DBZHo"""
    title: str
    units: str
    field: str
    """name of the measured field that the values come from"""
    filtered: bool
    """whether quality control came first"""
    sites: Mapping[str, Site]
    """of the radars that took part, by their names"""
    sources: Mapping[str, str]
    """file name -> SHA-256"""
    volume: VolumeId | None = None
    """the volume, where it is a product of one"""
    sweep: int = 0
    """index of the sweep by elevation: 0 is the lowest, and the whole column"""
    elevations: tuple[float, ...] = ()
    """degrees, of the sweeps that took part"""
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """whatever else the values depend on; written to files as JSON"""
    done: tuple[str, ...] = ()
    """what was done to get the values, in a few words each, where parameters do not say it"""
    reach: float | None = None
    """metres on the ground to which the radar measured, where it is a product of one"""
    reduction: Reduction = Reduction.NEAREST
    """how several values become one where a map is drawn or made smaller"""

    @property
    def timestamp(self) -> str:
        """The time, as ISO 8601."""
        return self.time.strftime(ISO)

    @property
    def site(self) -> Site | None:
        """Where the radar is; None for a composite."""
        return self.sites.get(self.name)

    def tags(self) -> dict[str, str]:
        """The description as text, for the metadata of files."""
        return {
            **self._origin(),
            "product": self.product,
            "title": self.title,
            "field": self.field,
            "filtered": _json(self.filtered),
            "units": self.units,
            "sweep": str(self.sweep),
            **self._elevation(),
            **({"reach": f"{self.reach:.0f}"} if self.reach else {}),
            "parameters": _json(self.parameters),
            "reduction": str(self.reduction),
            **({"done": _json(self.done)} if self.done else {}),
            "sources": _json(self.sources),
            "software": f"radar_assets {release()}",
        }

    def _origin(self) -> dict[str, str]:
        if self.site is None:
            sites = {name: _position(site) for name, site in self.sites.items()}
            return {"composite": self.name, "time": self.timestamp, "sites": _json(sites)}
        volume = self.volume
        scan = {"strategy": volume.strategy, "volume": volume.volume} if volume else {}
        site = _json(_position(self.site))
        return {"radar": self.name, **scan, "time": self.timestamp, "site": site}

    def _elevation(self) -> dict[str, str]:
        angles = " ".join(f"{angle:g}" for angle in self.elevations)
        return {"elevation": angles} if angles else {}

    @classmethod
    def from_tags(cls, tags: Mapping[str, str]) -> Description:
        """Read what `tags` wrote; elevations have the six digits that are written.

        Raises `ValueError` or `KeyError` for other tags.
        """
        time = datetime.strptime(tags["time"], ISO).replace(tzinfo=UTC)
        name = tags["radar"] if "radar" in tags else tags["composite"]
        sites = {name: json.loads(tags["site"])} if "site" in tags else json.loads(tags["sites"])
        is_of_volume = "volume" in tags
        return cls(
            name=name,
            time=time,
            product=tags["product"],
            title=tags["title"],
            units=tags["units"],
            field=tags["field"],
            filtered=json.loads(tags["filtered"]),
            sites={radar: Site(*map(float, position)) for radar, position in sites.items()},
            sources=json.loads(tags["sources"]),
            volume=VolumeId(name, tags["strategy"], tags["volume"], time) if is_of_volume else None,
            sweep=int(tags["sweep"]),
            elevations=tuple(map(float, tags.get("elevation", "").split())),
            parameters=json.loads(tags["parameters"]),
            done=tuple(json.loads(tags.get("done", "[]"))),
            reach=float(tags["reach"]) if "reach" in tags else None,
            reduction=Reduction(tags["reduction"]),
        )


def _position(site: Site) -> list[float]:
    return [site.latitude, site.longitude, site.altitude]


def _json(value: object) -> str:
    plain = dict(value) if isinstance(value, Mapping) else value
    return json.dumps(plain, sort_keys=True)
