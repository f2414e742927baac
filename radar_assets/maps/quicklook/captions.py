"""Captions around the map of a quicklook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from radar_assets.maps.description import Description
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


def title(about: Description, place: str) -> str:
    """The radar or composite, and its place."""
    return _SEPARATOR.join(filter(None, (about.name, place)))


def subtitle(about: Description) -> str:
    """The product."""
    return f"{about.title} ({about.product})"


def details(about: Description) -> str:
    """How it was made: sweeps, quality control and what of it was skipped, what was done."""
    parameters = dict(about.parameters)
    skipped = _printed(parameters.pop("skipped", None))
    filtered = f"filtered without {skipped}" if skipped else "filtered"
    return _SEPARATOR.join(
        (
            *_elevations(about.elevations),
            filtered if about.filtered else "as measured",
            *(about.done or _parameters(parameters)),
        )
    )


def origin(about: Description, view: View) -> str:
    """The volume and its site, or the radars; scale and origin of the map."""
    return _SEPARATOR.join(
        (
            *_measured_by(about),
            *_rings(view.max_range),
            f"{view.step:.0f} m per pixel",
            "map lines: Natural Earth",
        )
    )


def _measured_by(about: Description) -> Iterator[str]:
    if about.volume is not None:
        yield f"strategy {about.volume.strategy}, volume {about.volume.volume}"
    if about.site is None:
        yield f"radars {', '.join(about.sites)}"
    else:
        angles = about.site.latitude, about.site.longitude
        latitude, longitude = (number(round(angle, 3)) for angle in angles)
        yield f"site {latitude}°, {longitude}°, {about.site.altitude:.0f} m"


def _rings(max_range: float | None) -> Iterator[str]:
    if max_range is not None:
        yield f"rings every {ring_step(max_range) / 1000:.0f} km"


def moment(time: datetime, zone: tzinfo) -> str:
    """Date, time of day and the zone by its distance from UTC, e.g. UTC+5:30."""
    local = time.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S} UTC{_offset(local.utcoffset() or timedelta())}"


def _offset(east: timedelta) -> str:
    """Hours and minutes with their sign; empty for none."""
    hours, minutes = divmod(round(abs(east).total_seconds() / 60), 60)
    sign = MINUS if east < timedelta() else "+"
    return f"{sign}{hours}" + (f":{minutes:02d}" if minutes else "") if east else ""


def _elevations(angles: tuple[float, ...]) -> Iterator[str]:
    if len(angles) == 1:
        yield f"elevation {angles[0]:.2f}°"
    elif angles:
        yield f"{len(angles)} elevations from {min(angles):.2f}° to {max(angles):.2f}°"


def _parameters(parameters: Mapping[str, object]) -> Iterator[str]:
    """Each parameter that a few words can show."""
    for name, value in parameters.items():
        if text := _printed(value):
            yield f"{name.replace('_', ' ')} {text}{_UNITS.get(name, '')}"


def _printed(value: object) -> str:
    """A value in letters; empty where it is nothing or too long."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return number(value)
    if isinstance(value, str):
        return value.replace("_", " ")
    if isinstance(value, Sequence):
        return ", ".join(_printed(part) for part in value)
    return ""
