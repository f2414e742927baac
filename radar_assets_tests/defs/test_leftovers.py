"""Runs tidy up after runs that were killed, and only after those."""

from __future__ import annotations

import os
from pathlib import Path

from radar_assets_tests.defs.platforms import RADAR, File, Station

TEMPORARY = ".0123456789abcdef0123456789abcdef-"
WEEK = 7 * 86400


def leave(folder: Path, name: str, age: float = 0.0) -> Path:
    """A file as a killed process leaves it, some seconds ago."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"half")
    moment = path.stat().st_mtime - age
    os.utime(path, (moment, moment))
    return path


def test_a_run_removes_what_killed_runs_of_its_radar_left(station: Station) -> None:
    place, name = station.workspace, str(File().name)
    gone = [
        leave(place.scratch, f"{TEMPORARY}{name}"),
        leave(place.partial, f"{name}.5-.part", WEEK),
        leave(place.cache, f"{TEMPORARY}table.npy", WEEK),
    ]
    kept = [
        leave(place.scratch, f"{TEMPORARY}{name.replace(RADAR, 'RMA1')}"),
        leave(place.partial, f"{File(time='13:00:20').name}.5-.part"),
        leave(place.cache, f"{TEMPORARY}table.npy".replace("0", "1")),
    ]
    assert station.run(stages=["bufr_files"]).success
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in kept)
