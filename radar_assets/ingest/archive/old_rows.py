"""Rows of records for what an older daemon did, from the tables of its `state.db`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from radar_assets.errors import (
    BadName,
    DownloadIncomplete,
    ProductError,
    RadarAssetsError,
    StorageError,
    VolumeIncomplete,
)
from radar_assets.ingest.archive.state_db import (
    COMPLETED,
    OldDownload,
    OldProduct,
    OldVolume,
    StateDb,
)
from radar_assets.radar.names import ISO, BufrName, VolumeId


@dataclass(frozen=True)
class OldRow:
    """A row of the record of a window, without what the platform knows better."""

    volume: VolumeId
    """it, or that of the file or product: its time says which window"""
    stage: str
    columns: dict[str, Any] = field(default_factory=dict)
    error: RadarAssetsError | None = None
    """why it failed; None where it did not"""
    moment: datetime | None = None
    """when the older daemon did it; None where it did not note that"""


def file_rows(state: StateDb) -> Iterator[OldRow]:
    """Rows of downloads, by radar and time; other files are skipped."""
    for item in state.downloads():
        with suppress(BadName):
            yield _file_row(item, BufrName.parse(item.file_name))


def _file_row(item: OldDownload, name: BufrName) -> OldRow:
    """Row of a download; it is completed where its file was adopted."""
    columns = {
        "file_name": str(name),
        "strategy": name.id.strategy,
        "volume": name.id.volume,
        "field": name.field,
        "observation_time": f"{name.id.time:{ISO}}",
        "remote_path": item.remote_path,
        "server": item.server,
        "size_bytes": item.size,
        "attempts": item.attempts or 0,
        "bytes_downloaded": item.bytes_downloaded or 0,
        "downloaded_at": _stamp(item.downloaded_at),
        "last_attempt_at": _stamp(item.last_attempt_at),
        "sha256": item.sha256,
    }
    times = (item.downloaded_at, item.last_attempt_at, item.updated_at)
    moment = next(filter(None, map(_time, times)), None)
    return OldRow(name.id, "bufr_files", columns, _file_error(item), moment)


def volume_rows(state: StateDb) -> Iterator[OldRow]:
    """Rows of volumes; those that cannot be identified are skipped."""
    for item in state.volumes():
        volume = _volume_id(item)
        if volume:
            yield _volume_row(item, volume)


def product_rows(state: StateDb) -> Iterator[OldRow]:
    """Rows of products; those whose volume cannot be identified are skipped."""
    for item in state.products():
        volume = _parsed(item.volume_id)
        if volume:
            yield _product_row(item, volume)


def _file_error(item: OldDownload) -> RadarAssetsError | None:
    if item.sha256:
        return None
    if item.is_completed:
        path = item.local_path or "an unknown path"
        return StorageError(f"the older daemon had {item.file_name} at {path}; it is not here")
    reason = f": {item.error}" if item.error else ""
    status = item.status or "of no status"
    return DownloadIncomplete(f"the older daemon's download is {status}{reason}")


def _volume_row(item: OldVolume, volume: VolumeId) -> OldRow:
    expected, present = _names(item.expected_fields), _names(item.present_fields)
    columns = {
        "volume_id": str(volume),
        "strategy": volume.strategy,
        "volume": volume.volume,
        "observation_time": f"{volume.time:{ISO}}",
        "is_complete": bool(item.is_complete),
        "expected_fields": ", ".join(sorted(expected)),
        "present_fields": ", ".join(sorted(present)),
        "missing_fields": ", ".join(sorted(expected - present)),
        "processed_at": _stamp(item.processed_at),
        "warnings": f"an older daemon wrote {item.netcdf_path}" if item.netcdf_path else None,
    }
    error = _error(VolumeIncomplete, "volume", item.status, item.error)
    return OldRow(volume, "volumes", columns, error, _time(item.processed_at))


def _product_row(item: OldProduct, volume: VolumeId) -> OldRow:
    kind = item.product_type or "product"
    columns = {
        "volume_id": str(volume),
        "product": kind,
        "field": "",
        "filtered": False,
        "sweep": 0,
        "generated_at": _stamp(item.generated_at),
    }
    reason = ": ".join(filter(None, (item.error_type, item.error)))
    error = _error(ProductError, "product", item.status, reason)
    stage = "geotiff" if "tif" in kind.lower() else "png"
    return OldRow(volume, stage, columns, error, _time(item.generated_at))


def _error(
    kind: type[RadarAssetsError], noun: str, status: str | None, reason: str | None
) -> RadarAssetsError | None:
    if (status or "").lower() == COMPLETED:
        return None
    text = f"the older daemon's {noun} is {status or 'of no status'}"
    return kind(f"{text}: {reason}" if reason else text)


def _volume_id(item: OldVolume) -> VolumeId | None:
    """Identity of a volume, by its identifier or by its columns."""
    time = _time(item.observed_at)
    if time is None:
        return _parsed(item.volume_id)
    text = f"{item.radar}_{item.strategy}_{item.volume}_{time:{ISO}}"
    return _parsed(item.volume_id) or _parsed(text)


def _parsed(text: str | None) -> VolumeId | None:
    try:
        return VolumeId.parse(text or "")
    except BadName:
        return None


def _names(text: str | None) -> set[str]:
    """Names of fields from a JSON list or a text with commas."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        found = (text or "").split(",")
    return {str(name).strip() for name in found if name} if isinstance(found, list) else set()


def _time(text: str | None) -> datetime | None:
    """A moment that the daemon noted; one without a zone is UTC."""
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _stamp(text: str | None) -> str | None:
    time = _time(text)
    return f"{time:{ISO}}" if time else None
