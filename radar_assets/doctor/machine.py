"""Whether the machine has what the platform needs: memory, cores, disk, a right clock."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from radar_assets.doctor.finding import Finding, examined
from radar_assets.files import check_inodes
from radar_assets.ingest.archive.newest import newest_observation
from radar_assets.stages.base.capacity import WINDOW_BYTES, available_memory, cores

_GIGABYTE = 1 << 30
_SPACE = 5 * _GIGABYTE
_TOLERANCE = timedelta(minutes=5)
_OLDEST = datetime(2025, 1, 1, tzinfo=UTC)


def resources(root: Path) -> Iterator[Finding]:
    """Check the machine and the disk of the data folder."""
    yield examined(
        "data folder",
        partial(_disk, root),
        "let RADAR_ASSETS_DATA name a writable folder with at least 5 GB free",
    )
    yield _memory()
    yield examined(
        "clock", partial(_clock, root), "set the clock, e.g. with chrony or systemd-timesyncd"
    )


def _disk(root: Path) -> str:
    folder = next(path for path in (root, *root.parents) if path.exists())
    check_inodes(folder)
    probe = folder / ".radar_assets_probe"
    probe.touch()
    probe.unlink()
    free = shutil.disk_usage(folder).free
    if free < _SPACE:
        raise OSError(f"{root}: only {free / _GIGABYTE:.1f} GB free")
    return f"{root}, {free / _GIGABYTE:.0f} GB free"


def _memory() -> Finding:
    available, processors = available_memory(), cores()
    detail = f"{available / _GIGABYTE:.1f} GB available, {processors} cores"
    if available < WINDOW_BYTES:
        needed = f"{WINDOW_BYTES / _GIGABYTE:.1f} GB"
        return Finding("memory", detail, f"free at least {needed}, which one window takes")
    fitting = available // WINDOW_BYTES
    if fitting < processors:
        detail += f": enough for {fitting} windows at a time"
    return Finding("memory", detail, is_note=fitting < processors)


def _clock(root: Path) -> str:
    now = datetime.now(UTC)
    if now < _OLDEST:
        raise ValueError(f"it is {now:%Y-%m-%d %H:%M} UTC by this machine, years ago")
    found = [newest_observation(folder) for folder in (root / "bufr").glob("*")]
    newest = max(filter(None, found), default=None)
    if newest and newest > now + _TOLERANCE:
        raise ValueError(
            f"the newest volume is of {newest:%Y-%m-%d %H:%M:%S} UTC, and here it is only "
            f"{now:%Y-%m-%d %H:%M:%S} UTC: one of the clocks is wrong"
        )
    return f"{now:%Y-%m-%d %H:%M:%S} UTC"
