"""Small archives of BUFR-named files for tests."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from pathlib import Path

from radar_assets.radar.names import BufrName, VolumeId


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def name(time: str, field: str = "DBZH", volume: str = "01", *, gzipped: bool = False) -> BufrName:
    return BufrName(VolumeId("RMA1", "0315", volume, utc(time)), field, gzipped)


def put(
    root: Path, bufr: BufrName, content: bytes = b"BUFR7777", modified: str = "2025-11-18"
) -> Path:
    path = root / bufr.remote_path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    stamp = utc(modified).timestamp()
    os.utime(path, (stamp, stamp))
    return path


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)
