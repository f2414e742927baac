"""Stage `rain`: what fell in each window of a composite, and in the hours up to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import time, timedelta
from functools import partial
from pathlib import Path

from radar_assets.accumulation.gauges import adjusted, mean_field_bias, read_gauges
from radar_assets.accumulation.sums import HOURS, MAX_MISSING
from radar_assets.files import sha256
from radar_assets.maps.description import Description
from radar_assets.maps.palettes import in_scheme, palette
from radar_assets.maps.raster import Raster
from radar_assets.maps.reduction import Reduction
from radar_assets.products import product
from radar_assets.radar.arrays import Floats
from radar_assets.stages.base import fingerprints
from radar_assets.stages.base.result import StageResult
from radar_assets.stages.base.rows import MapRow
from radar_assets.stages.base.stage import Check, Scope, Stage, Task
from radar_assets.stages.composing.making import Wanted, make_maps, remove_stale
from radar_assets.stages.composing.mosaics import grid_of, sites_of
from radar_assets.stages.composing.rain import (
    RATE,
    Rain,
    amount_name,
    reach,
    share_name,
    sum_name,
)

GAUGE_DAY = time(12)
"""UTC, at which those who read rain gauges end a day"""
DAY = "RAINDAY"
"""product of the rain of a gauge day"""
ADJUSTED = "RAINDAYG"
"""the same, adjusted by gauges"""


def make_rain(task: Task) -> StageResult:
    """Sum up the rain that the composite shows; what it does not have of a window is missing."""
    is_composed = any(item.window == task.window for item in task.inputs("composite"))
    wanted = list(_Maps(task, Rain(task)).wanted()) if is_composed else []
    return make_maps(task, "every_sum_was_made", wanted)


@dataclass(frozen=True)
class _Maps:
    """The maps of a window."""

    task: Task
    rain: Rain

    def wanted(self) -> Iterator[Wanted]:
        """Those that the window is to have."""
        rain = self.rain
        if rain.end in rain.rates:
            minutes = rain.window // timedelta(minutes=1)
            yield self._map(
                amount_name(rain.window), f"Rain of {minutes} minutes", None, rain.own_piece
            )
        for hours in HOURS:
            span = "an hour" if hours == 1 else f"{hours} hours"
            values, share = partial(self._values, hours), partial(self._share, hours)
            yield self._map(sum_name(hours), f"Rain of {span}", hours, values)
            yield self._map(share_name(hours), f"Missing time of {span}", hours, share)
        if rain.end.time() == GAUGE_DAY:
            day, title = partial(self._values, 24), "Rain of the day up to 12 UTC"
            yield self._map(DAY, title, 24, day)
            gauges = self.task.workspace.network.composites[self.task.window.owner].gauges
            if gauges:
                yield _adjusted(self._map(ADJUSTED, f"{title}, by gauges", 24, day), gauges)

    def _values(self, hours: int) -> Floats:
        return self.rain.amount(hours).values

    def _share(self, hours: int) -> Floats:
        return self.rain.amount(hours).share

    def _map(
        self, name: str, title: str, hours: int | None, values: Callable[[], Floats]
    ) -> Wanted:
        """A map of the rain of the window, or of so many hours up to its end."""
        network, owner = self.task.workspace.network, self.task.window.owner
        is_share = name.startswith("MISSING")
        colours = palette("missing" if is_share else "rain_sum")

        def make() -> Raster:
            drawn = values()
            about = Description(
                name=owner,
                time=self.rain.end,
                product=name,
                title=title,
                units="1" if is_share else "mm",
                field=product(RATE).field,
                filtered=product(RATE).filtered,
                sites=sites_of(network, owner),
                sources=self.rain.sources(hours),
                parameters=_parameters(self.rain, hours),
                done=("along the motion of the rain",),
                reduction=Reduction.MEAN,
            )
            shown = in_scheme(colours, network.settings.palettes)
            return Raster(drawn, grid_of(network, owner), shown, about)

        return Wanted(
            product=name,
            fingerprint=self.rain.fingerprint(self.rain.end, hours),
            make=make,
            columns={"radars": " ".join(network.radars_of(owner))},
            is_drawn=hours is not None and not is_share,
        )


def _adjusted(wanted: Wanted, table: Path) -> Wanted:
    """A sum that is multiplied by the bias that gauges have found."""

    def make() -> Raster:
        gauges = read_gauges(table)
        raster = wanted.make()
        bias = mean_field_bias(raster.values, raster.grid, gauges, raster.about.time)
        about = replace(
            raster.about,
            parameters={**raster.about.parameters, "factor": bias.factor, "gauges": bias.stations},
            done=(*raster.about.done, f"times {bias.factor:.2f} by {len(bias.stations)} gauges"),
        )
        return replace(raster, values=adjusted(raster.values, bias), about=about)

    known = sha256(table) if table.is_file() else None
    fingerprint = fingerprints.of_sequence(wanted.fingerprint, known)
    return replace(wanted, make=make, fingerprint=fingerprint)


def _parameters(rain: Rain, hours: int | None) -> dict[str, object]:
    if hours is None:
        return {"motion": "optical flow"}
    amount = rain.amount(hours)
    return {
        "motion": "optical flow",
        "hours": hours,
        "max_missing": round(MAX_MISSING, 4),
        "missing_windows": amount.windows - rain.known(hours),
        "windows": amount.windows,
    }


STAGE = Stage(
    name="rain",
    description="Rain of {owner}: of each window, and of 1, 3, 6 and 24 hours up to its end.",
    kind="geotiff",
    row=MapRow,
    work=make_rain,
    scope=Scope.COMPOSITE,
    upstream=("composite",),
    reach=lambda network, _owner: reach(network.settings.window),
    checks=(Check("every_sum_was_made", "Every sum that the composite allows was made."),),
    seconds=("render_seconds",),
    recorded=remove_stale,
)
