"""Rain gauges: a table of what they measured, and the mean field bias of a sum of rain.

The mean field bias (Smith and Krajewski 1991, Estimation of the mean field bias of radar rainfall
estimates, J. Appl. Meteor. 30, 397-412) is one factor for the whole map: what gauges measured,
divided by what the radars did at the same places (ratio of sums, as Steiner et al. 1999, Effect of
bias adjustment and rain gauge data quality control on radar rainfall estimation, Water Resour. Res.
35, 2487-2503).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from radar_assets.accumulation.sums import rounded
from radar_assets.errors import ProductError
from radar_assets.maps.grid import WGS84, MapGrid, transformer
from radar_assets.radar.arrays import Floats

COLUMNS = ("station", "latitude", "longitude", "time", "mm")
LEAST_GAUGES = 5
"""gauges below which a sum stays as it is"""
LEAST_AMOUNT = 1.0
"""mm that a gauge and the radar must both have to count"""
MAX_FACTOR = 4.0
"""largest bias that is corrected, and the inverse of the smallest"""

_REACH = 1  # pixels around that of a gauge over which the radar's median is taken


@dataclass(frozen=True)
class Gauge:
    """What a gauge measured in the span of a sum."""

    station: str
    latitude: float
    """degrees"""
    longitude: float
    time: datetime
    """end of the span"""
    amount: float
    """mm"""


@dataclass(frozen=True)
class Bias:
    """Mean field bias of a sum, and what it follows from."""

    factor: float
    """by which the sum is multiplied; 1 where too few gauges count"""
    stations: tuple[str, ...]
    """that count"""


def read_gauges(path: Path) -> list[Gauge]:
    """Read a CSV file with the columns station, latitude, longitude, time and mm.

    Times are ISO 8601; without an offset, UTC. A gauge without a value has no line. Raises
    `ProductError` that names the file and the line of what is wrong.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return [*_gauges(path, csv.DictReader(file))]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ProductError(f"{path.name} is no readable table of gauges: {error}") from error


def _gauges(path: Path, table: csv.DictReader[str]) -> Iterator[Gauge]:
    if missing := sorted(set(COLUMNS) - set(table.fieldnames or ())):
        raise ProductError(f"{path.name} lacks the columns {', '.join(missing)}")
    for row in table:
        try:
            yield _gauge(row)
        except (TypeError, ValueError) as error:
            raise ProductError(f"{path.name}, line {table.line_num}: {error}") from error


def _gauge(row: dict[str, str]) -> Gauge:
    latitude, longitude, amount = (float(row[name]) for name in ("latitude", "longitude", "mm"))
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise ValueError(f"{latitude}, {longitude} is no place in degrees")
    if not (math.isfinite(amount) and amount >= 0):
        raise ValueError(f"{amount} mm is no amount of rain; leave out gauges without a value")
    time = datetime.fromisoformat(row["time"])
    aware = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    return Gauge(row["station"], latitude, longitude, aware, amount)


def mean_field_bias(values: Floats, grid: MapGrid, gauges: Iterable[Gauge], time: datetime) -> Bias:
    """Compare a sum in mm, NaN for nodata, with the gauges whose span ends at its time.

    A gauge counts where it and the sum around it (median of 3 x 3 pixels, all of them known) have
    at least `LEAST_AMOUNT`. The factor is bounded by `MAX_FACTOR`; with fewer than `LEAST_GAUGES`
    gauges it is 1.
    """
    current = [gauge for gauge in gauges if gauge.time == time]
    pairs = [
        (gauge, seen)
        for gauge, seen in zip(current, _around(values, grid, current), strict=True)
        if gauge.amount >= LEAST_AMOUNT and seen >= LEAST_AMOUNT
    ]
    stations = tuple(gauge.station for gauge, _ in pairs)
    if len(pairs) < LEAST_GAUGES:
        return Bias(1.0, stations)
    ratio = sum(gauge.amount for gauge, _ in pairs) / sum(seen for _, seen in pairs)
    return Bias(min(max(ratio, 1 / MAX_FACTOR), MAX_FACTOR), stations)


def adjusted(values: Floats, bias: Bias) -> Floats:
    """A sum in mm times its bias; nodata stays."""
    return rounded(values * np.float32(bias.factor))


def _around(values: Floats, grid: MapGrid, gauges: Sequence[Gauge]) -> list[float]:
    """Median of a sum around each gauge; NaN where some of it is nodata or beyond the map."""
    places = [(gauge.longitude, gauge.latitude) for gauge in gauges]
    to_map = transformer(WGS84, grid.crs).transform
    found = []
    for x, y in (to_map(*place) for place in places):
        column = math.floor((x - grid.west) / grid.pixel)
        row = math.floor((grid.north - y) / grid.pixel)
        is_inside = _REACH <= row < grid.height - _REACH and _REACH <= column < grid.width - _REACH
        rows = slice(row - _REACH, row + _REACH + 1)
        columns = slice(column - _REACH, column + _REACH + 1)
        found.append(float(np.median(values[rows, columns])) if is_inside else math.nan)
    return found
