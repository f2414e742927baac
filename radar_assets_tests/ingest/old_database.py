"""Databases as older daemons left them, in the versions of their tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
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
THIRD = (
    "id INTEGER PRIMARY KEY, filename TEXT, remote_path TEXT, local_path TEXT, server TEXT,"
    " downloaded_at TEXT, file_size INTEGER, checksum TEXT, radar_name TEXT, strategy TEXT,"
    " vol_nr TEXT, field_type TEXT, observation_datetime TEXT, status TEXT, attempts INTEGER,"
    " error_message TEXT, created_at TEXT, updated_at TEXT"
)
PARTIAL = (
    "filename TEXT, remote_path TEXT, bytes_downloaded INTEGER, total_bytes INTEGER,"
    " partial_checksum TEXT, last_attempt TEXT, attempt_count INTEGER"
)
VOLUMES = (
    "volume_id TEXT, radar_name TEXT, strategy TEXT, vol_nr TEXT, observation_datetime TEXT,"
    " status TEXT, netcdf_path TEXT, processed_at TEXT, is_complete INTEGER, expected_fields TEXT,"
    " downloaded_fields TEXT, error_message TEXT"
)
PRODUCTS = (
    "volume_id TEXT, product_type TEXT, status TEXT, generated_at TEXT, error_message TEXT,"
    " error_type TEXT"
)

Row = Mapping[str, object]


def database(folder: Path, columns: str, *rows: Row) -> Path:
    """A state.db whose table `downloads` has some columns and rows."""
    path = folder / "a state.db"
    add_table(path, "downloads", columns, rows)
    return path


def add_table(path: Path, table: str, columns: str, rows: Sequence[Row]) -> None:
    """Add a table with rows to a database."""
    with sqlite3.connect(path) as db:
        db.execute(f"CREATE TABLE {table} ({columns})")
        for row in rows:
            marks = ", ".join("?" * len(row))
            db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", [*row.values()])
    db.close()


def downloaded(name: str = "file", **more: object) -> dict[str, object]:
    return {"filename": name, "status": "completed", **more}
