"""Databases as older daemons left them, in the two versions of their table."""

from __future__ import annotations

import sqlite3
from pathlib import Path

FIRST = (
    "filename TEXT UNIQUE, remote_path TEXT, local_path TEXT, downloaded_at TEXT,"
    " file_size INTEGER, checksum TEXT, radar_code TEXT, observation_datetime TEXT,"
    " status TEXT DEFAULT 'completed'"
)
SECOND = (
    "id INTEGER PRIMARY KEY, filename TEXT, remote_path TEXT, local_path TEXT, file_size INTEGER,"
    " checksum TEXT, radar_name TEXT, strategy TEXT, vol_nr TEXT, status TEXT"
)


def database(folder: Path, columns: str, *rows: dict[str, object]) -> Path:
    """A state.db whose table `downloads` has some columns and rows."""
    path = folder / "a state.db"
    with sqlite3.connect(path) as db:
        db.execute(f"CREATE TABLE downloads ({columns})")
        for row in rows:
            marks = ", ".join("?" * len(row))
            db.execute(
                f"INSERT INTO downloads ({', '.join(row)}) VALUES ({marks})", [*row.values()]
            )
    db.close()
    return path


def downloaded(name: str = "file", **more: object) -> dict[str, object]:
    return {"filename": name, "status": "completed", **more}
