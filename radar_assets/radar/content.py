"""Whether a BUFR file holds what its name says, and what a radar on earth can have measured."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from radar_assets.errors import FieldMismatch
from radar_assets.radar.bufr import AnyField
from radar_assets.radar.names import BufrName
from radar_assets.radar.registration import reach

_TIME_TOLERANCE = timedelta(minutes=2)
_MAX_REACH = 1_000_000
"""metres"""
_LOWEST, _HIGHEST = -430, 6000
"""metres above mean sea level: the shore of the Dead Sea, and more than any road climbs to"""


def check_content(name: BufrName, field: AnyField) -> None:
    """Raise `FieldMismatch` when a file does not hold what its name says, or no radar can see."""
    for fault in (*_of_name(name, field), *_of_site(field), *_of_sweeps(field)):
        raise FieldMismatch(f"{name} {fault}")


def _of_name(name: BufrName, field: AnyField) -> Iterator[str]:
    if field.radar != name.id.radar:
        yield f"holds data of {field.radar}; the file is misnamed"
    if field.quantity != name.field:
        yield f"holds {field.quantity}; the file is misnamed"
    if abs(field.time - name.id.time) > _TIME_TOLERANCE:
        yield f"was measured at {field.time.isoformat()}; it is misnamed"


def _of_site(field: AnyField) -> Iterator[str]:
    if abs(field.latitude) > 90 or abs(field.longitude) > 180:
        yield f"was measured at {field.latitude:g}, {field.longitude:g} degrees: not on earth"
    if not _LOWEST <= field.altitude <= _HIGHEST:
        yield f"was measured {field.altitude:g} m above sea level, where no radar is"


def _of_sweeps(field: AnyField) -> Iterator[str]:
    steepest = max((sweep.elevation for sweep in field.sweeps), default=0)
    if steepest > 90:
        yield f"was measured at an elevation of {steepest:g} degrees; no antenna turns so far"
    farthest = max(map(reach, field.sweeps), default=0)
    if farthest > _MAX_REACH:
        yield f"reaches {farthest / 1000:.0f} km, farther than any radar sees"
