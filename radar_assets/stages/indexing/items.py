"""What the catalogue says of files: assets of STAC items, and what holds them together.

STAC 1.1 with the extensions for files, projections and rasters. Links are relative, so that
`catalog/` is found beside the data wherever both are copied to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from radar_assets.files import MEDIA_TYPES, sha256
from radar_assets.maps.grid import pixel_size
from radar_assets.radar.names import ISO, VolumeId
from radar_assets.settings import Network
from radar_assets.stages.base.rows import ExportRow, MapRow, ProductRow, Row, VolumeRow
from radar_assets.stages.base.store import Store
from radar_assets.stages.indexing.frames import Frame

Json = dict[str, Any]

ROOT = PurePosixPath("catalog")
STAC = "1.1.0"
EXTENSIONS = (
    "https://stac-extensions.github.io/file/v2.1.0/schema.json",
    "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
)

_DEPTH = "../" * 5
"""from the folder of an item to the data root"""
_SHA256 = "1220"
"""of a multihash: the function, and the length of its digest"""
_KEPT = ("type", "title", "roles", "proj:code", "raster:bands")
"""what is the same of an asset in all items, as a rule"""


def moment_of(row: Row | Mapping[str, Any]) -> datetime | None:
    """Time of the item that a row belongs to; None for a row of no item."""
    columns = row if isinstance(row, Mapping) else vars(row)
    if columns.get("volume_id"):
        return VolumeId.parse(columns["volume_id"]).time
    text = columns.get("observation_time")
    return datetime.strptime(text, ISO).replace(tzinfo=UTC) if text else None


def assets_of(store: Store, row: Row, frame: Frame | None) -> Iterator[tuple[str, Json]]:
    """Assets of the files of a row that are stored, by their keys; `frame` is that of a map."""
    if isinstance(row, VolumeRow):
        facts: Json = {"digest": row.sha256, "title": "CF/Radial volume", "roles": ["data"]}
        yield from _asset(store, "volume", row.netcdf_path, **facts)
    elif isinstance(row, ExportRow):
        facts = {"digest": row.sha256, "title": f"Volume as {row.format}", "roles": ["data"]}
        yield from _asset(store, row.format, row.path, **facts)
    elif frame and isinstance(row, ProductRow | MapRow) and row.path:
        path = PurePosixPath(row.path)
        suffixes = (path.suffix,) if isinstance(row, ProductRow) else tuple(MEDIA_TYPES)
        for suffix in suffixes:
            key = row.product if suffix == ".tif" else f"{row.product}{suffix}"
            found = _asset(
                store,
                key,
                str(path.with_suffix(suffix)),
                digest=row.sha256 if suffix == path.suffix else None,
                title=frame["title"],
                roles=["visual", "overview"] if suffix == ".png" else ["data"],
            )
            for name, asset in found:
                yield name, {**asset, **(_raster(row, frame) if suffix == ".tif" else {})}


def _asset(
    store: Store,
    name: str,
    path: str | None,
    *,
    digest: str | None,
    title: str,
    roles: list[str],
) -> Iterator[tuple[str, Json]]:
    """The asset of a file that is stored; its digest is read where the row has none."""
    key = PurePosixPath(path or "")
    stat = store.stat(key) if path else None
    if stat is not None:
        yield (
            name,
            {
                "href": f"{_DEPTH}{key}",
                "type": MEDIA_TYPES[key.suffix],
                "title": title,
                "roles": roles,
                "file:size": stat.size,
                "file:checksum": f"{_SHA256}{digest or sha256(store.get(key))}",
            },
        )


def _raster(row: ProductRow | MapRow, frame: Frame) -> Json:
    """Where the pixels of a GeoTIFF are, and what they are."""
    known = json.loads(row.parameters)
    found: Json = {"proj:code": known["crs"]}
    if "zoom" in known:
        nodata = 0 if known["data_type"] == "uint8" else "nan"
        band = {"data_type": known["data_type"], "nodata": nodata, "unit": frame["units"]}
        found["raster:bands"] = [{**band, "sampling": "area"}]
        west, south, east, north = known["bounds"]
        pixel = pixel_size(known["zoom"], known["crs"])
        found["proj:shape"] = [round((north - south) / pixel), round((east - west) / pixel)]
        found["proj:transform"] = [pixel, 0, west, 0, -pixel, north]
        found["proj:bbox"] = known["bounds"]
    return found


def key_of(asset: Mapping[str, Any]) -> PurePosixPath:
    """Key of the file of an asset."""
    return PurePosixPath(str(asset["href"]).removeprefix(_DEPTH))


def item_key(owner: str, time: datetime) -> PurePosixPath:
    """Key of the item of a time of a radar or composite."""
    return day_folder(owner, f"{time:%Y/%m/%d}") / f"{owner}_{time:%Y%m%dT%H%M%SZ}.json"


def day_folder(owner: str, day: str) -> PurePosixPath:
    """Folder of the items of a day, YYYY/MM/DD."""
    return ROOT / owner / day


def item(network: Network, owner: str, time: datetime, assets: Json, edges: list[float]) -> Json:
    """Item of a time; `edges` are west, south, east and north in degrees, of a point alike."""
    return {
        "type": "Feature",
        "stac_version": STAC,
        "stac_extensions": list(EXTENSIONS),
        "id": item_key(owner, time).stem,
        "collection": owner,
        "geometry": geometry(edges),
        "bbox": edges,
        "properties": {
            "datetime": time.strftime(ISO),
            "instruments": list(network.radars_of(owner)),
        },
        "links": [
            _link("root", "../../../../catalog.json"),
            _link("collection", "../../../collection.json"),
            _link("parent", "catalog.json"),
        ],
        "assets": dict(sorted(assets.items())),
    }


def geometry(edges: list[float]) -> Json:
    """A rectangle in degrees as GeoJSON, or a point where it has no extent."""
    west, south, east, north = edges
    if (west, south) == (east, north):
        return {"type": "Point", "coordinates": [west, south]}
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [corners]}


def united(boxes: Iterable[list[float]]) -> list[float]:
    """Edges of the rectangle around several; a point is a rectangle, too."""
    west, south, east, north = zip(*boxes, strict=True)
    return [min(west), min(south), max(east), max(north)]


def day_catalog(owner: str, day: str, names: Iterable[str]) -> Json:
    """Catalogue of the items of a day, by the names of their files."""
    return {
        "type": "Catalog",
        "stac_version": STAC,
        "id": f"{owner}_{day.replace('/', '')}",
        "description": f"{owner} on {day.replace('/', '-')}",
        "links": [
            _link("root", "../../../../catalog.json"),
            _link("parent", "../../../collection.json"),
            *(_link("item", name, "application/geo+json") for name in sorted(names)),
        ],
    }


def collection(
    network: Network, owner: str, days: Iterable[str], edges: list[float], assets: Json
) -> Json:
    """Collection of a radar or composite; `assets` are those of its items."""
    ordered = sorted(days)
    codes = sorted({asset["proj:code"] for asset in assets.values() if "proj:code" in asset})
    title, first = network.title(owner), ordered[0].replace("/", "-")
    return {
        "type": "Collection",
        "stac_version": STAC,
        "stac_extensions": [EXTENSIONS[1], EXTENSIONS[2]],
        "id": owner,
        "title": f"{owner} {title}".strip(),
        "description": f"Volumes and maps of {'composite' * (owner in network.composites)}"
        f"{'radar' * (owner not in network.composites)} {owner}, one item for each time.",
        "license": "other",
        "extent": {
            "spatial": {"bbox": [edges]},
            "temporal": {"interval": [[f"{first}T00:00:00Z", None]]},
        },
        "summaries": {"instruments": list(network.radars_of(owner)), "proj:code": codes},
        "item_assets": dict(sorted(assets.items())),
        "links": [
            _link("root", "../catalog.json"),
            _link("parent", "../catalog.json"),
            *(_link("child", f"{day}/catalog.json") for day in ordered),
        ],
    }


def summary(assets: Json) -> Json:
    """What a collection says of the assets of an item."""
    return {
        name: {key: asset[key] for key in _KEPT if key in asset} for name, asset in assets.items()
    }


def root(owners: Iterable[str]) -> Json:
    """The catalogue of all radars and composites that have a collection."""
    return {
        "type": "Catalog",
        "stac_version": STAC,
        "id": "radar_assets",
        "description": "Volumes and maps of weather radars.",
        "links": [
            _link("root", "catalog.json"),
            *(_link("child", f"{owner}/collection.json") for owner in sorted(owners)),
        ],
    }


def linked(found: Mapping[str, Any], rel: str) -> list[str]:
    """Targets of the links of a kind."""
    return [link["href"] for link in found.get("links", ()) if link["rel"] == rel]


def _link(rel: str, href: str, kind: str = "application/json") -> Json:
    return {"rel": rel, "href": href, "type": kind}
