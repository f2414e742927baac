"""The one place that parses and builds names: BUFR files, volumes, products and their folders.

Parsing and building are inverse to each other. Paths are relative, with forward slashes, and
made of validated parts only, so that no name from a server can lead out of the data folder.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from radar_assets.radar.errors import BadName

_STAMP = "%Y%m%dT%H%M%SZ"
ISO = "%Y-%m-%dT%H:%M:%SZ"
"""moments of volumes as text, in UTC"""

_RADAR = r"(?P<radar>[A-Z]{2,8}\d{1,3})"
_TIME = r"(?P<time>[1-9]\d{7}T\d{6}Z)"
_SERIES = rf"{_RADAR}_(?P<strategy>\d{{4}})_(?P<volume>\d{{1,2}})"
_BUFR = re.compile(rf"{_SERIES}_(?P<field>[A-Z][A-Z0-9]{{0,15}})_{_TIME}\.BUFR(?P<gzip>\.gz)?")
_NETCDF = re.compile(rf"{_SERIES}_{_TIME}\.nc")
_VOLUME = re.compile(rf"{_SERIES}_(?P<time>[1-9]\d{{3}}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")
_PRODUCT = re.compile(
    rf"{_RADAR}_{_TIME}_(?P<product>[A-Za-z][A-Za-z0-9]{{0,31}})_(?P<sweep>\d\d)\.(?P<suffix>png|tif)"
)


@dataclass(frozen=True, order=True)
class VolumeId:
    """One volume: what a radar radiated in one repetition of one volume of its strategy."""

    radar: str
    strategy: str
    volume: str
    time: datetime

    def __str__(self) -> str:
        return f"{self.radar}_{self.strategy}_{self.volume}_{self.time.strftime(ISO)}"

    @classmethod
    def parse(cls, text: str) -> VolumeId:
        """Read `RADAR_STRATEGY_VOLUME_YYYY-MM-DDTHH:MM:SSZ`."""
        return _volume_id(_match(_VOLUME, text, "a volume identifier"), ISO)

    @classmethod
    def from_netcdf(cls, name: str) -> VolumeId:
        """Read the name of a NetCDF file, as `netcdf_path` builds it."""
        return _volume_id(_match(_NETCDF, name, "a NetCDF volume"), _STAMP)

    @property
    def netcdf_path(self) -> PurePosixPath:
        """Path of the volume's NetCDF file below the data root."""
        name = f"{self.radar}_{self.strategy}_{self.volume}_{self.time.strftime(_STAMP)}.nc"
        return volumes_folder(self.radar, self.time) / name

    def product_path(self, product: str, sweep: int, suffix: str) -> PurePosixPath:
        """Path of a product file below the data root; `suffix` is png or tif."""
        name = f"{self._product_prefix}{product}_{sweep:02d}.{suffix}"
        _match(_PRODUCT, name, "a product")
        return self._products_folder / name

    @property
    def product_pattern(self) -> PurePosixPath:
        """Glob pattern, below the data root, of all product files of the volume."""
        return self._products_folder / f"{self._product_prefix}*"

    @property
    def _products_folder(self) -> PurePosixPath:
        return PurePosixPath("products", self.radar) / self.time.strftime("%Y/%m/%d")

    @property
    def _product_prefix(self) -> str:
        return f"{self.radar}_{self.time.strftime(_STAMP)}_"


@dataclass(frozen=True, order=True)
class BufrName:
    """The name of a BUFR file: one field of one volume."""

    id: VolumeId
    field: str
    gzipped: bool = False

    def __str__(self) -> str:
        series = f"{self.id.radar}_{self.id.strategy}_{self.id.volume}"
        stamp = self.id.time.strftime(_STAMP)
        return f"{series}_{self.field}_{stamp}.BUFR" + (".gz" if self.gzipped else "")

    @classmethod
    def parse(cls, name: str) -> BufrName:
        """Read `RADAR_STRATEGY_VOLUME_FIELD_YYYYMMDDTHHMMSSZ.BUFR[.gz]`.

        Raises `BadName` when it is anything else.
        """
        match = _match(_BUFR, name, "a BUFR file")
        return cls(_volume_id(match, _STAMP), match["field"], match["gzip"] is not None)

    @property
    def remote_path(self) -> PurePosixPath:
        """Path below the source's root, as SINARAME lays files out."""
        return remote_folder(self.id.radar, self.id.time) / str(self)

    @property
    def path(self) -> PurePosixPath:
        """Path below the data root."""
        return "bufr" / self.remote_path


def remote_folder(radar: str, time: datetime) -> PurePosixPath:
    """Folder of one volume below a source's root: RADAR/YYYY/MM/DD/HH/MMSS."""
    return PurePosixPath(radar) / time.strftime("%Y/%m/%d/%H/%M%S")


def bufr_hour_folder(radar: str, hour: datetime) -> PurePosixPath:
    """Folder below the data root that holds the BUFR folders of one hour."""
    return PurePosixPath("bufr", radar) / hour.strftime("%Y/%m/%d/%H")


def volumes_folder(radar: str, day: datetime) -> PurePosixPath:
    """Folder below the data root that holds the NetCDF volumes of one day."""
    return PurePosixPath("volumes", radar) / day.strftime("%Y/%m/%d")


def parse_product(name: str) -> tuple[str, datetime, str, int, str]:
    """Read a product file's name: radar, time, product, sweep index, suffix."""
    match = _match(_PRODUCT, name, "a product")
    return (
        match["radar"],
        _time(match, _STAMP),
        match["product"],
        int(match["sweep"]),
        match["suffix"],
    )


def _match(pattern: re.Pattern[str], text: str, kind: str) -> re.Match[str]:
    match = pattern.fullmatch(text) if text.isascii() else None
    if match is None:
        raise BadName(f"{text[:120]!r} is not the name of {kind}")
    return match


def _volume_id(match: re.Match[str], form: str) -> VolumeId:
    return VolumeId(match["radar"], match["strategy"], match["volume"], _time(match, form))


def _time(match: re.Match[str], form: str) -> datetime:
    try:
        return datetime.strptime(match["time"], form).replace(tzinfo=UTC)
    except ValueError:
        raise BadName(f"{match.string[:120]!r} holds a time that does not exist") from None
