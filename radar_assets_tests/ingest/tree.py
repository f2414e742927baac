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
    root: Path,
    bufr: BufrName,
    content: bytes = b"BUFR\0\0\x0c\x047777",
    modified: str = "2025-11-18",
) -> Path:
    path = root / bufr.remote_path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    stamp = utc(modified).timestamp()
    os.utime(path, (stamp, stamp))
    return path


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(f"{size} {seed}").randbytes(size)


def message(size: int, seed: int = 0) -> bytes:
    """Noise in the frame of a BUFR message, of so many bytes in all."""
    return b"BUFR" + size.to_bytes(3, "big") + b"\x04" + noise(size - 12, seed) + b"7777"


def hourly(root: Path) -> None:
    """Put a file into every hour of a day."""
    for hour in range(24):
        put(root, name(f"2025-11-18T{hour:02d}:30:20"))
