"""Small synthetic fields, as BUFR files would carry them, and volumes made of them.

By default a gate's value is 1000 times its north-based row plus its gate number, so that every
value shows its origin.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.assembly import assemble
from radar_assets.radar.bufr import Field, FieldSweep
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.radar.volume import Volume

START = datetime(2025, 11, 18, 12, 30, 20, tzinfo=UTC)


def ramp(rays: int = 12, gates: int = 20) -> NDArray[np.float32]:
    return np.add.outer(np.arange(rays) * 1000, np.arange(gates)).astype(np.float32)


def field_sweep(values: NDArray[np.float32] | None = None, **changes: Any) -> FieldSweep:
    """One sweep of a field: 12 rays of 20 gates of 360 m, radiated from due north in 24 s."""
    start = changes.pop("start", START)
    return FieldSweep(
        **{
            "start": start,
            "end": start + timedelta(seconds=24),
            "elevation": 0.53,
            "gate_size": 360,
            "first_gate": 1770,
            "first_azimuth": 0.0,
            "values": ramp() if values is None else values,
            **changes,
        }
    )


def climbing(*values: NDArray[np.float32], **changes: Any) -> tuple[FieldSweep, ...]:
    """Sweeps of 24 s at rising elevations, one second apart."""
    return tuple(
        field_sweep(
            v, start=START + timedelta(seconds=25 * i), elevation=round(0.53 + i, 2), **changes
        )
        for i, v in enumerate(values)
    )


def bufr_field(quantity: str = "DBZH", *sweeps: FieldSweep, **changes: Any) -> Field:
    """One field of RMA11; a single default sweep unless sweeps are given."""
    return Field(
        **{
            "radar": "RMA11",
            "quantity": quantity,
            "time": START,
            "latitude": -27.5026,
            "longitude": -64.90575,
            "altitude": 313.0,
            "sweeps": sweeps or (field_sweep(),),
            **changes,
        }
    )


def bufr_name(field: Field, strategy: str = "0315", volume: str = "01") -> BufrName:
    """The name of the file that would carry `field`."""
    return BufrName(VolumeId(field.radar, strategy, volume, field.time), field.quantity)


def volume_of(*fields: Field, **options: Any) -> Volume:
    """The volume assembled of `fields`; `options` as in `assemble`."""
    return assemble({bufr_name(field): field for field in fields}, **options)


def assert_equal_fields(found: Field, wanted: Field) -> None:
    """Every member equal, values bit for bit apart from NaN payloads."""
    assert _header(found) == _header(wanted)
    for ours, theirs in zip(found.sweeps, wanted.sweeps, strict=True):
        assert _header(ours) == _header(theirs)
        np.testing.assert_array_equal(ours.values, theirs.values, strict=True)


def assert_equal_volumes(found: Volume, wanted: Volume) -> None:
    """Every member equal, arrays by value with NaN equal to NaN."""
    assert _header(found) == _header(wanted)
    assert found.fields.keys() == wanted.fields.keys()
    for name, values in wanted.fields.items():
        np.testing.assert_array_equal(found.fields[name], values, err_msg=name, strict=True)


def _header(record: Any) -> dict[str, Any]:
    is_field = isinstance(record, Field)
    arrays = {"values", "fields"} | ({"sweeps"} if is_field else set())
    return {key: value for key, value in vars(record).items() if key not in arrays}
