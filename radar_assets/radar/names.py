"""Names of BUFR files, volumes, products and their folders, parsed and built in this module only.

Parsing and building are inverse to each other. Paths are relative, with forward slashes, and
made of validated parts only, so that no name from a server can lead out of the data folder.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import PurePath, PurePosixPath

from radar_assets.errors import BadName

_STAMP = "%Y%m%dT%H%M%SZ"
_DAY = "%Y/%m/%d"
ISO = "%Y-%m-%dT%H:%M:%SZ"
"""moments of volumes as text, in UTC"""

_RADAR = r"(?P<radar>[A-Z]{2,8}\d{1,3})"
_MAP_TIME = re.compile(r"_(?P<time>\d{8}T\d{6}Z)(?=[_.])", re.ASCII)
_RADAR_NAME = re.compile(_RADAR)
_TIME = r"(?P<time>[1-9]\d{7}T\d{6}Z)"
_SERIES = rf"{_RADAR}_(?P<strategy>\d{{4}})_(?P<volume>\d{{1,2}})"
_BUFR = re.compile(
    rf"{_SERIES}_(?P<field>[A-Z][A-Z0-9]{{0,15}})_{_TIME}(?i:(?P<bufr>\.BUFR)(?P<gzip>\.gz)?)"
)
_NETCDF = re.compile(rf"{_SERIES}_{_TIME}\.nc")
_EXPORT = re.compile(rf"{_SERIES}_{_TIME}\.[a-z0-9]+\.[a-z0-9]+")
_VOLUME = re.compile(rf"{_SERIES}_(?P<time>[1-9]\d{{3}}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")
_PRODUCT_PARTS = {
    "radar": _RADAR,
    "strategy": r"(?P<strategy>\d{4})",
    "volume": r"(?P<volume>\d{1,2})",
    "time": _TIME,
    "product": r"(?P<product>[A-Za-z][A-Za-z0-9]{0,31})",
    "sweep": r"(?P<sweep>\d\d)",
}

PRODUCT_TEMPLATE = "{radar}_{time}_{product}_{sweep}"
"""what the names of product files are made of, where nothing else is chosen"""


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

    @classmethod
    def from_export(cls, name: str) -> VolumeId:
        """Read the name of a file as `export_path` builds it."""
        return _volume_id(_match(_EXPORT, name, "an exported volume"), _STAMP)

    @property
    def netcdf_path(self) -> PurePosixPath:
        """Path of the volume's NetCDF file below the data root."""
        return volumes_folder(self.radar, self.time) / f"{self.stem}.nc"

    @property
    def stem(self) -> str:
        """Name of the volume's NetCDF file, without its suffix."""
        return f"{self.radar}_{self.strategy}_{self.volume}_{self.time.strftime(_STAMP)}"

    def product_path(
        self, product: str, sweep: int, suffix: str, template: str = PRODUCT_TEMPLATE
    ) -> PurePosixPath:
        """Path of a product file below the data root; `suffix` is png or tif."""
        form = _product_form(template)
        parts = {
            "radar": self.radar,
            "strategy": self.strategy,
            "volume": self.volume,
            "time": self.time.strftime(_STAMP),
            "product": product,
            "sweep": f"{sweep:02d}",
        }
        name = f"{template.format(**parts)}.{suffix}"
        _match(form, name, "a product")
        return self._products_folder / name

    def quicklook_path(
        self, product: str, sweep: int, template: str = PRODUCT_TEMPLATE
    ) -> PurePosixPath:
        """Path of a product's quicklook below the data root; its name is that of the PNG."""
        picture = self.product_path(product, sweep, "png", template)
        return "quicklooks" / picture.relative_to("products")

    def export_path(self, suffix: str) -> PurePosixPath:
        """Path of the volume in a format of others below the data root."""
        folder = volumes_folder(self.radar, self.time).relative_to("volumes")
        return "formats" / folder / f"{self.stem}.{suffix}"

    @property
    def product_pattern(self) -> PurePosixPath:
        """Glob pattern, below the data root, of all product files of the volume's time.

        It finds them by whatever template they are named.
        """
        return self._products_folder / f"{self.radar}_*{self.time.strftime(_STAMP)}[_.]*"

    @property
    def _products_folder(self) -> PurePosixPath:
        return PurePosixPath("products", self.radar) / self.time.strftime("%Y/%m/%d")


