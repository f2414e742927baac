"""Tables of the network file: settings, sources, radars, composites, strategies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from radar_assets.errors import SettingsError
from radar_assets.maps.grid import ZOOM
from radar_assets.maps.palettes import Scheme
from radar_assets.products import choose
from radar_assets.radar.names import PRODUCT_TEMPLATE
from radar_assets.settings.model import Model
from radar_assets.settings.types import (
    Address,
    ComposedName,
    Duration,
    ExportFormat,
    FieldName,
    Moment,
    OdimNode,
    Pause,
    PositiveDuration,
    ProductName,
    ProductTemplate,
    Size,
    StageName,
    Text,
    VariableName,
)

LONGEST_SUM = timedelta(hours=24)
"""longest time over which rain is summed"""


class Settings(Model):
    """What holds for every radar."""

    replaced: ClassVar[Mapping[str, str]] = {
        "grid_step": "write zoom instead: 8 for about 500 m, 9 for 250 m, 7 for 1 km"
    }

    window_minutes: Literal[1, 2, 5, 10, 15, 20, 30, 60] = 10
    """length of a partition window"""
    start: Moment = datetime(2025, 11, 1, tzinfo=UTC)
    """first window of radars that name no start of their own"""
    incomplete_after: Duration = timedelta(minutes=15)
    """age at which a volume with missing fields is taken as it is"""
    allow_incomplete: bool = True
    """whether such a volume is processed or skipped"""
    settle_after: Pause = timedelta(seconds=20)
    """a file whose size has not changed for this long is complete"""
    late_horizon: Duration = timedelta(hours=24)
    """how far back the server is listed again for late and changed files"""
    cadence: PositiveDuration = timedelta(minutes=10)
    """expected time from volume to volume of a radar"""
    composite_after: Duration = timedelta(minutes=8)
    """time after the end of a window at which composites do not wait for radars any longer"""
    stale_after_missed: int = Field(default=3, ge=1, le=1000)
    """volumes that a radar may miss before it counts as silent"""
    windows_per_run: int = Field(default=36, ge=1, le=1440)
    """longest range of windows in one run"""
    run_limit: PositiveDuration = timedelta(minutes=10)
    """time that a run may take to begin and list; one that takes longer is ended and tried again"""
    window_limit: PositiveDuration = timedelta(minutes=2)
    """time that a run may take on top for each of its windows"""
    workers: int | None = Field(default=None, ge=1, le=64)
    """windows of a run at the same time; as many as there are cores when absent"""
    min_free: Size = 2 * 10**9
    """free space on the data folder's disk below which no file is fetched"""
    compress_bufr: bool = False
    """whether BUFR files are kept gzipped"""
    keep_bufr: Duration | None = None
    """age at which BUFR files are removed; never when absent"""
    keep_volumes: Duration | None = None
    """age at which NetCDF volumes are removed; never when absent"""
    keep_products: Duration | None = None
    """age at which maps of radars and composites are removed; never when absent"""
    keep_runs: Duration | None = Field(default=timedelta(days=30), ge=timedelta(days=1))
    """age at which runs and their logs go; what they recorded of windows stays"""
    zoom: int = Field(default=ZOOM, ge=4, le=10)
    """of the pyramid of web maps whose pixels maps have: 524 m of ground at 8 and 31 degrees"""
    crs: Literal["EPSG:3857", "EPSG:4326"] = "EPSG:3857"
    """coordinate system of maps: metres of Mercator, or degrees"""
    product_names: ProductTemplate = PRODUCT_TEMPLATE
    """what names of product files are made of, of radar, strategy, volume, time, product, sweep"""
    quicklooks: tuple[ProductName, ...] = ("COLMAX", "DBZH", "VRAD")
    """products of which annotated pictures for people are made, too"""
    attribution: Text = "Data: SINARAME"
    """origin of the data, as quicklooks show it"""
    palettes: Scheme = Scheme.STANDARD
    """colours of maps: those that forecasters are used to, or ones for colour-blind readers"""
    formats: tuple[ExportFormat, ...] = ()
    """formats in which volumes are written besides CF/Radial, for others"""
    ray_position: Literal["centre", "start"] = "centre"
    """whether a row's azimuth is the centre of its sector or its first edge"""
    gate_position: Literal["start", "centre"] = "start"
    """whether the coded range offset is the start of the first gate or its centre"""
    frequency: float | None = Field(default=None, ge=1e9, le=1e11)
    """of the radars in Hz, for the volumes; their files hold none"""

    @property
    def window(self) -> timedelta:
        """Length of every window."""
        return timedelta(minutes=self.window_minutes)

    @model_validator(mode="after")
    def _files_outlast_the_late_horizon(self) -> Settings:
        late = self.late_horizon + self.incomplete_after + self.window
        least = {"keep_bufr": late, "keep_volumes": late, "keep_products": late + LONGEST_SUM}
        for name, limit in least.items():
            age = getattr(self, name)
            if age is not None and age < limit:
                why = "late files may come" if limit == late else "sums may be made of them"
                raise ValueError(f"{name} must be at least {limit}: {why} till then")
        return self


