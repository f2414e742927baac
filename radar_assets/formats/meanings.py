"""What maps mean in the words of ODIM_H5 and of CF, and the time that they are of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from radar_assets.formats.odim import QUANTITIES
from radar_assets.maps.description import Description
from radar_assets.maps.raster import Raster
from radar_assets.radar.fields import FIELDS
from radar_assets.radar.names import ISO

_SUM = re.compile(r"RAIN(\d\d[HM]|DAYG?)")
_MISSING = re.compile(r"MISSING\d\dH")


@dataclass(frozen=True)
class Meaning:
    """What a map shows."""

    product: str
    """of ODIM"""
    quantity: str
    """of ODIM; where it has none that fits, the name of our product"""
    standard_name: str | None = None
    """of CF"""
    gain: float = 1.0
    """what stored values times this, plus `offset`, are in the unit of the quantity"""
    offset: float = 0.0
    is_sum: bool = False
    """whether the values are of a span of time"""


_MEANINGS = {
    "RAIN": Meaning("SURF", "RATE", "rainfall_rate"),
    "ETOP": Meaning("ETOP", "HGHT"),
    "VIL": Meaning("VIL", "VIL"),
    "POH": Meaning("SURF", "POH", gain=0.01),
    "PIA": Meaning("PPI", "PIA"),
    "QUALITY": Meaning("QUAL", "QIND", gain=0.01),
    "SOURCE": Meaning("QUAL", "CLASS"),
    "COVERAGE": Meaning("QUAL", "CLASS"),
    "REMOVED": Meaning("QUAL", "CLASS"),
}


def meaning(about: Description) -> Meaning:
    """What a product shows; every product has a meaning, if only its name."""
    name = about.product
    if name in _MEANINGS:
        return _MEANINGS[name]
    if _SUM.fullmatch(name):
        return Meaning("RR", "ACRR", "thickness_of_rainfall_amount", is_sum=True)
    if _MISSING.fullmatch(name):
        return Meaning("QUAL", "QIND", gain=-1.0, offset=1.0, is_sum=True)
    kind = next((kind for kind in ("CAPPI", "COLMAX") if name.startswith(kind)), None)
    if kind or name.removesuffix("o") == about.field:
        product = {"CAPPI": "CAPPI", "COLMAX": "MAX", None: "PPI"}[kind]
        known = FIELDS.get(about.field)
        is_unfolded = about.parameters.get("dealiased") is True
        quantity = "VRADDH" if is_unfolded else QUANTITIES.get(about.field, about.field)
        return Meaning(product, quantity, known.standard_name if known else None)
    return Meaning("SURF", name)


def span(about: Description) -> tuple[datetime, datetime]:
    """Start and end of what a map shows: of a sum, of a composite's volumes, or of a volume."""
    length = timedelta(
        hours=about.parameters.get("hours", 0), minutes=about.parameters.get("minutes", 0)
    )
    times = about.parameters.get("times")
    starts = times.values() if isinstance(times, dict) else times or ()
    moments = [datetime.strptime(text, ISO).replace(tzinfo=UTC) for text in starts]
    return min([*moments, about.time - length]), about.time


def classes(raster: Raster) -> dict[int, str]:
    """Names of the classes of a map, by their values; empty where its values are numbers."""
    if not raster.has_classes:
        return {}
    own = str(raster.about.parameters.get("classes", "")).split()
    return dict(enumerate(own or raster.palette.labels, 1))
