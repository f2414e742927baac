"""Rain of a composite: amounts of windows and sums of hours, read where they were stored before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import PurePosixPath

from radar_assets.accumulation.intervals import interval
from radar_assets.accumulation.sums import HOURS, MAX_MISSING, Amount, total
from radar_assets.errors import InputMissing, ProductNotApplicable
from radar_assets.maps import cog
from radar_assets.maps.raster import Raster
from radar_assets.radar.arrays import Floats
from radar_assets.settings.tables import LONGEST_SUM
from radar_assets.stages.base import fingerprints
from radar_assets.stages.base.rows import MapRow, Rows, row_from
from radar_assets.stages.base.sharing import BoundedCache
from radar_assets.stages.base.stage import Task
from radar_assets.stages.base.windows import Window
from radar_assets.stages.composing.mosaics import grid_of

RATE = "RAIN"
"""product of the composite that sums are made of"""

_LIMIT = 200 * 10**6
"""bytes of rates that are kept while sums are made"""


def reach(window: timedelta) -> int:
    """How many windows before its own the first rate lies that the longest sum is made of."""
    return LONGEST_SUM // window


def amount_name(window: timedelta) -> str:
    """Product of the rain of one window, e.g. RAIN10M."""
    return f"RAIN{window // timedelta(minutes=1):02d}M"


def sum_name(hours: int) -> str:
    """Product of a sum, e.g. RAIN03H."""
    return f"RAIN{hours:02d}H"


def share_name(hours: int) -> str:
    """Product of the share of a sum's time that is missing, e.g. MISSING03H."""
    return f"MISSING{hours:02d}H"


class Rain:
    """What falls in the windows up to that of a task; a window is named by its end.

    Amounts and sums are read where this stage has recorded them as made of what they would be made
    of now, and made where not: they follow from the rates alone, whatever was stored before.
    """

    def __init__(self, task: Task) -> None:
        """Begin with what is recorded."""
        self._task = task
        self.end = task.window.end
        self.window = task.workspace.network.settings.window
        self._rasters: BoundedCache[Raster] = BoundedCache(_LIMIT, lambda x: x.values.nbytes)
        self._pieces: BoundedCache[Floats] = BoundedCache(_LIMIT, lambda x: x.nbytes)
        self._made: dict[tuple[int, datetime], Amount] = {}

    @cached_property
    def rates(self) -> Mapping[datetime, MapRow]:
        """Rows of the rates that were composed."""
        found = {item.window: item.rows for item in self._task.inputs("composite")}
        return _rows_of(found.items(), RATE)

    def amount(self, hours: int) -> Amount:
        """Rain of the hours that end with the task's window.

        Raises `ProductNotApplicable` where too many windows are missing for any pixel to have it.
        """
        windows, known = len(self._ends(hours, self.end)), self.known(hours)
        if windows - known > MAX_MISSING * windows:
            raise ProductNotApplicable(f"rain is known of {known} of {windows} windows")
        key = hours, self.end
        if key not in self._made:
            shape = grid_of(self._task.workspace.network, self._task.window.owner).shape
            self._made[key] = total(hours, self.end, self.window, self, shape)
        return self._made[key]

    def known(self, hours: int) -> int:
        """Windows of the hours that end with the task's window that have a rate."""
        return sum(end in self.rates for end in self._ends(hours, self.end))

    def own_piece(self) -> Floats:
        """Rain of the task's window, which has a rate, in mm."""
        return self._pieces.get(self.end, lambda: self._interval(self.end))

    def piece(self, end: datetime) -> Floats | None:
        """Rain of one window in mm; None for one without a rate."""
        if end not in self.rates:
            return None
        stored = self._stored(amount_name(self.window), end, self.fingerprint(end))
        if stored is not None:
            return stored.values
        return self._pieces.get(end, lambda: self._interval(end))

    def total(self, hours: int, end: datetime) -> tuple[Floats, Floats] | None:
        """Values and missing share of a sum that was made before; None where there is none."""
        if (hours, end) in self._made:
            amount = self._made[hours, end]
            return amount.values, amount.share
        fingerprint = self.fingerprint(end, hours)
        values = self._stored(sum_name(hours), end, fingerprint)
        share = self._stored(share_name(hours), end, fingerprint)
        return (values.values, share.values) if values and share else None

    def fingerprint(self, end: datetime, hours: int | None = None) -> str:
        """Fingerprint of the rain of a window, or of a sum of hours that ends with it."""
        ends = [end] if hours is None else self._ends(hours, end)
        rates = (self.rates.get(each) for each in (*ends, ends[-1] - self.window))
        return fingerprints.of_sequence(
            "rain", *(row.fingerprint if row else None for row in rates)
        )

    def sources(self, hours: int | None = None) -> dict[str, str]:
        """Fingerprints of the rates of the task's window, or of a sum, by their files."""
        ends = [self.end] if hours is None else self._ends(hours, self.end)
        rows = (self.rates.get(each) for each in (*ends, ends[-1] - self.window))
        return {
            PurePosixPath(row.path).name: row.fingerprint or "" for row in rows if row and row.path
        }

    def _ends(self, hours: int, end: datetime) -> list[datetime]:
        """Ends of the windows of a sum, the last one first."""
        return [end - n * self.window for n in range(timedelta(hours=hours) // self.window)]

    def _interval(self, end: datetime) -> Floats:
        before = end - self.window
        earlier = self._rate(before) if before in self.rates else None
        return interval(earlier, self._rate(end), self.window / timedelta(minutes=1))

    def _rate(self, end: datetime) -> Raster:
        path = self.rates[end].path or ""
        return self._rasters.get(path, lambda: self._read(path))

    def _read(self, path: str) -> Raster:
        store, key = self._task.workspace.store, PurePosixPath(path)
        if store.stat(key) is None:
            raise InputMissing(f"{path}: recorded, but not stored any more")
        return cog.read(store.get(key))

    def _stored(self, product: str, end: datetime, fingerprint: str) -> Raster | None:
        """What an earlier window has of a product, if it follows from the same rates."""
        row = self._recorded.get(product, {}).get(end)
        if row is None or row.path is None or row.fingerprint != fingerprint:
            return None
        is_there = self._task.workspace.store.stat(PurePosixPath(row.path)) is not None
        return self._read(row.path) if is_there else None

    @cached_property
    def _recorded(self) -> Mapping[str, Mapping[datetime, MapRow]]:
        """Rows of this stage of the windows before, by product."""
        task = self._task
        windows = [task.window.back(number) for number in range(1, task.reach + 1)]
        found = task.run.records.rows(task.stage, windows)
        names = (amount_name(self.window), *map(sum_name, HOURS), *map(share_name, HOURS))
        return {name: _rows_of(found.items(), name) for name in names}


def _rows_of(found: Iterable[tuple[Window, Rows]], product: str) -> dict[datetime, MapRow]:
    """Rows of a product that have a map, by the end of their window."""
    return {
        window.end: row_from(MapRow, row)
        for window, rows in found
        for row in rows
        if row["product"] == product and row.get("path")
    }