class Source(Model):
    """A server or folder that holds BUFR files as RADAR/YYYY/MM/DD/HH/MMSS/FILE.

    Settings of its kind are kept as they are; `ingest.sources.registry` checks them.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    url: Address
    """ftp://host[:port]/path, ftps://host[:port]/path, or a folder"""
    username_env: VariableName | None = None
    """name of the environment variable that holds the user name; none: anonymous"""
    password_env: VariableName | None = None
    """name of the environment variable that holds the password"""
    priority: int = Field(default=1, ge=-1000, le=1000)
    """sources with a lower number are asked first; among equals, the one that serves best"""


class Radar(Model):
    """One radar of the network."""

    title: Text = ""
    """place name"""
    sources: tuple[str, ...] = Field(min_length=1)
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    altitude: float | None = Field(default=None, ge=-500, le=9000)
    """metres above mean sea level; used where the BUFR files carry none"""
    odim_node: OdimNode | None = None
    """identifier in ODIM files (NOD); left out of them when absent"""
    start: Moment | None = None
    """first window; that of the settings when absent"""
    end: Moment | None = None
    """when the radar's windows end; never when absent"""
    live: bool = False
    """whether the radar's sensor starts switched on"""
    stages: tuple[StageName, ...] | None = Field(default=None, min_length=1)
    """stages to make; all when absent"""
    fields: tuple[FieldName, ...] | None = None
    """fields to fetch; all when absent"""
    products: tuple[ProductName, ...] | None = None
    """products to make; all when absent"""
    parameters: dict[str, dict[str, bool | int | float | str]] = Field(default_factory=dict)
    """parameters that differ from their defaults, by product, or QC for quality control"""
    allow_incomplete: bool | None = None
    """whether an overdue volume is processed or skipped; that of the settings when absent"""
    poll_seconds: int = Field(default=10, ge=5, le=86400)
    cadence: PositiveDuration | None = None
    """expected time from volume to volume; that of the settings when absent"""

    @model_validator(mode="after")
    def _is_possible(self) -> Radar:
        if self.start and self.end and self.end <= self.start:
            raise ValueError("end is not after start")
        try:
            choose(self.parameters)
        except SettingsError as error:
            raise ValueError(str(error)) from None
        return self


class Composite(Model):
    """Several radars that are shown as one."""

    title: Text = ""
    """what it shows, e.g. a country's name"""
    radars: tuple[str, ...] | None = Field(default=None, min_length=1)
    """all radars of the network when absent"""
    start: Moment | None = None
    """first window; the earliest of its radars when absent"""
    products: tuple[ComposedName, ...] | None = Field(default=None, min_length=1)
    """products to compose; all that can be when absent"""
    zoom: int | None = Field(default=None, ge=3, le=10)
    """of its maps; one below that of its radars' maps when absent"""
    max_range: float = Field(default=240_000.0, ge=10_000, le=600_000)
    """metres on the ground to which each radar counts"""
    gauges: Path | None = None
    """CSV table of rain gauges that adjusts the rain of a gauge day; see docs/products.md"""
    live: bool = False
    """whether its sensor starts switched on"""
    poll_seconds: int = Field(default=10, ge=5, le=86400)


class StrategyVolume(Model):
    """What one volume of a scan strategy consists of."""

    description: Text = ""
    fields: tuple[FieldName, ...] | None = Field(default=None, min_length=1)
    """fields of a complete volume; None where they are not known"""
    sweeps: int | None = Field(default=None, ge=1, le=1000)
    """sweeps of a whole volume"""
    rays: int | None = Field(default=None, ge=1, le=100_000)
    """rays of every sweep"""
    gates: int | None = Field(default=None, ge=1, le=100_000)
    """gates of the longest sweep"""
    gate_size: float | None = Field(default=None, gt=0, le=100_000)
    """metres"""
    nyquist_velocity: tuple[Annotated[float, Field(gt=0, le=1000)], ...] = ()
    """m/s, one value for all sweeps or one per sweep; empty where it is not known"""
    scan_rate: tuple[Annotated[float, Field(ge=1, le=120)], ...] = ()
    """degrees per second, likewise; used where the files code no duration of their sweeps"""