@dataclass(frozen=True, order=True)
class BufrName:
    """The name of a BUFR file: one field of one volume."""

    id: VolumeId
    field: str
    gzipped: bool = False
    suffixes: tuple[str, str] = dataclasses.field(
        default=(".BUFR", ".gz"), compare=False, repr=False
    )
    """how a server writes the endings, in whatever case; the name means the same"""

    def __str__(self) -> str:
        return self._spelled(*self.suffixes)

    @classmethod
    def parse(cls, name: str) -> BufrName:
        """Read `RADAR_STRATEGY_VOLUME_FIELD_YYYYMMDDTHHMMSSZ.BUFR[.gz]`, endings in any case.

        Raises `BadName` when it is anything else.
        """
        match = _match(_BUFR, name, "a BUFR file")
        return cls(
            _volume_id(match, _STAMP),
            match["field"],
            match["gzip"] is not None,
            (match["bufr"], match["gzip"] or ".gz"),
        )

    @property
    def stored(self) -> str:
        """Name under which the file is stored here: the endings as most servers write them."""
        return self._spelled(".BUFR", ".gz")

    @property
    def message(self) -> str:
        """Name of the message in the file, however it is stored."""
        return str(BufrName(self.id, self.field))

    def _spelled(self, bufr: str, packed: str) -> str:
        series = f"{self.id.radar}_{self.id.strategy}_{self.id.volume}"
        stamp = self.id.time.strftime(_STAMP)
        return f"{series}_{self.field}_{stamp}{bufr}" + (packed if self.gzipped else "")

    @property
    def remote_path(self) -> PurePosixPath:
        """Path below the source's root, as SINARAME lays files out."""
        return remote_folder(self.id.radar, self.id.time) / str(self)

    @property
    def path(self) -> PurePosixPath:
        """Path below the data root."""
        return "bufr" / remote_folder(self.id.radar, self.id.time) / self.stored


def remote_folder(radar: str, time: datetime) -> PurePosixPath:
    """Folder of one volume below a source's root: RADAR/YYYY/MM/DD/HH/MMSS."""
    return PurePosixPath(radar) / time.strftime("%Y/%m/%d/%H/%M%S")


def bufr_hour_folder(radar: str, hour: datetime) -> PurePosixPath:
    """Folder below the data root that holds the BUFR folders of one hour."""
    return PurePosixPath("bufr", radar) / hour.strftime("%Y/%m/%d/%H")


def volumes_folder(radar: str, day: datetime) -> PurePosixPath:
    """Folder below the data root that holds the NetCDF volumes of one day."""
    return PurePosixPath("volumes", radar) / day.strftime("%Y/%m/%d")


def day_of(folder: PurePath) -> datetime:
    """Day of a folder whose path ends in YYYY/MM/DD; `BadName` for any other."""
    text = "/".join(folder.parts[-3:])
    try:
        day = datetime.strptime(text, _DAY).replace(tzinfo=UTC)
    except ValueError:
        day = None
    if day is None or day.strftime(_DAY) != text:
        raise BadName(f"{str(folder)[-120:]!r} is not the folder of a day")
    return day


def file_prefix(radar: str) -> str:
    """What the names of all files of a radar begin with."""
    return f"{radar}_"


@dataclass(frozen=True)
class ProductName:
    """What the name of a product file says; None where its template leaves something out."""

    radar: str
    time: datetime
    product: str
    suffix: str
    sweep: int | None
    strategy: str | None
    volume: str | None


def parse_product(name: str, template: str = PRODUCT_TEMPLATE) -> ProductName:
    """Read the name of a product file that a template made."""
    match = _match(_product_form(template), name, "a product")
    parts = match.groupdict()
    return ProductName(
        radar=match["radar"],
        time=_time(match, _STAMP),
        product=match["product"],
        suffix=match["suffix"],
        sweep=int(match["sweep"]) if "sweep" in parts else None,
        strategy=parts.get("strategy"),
        volume=parts.get("volume"),
    )


def map_time(name: str) -> datetime | None:
    """Time in the name of a map or of a file beside it, whatever template made it."""
    found = _MAP_TIME.search(name)
    try:
        return _time(found, _STAMP) if found else None
    except BadName:
        return None


def check_radar(name: str) -> str:
    """Return the name of a radar; `BadName` when names of files could not hold it."""
    _match(_RADAR_NAME, name, "a radar")
    return name


def check_template(template: str) -> str:
    """Return a template of product names; `BadName` when names made by it could not be read."""
    _product_form(template)
    return template


@cache
def _product_form(template: str) -> re.Pattern[str]:
    """Pattern of the product names that a template makes."""
    parts = [part[1:-1] for part in template.split("_")]
    is_plain = template == "_".join(f"{{{part}}}" for part in parts)
    is_known = len(set(parts)) == len(parts) and _PRODUCT_PARTS.keys() >= set(parts)
    if not (is_plain and is_known and parts[0] == "radar" and {"time", "product"} <= set(parts)):
        every = " ".join(f"{{{part}}}" for part in _PRODUCT_PARTS)
        raise BadName(
            f"{template!r} cannot name products: begin with {{radar}}, join with _ what is wanted "
            f"of {every}, and leave out neither {{time}} nor {{product}}"
        )
    body = "_".join(_PRODUCT_PARTS[part] for part in parts)
    return re.compile(rf"{body}\.(?P<suffix>png|tif)")


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
