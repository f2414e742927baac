"""What a BUFR file says, as plain values: header as coded and statistics of every sweep."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import numpy as np

from radar_assets.radar.bufr import CodedSweep, read

_DBL_MAX = np.finfo(np.float64).max


def inspect(data: bytes) -> dict[str, Any]:
    """Describe a BUFR message.

    Returns the site (degrees, metres), the station's time and, per sweep, its geometry, the
    SHA-256 of the inflated little-endian doubles, the number of undetect, nodata, NaN and valued
    gates, and minimum, maximum and mean of the valued ones in float64 (None without any).
    Raises a `BufrError` for anything that is not a polar volume.
    """
    coded = read(data)
    return {
        "latitude": coded.latitude,
        "longitude": coded.longitude,
        "altitude_m": coded.altitude,
        "time": coded.station_time.strftime("%Y-%m-%dT%H:%M"),
        "sweeps": [_sweep(sweep) for sweep in coded.sweeps],
    }


def _sweep(sweep: CodedSweep) -> dict[str, Any]:
    payload = sweep.payload()
    values = np.frombuffer(payload, "<f8")
    is_undetect, is_nodata, is_nan = values == -_DBL_MAX, values == _DBL_MAX, np.isnan(values)
    valid = values[~(is_undetect | is_nodata | is_nan)]
    return {
        "start": _iso(sweep.start),
        "end": _iso(sweep.end),
        "elevation_deg": sweep.elevation,
        "rays": sweep.rays,
        "gates": sweep.gates,
        "gate_size_m": sweep.gate_size,
        "first_gate_m": sweep.first_gate,
        "first_azimuth_deg": sweep.first_azimuth,
        "quantity_code": sweep.quantity,
        "sha256_f64": hashlib.sha256(payload).hexdigest(),
        "n_undetect": int(is_undetect.sum()),
        "n_nodata": int(is_nodata.sum()),
        "n_nan": int(is_nan.sum()),
        "n_valid": valid.size,
        "min": float(valid.min()) if valid.size else None,
        "max": float(valid.max()) if valid.size else None,
        "mean": float(valid.mean()) if valid.size else None,
    }


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
