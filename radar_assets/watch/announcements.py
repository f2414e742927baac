"""What a broker is told of a file: notifications after WMO's WIS2 Notification Message, in GeoJSON.

A message has an identifier that follows from the file's path and digest: whoever gets it twice,
because a connection broke before the broker's answer came, knows it by that.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from radar_assets.files import MEDIA_TYPES
from radar_assets.maps.grid import WGS84, transformer
from radar_assets.radar.names import ISO
from radar_assets.settings.messages import Messages

_CONFORMS = "http://wis.wmo.int/spec/wnm/1/conf/core"


@dataclass(frozen=True)
class Announcement:
    """A version of a file that is to be announced."""

    owner: str
    product: str
    time: datetime
    path: str
    """below the data root"""
    version: str
    """equal as long as the file follows from the same"""
    place: Mapping[str, Any]
    """`bounds` and `crs`, where they are known"""


def topic(wanted: Messages, item: Announcement) -> str:
    """Topic of a message."""
    return f"{wanted.topic}/{item.owner}/{item.product}"


def notification(
    wanted: Messages,
    item: Announcement,
    *,
    base: str,
    sha256: str,
    size: int,
    now: datetime,
    is_update: bool,
) -> dict[str, Any]:
    """The message of a file.

    Args:
        wanted: what the network file says of messages.
        item: the file.
        base: URL under which the folder of products is served.
        sha256: its digest, hexadecimal.
        size: its bytes.
        now: the present.
        is_update: whether another version of it was announced before.
    """
    relative = PurePosixPath(item.path).relative_to("products")
    digest = base64.b64encode(bytes.fromhex(sha256)).decode("ascii")
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{item.path} {sha256}")),
        "type": "Feature",
        "conformsTo": [_CONFORMS],
        "geometry": _geometry(item.place),
        "properties": {
            "data_id": f"{wanted.topic}/{relative}",
            "metadata_id": wanted.metadata_id or f"urn:x-radar-assets:{item.owner}",
            "datetime": item.time.strftime(ISO),
            "pubtime": now.strftime(ISO),
            "integrity": {"method": "sha256", "value": digest},
        },
        "links": [
            {
                "rel": "update" if is_update else "canonical",
                "href": f"{base.rstrip('/')}/{quote(str(relative))}",
                "type": MEDIA_TYPES[relative.suffix],
                "length": size,
            }
        ],
    }


def _geometry(place: Mapping[str, Any]) -> dict[str, Any] | None:
    if "bounds" not in place:
        return None
    west, south, east, north = place["bounds"]
    xs, ys = (west, east, east, west, west), (south, south, north, north, south)
    longitudes, latitudes = transformer(place["crs"], WGS84).transform(xs, ys)
    corners = [[round(x, 6), round(y, 6)] for x, y in zip(longitudes, latitudes, strict=True)]
    return {"type": "Polygon", "coordinates": [corners]}
