"""What is written around the map of a quicklook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from radar_assets.maps.layer import Layer
from radar_assets.maps.quicklook.backdrop import ring_step
from radar_assets.maps.quicklook.lettering import MINUS, number
from radar_assets.maps.quicklook.view import View

_SEPARATOR = "  ·  "
_UNITS = {
    "height": " m",
    "freezing_level": " m",
    "threshold": " dBZ",
    "max_reflectivity": " dBZ",
    "min_elevation": "°",
    "max_elevation": "°",
    "beam_width": "°",
    "nyquist_velocity": " m/s",
}
"""of parameters, by their names"""


def title(layer: Layer, place: str) -> str:
    """The radar and where it stands."""
    return _SEPARATOR.join(filter(None, (layer.id.radar, place)))


def subtitle(layer: Layer) -> str:
    """What is shown."""
    return f"{layer.title} ({layer.product})"


def details(layer: Layer) -> str:
    """How it came about: sweeps, quality control and what of it was skipped, what was done."""
    parameters = dict(layer.polar.parameters)
    skipped = _printed(parameters.pop("skipped", None))
    filtered = f"filtered without {skipped}" if skipped else "filtered"
    return _SEPARATOR.join(
        (
            _elevations(layer.polar.elevations),
            filtered if layer.filtered else "as measured",
            *(layer.polar.done or _parameters(parameters)),
        )
    )


def origin(layer: Layer, view: View) -> str:
    """The volume and its site; scale and origin of the map."""
    site = layer.site
    latitude, longitude = (number(round(angle, 3)) for angle in (site.latitude, site.longitude))
    return _SEPARATOR.join(
        (
            f"strategy {layer.id.strategy}, volume {layer.id.volume}",
            f"site {latitude}°, {longitude}°, {site.altitude:.0f} m",
            f"rings every {ring_step(view.reach) / 1000:.0f} km",
            f"{view.pixel:.0f} m per pixel",
            "map lines: Natural Earth",
        )
    )


def moment(time: datetime, zone: tzinfo) -> str:
    """Date, time of day and the zone by its distance from UTC, e.g. UTC+5:30."""
    local = time.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S} UTC{_offset(local.utcoffset() or timedelta())}"


def _offset(east: timedelta) -> str:
    """Hours and minutes with their sign; empty for none."""
    hours, minutes = divmod(round(abs(east).total_seconds() / 60), 60)
    sign = MINUS if east < timedelta() else "+"
    return f"{sign}{hours}" + (f":{minutes:02d}" if minutes else "") if east else ""


def _elevations(angles: tuple[float, ...]) -> str:
    if len(angles) == 1:
        return f"elevation {angles[0]:.2f}°"
    return f"{len(angles)} elevations from {min(angles):.2f}° to {max(angles):.2f}°"


def _parameters(parameters: Mapping[str, object]) -> Iterator[str]:
    """What can be said in a few words of each parameter."""
    for name, value in parameters.items():
        if text := _printed(value):
            yield f"{name.replace('_', ' ')} {text}{_UNITS.get(name, '')}"


def _printed(value: object) -> str:
    """A value in letters; empty where it is nothing or too much to be told."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return number(value)
    if isinstance(value, str):
        return value.replace("_", " ")
    if isinstance(value, Sequence):
        return ", ".join(_printed(part) for part in value)
    return ""
