"""The `state.db` of an older daemon: its downloads, volumes and products. It is only read."""

# ruff: noqa: S608 - queries are made of the names of columns below

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from radar_assets.errors import BadName, StorageError
from radar_assets.radar.names import ISO, BufrName

COMPLETED, PARTIAL = "completed", "partial"
"""states of downloads; others are the daemon's own words"""

_DOWNLOADS = {
    "file_name": ("filename",),
    "status": ("status",),
    "local_path": ("local_path",),
    "remote_path": ("remote_path",),
    "server": ("server",),
    "size": ("file_size",),
    "checksum": ("checksum",),
    "downloaded_at": ("downloaded_at",),
    "attempts": ("attempts", "attempt_count"),
    "updated_at": ("updated_at", "created_at"),
    "error": ("error_message",),
}
_PARTIAL = {
    "file_name": ("filename",),
    "remote_path": ("remote_path",),
    "size": ("total_bytes",),
    "bytes_downloaded": ("bytes_downloaded",),
    "attempts": ("attempt_count",),
    "last_attempt_at": ("last_attempt",),
}
_VOLUMES = {
    "volume_id": ("volume_id",),
    "radar": ("radar_name", "radar_code"),
    "strategy": ("strategy",),
    "volume": ("vol_nr",),
    "observed_at": ("observation_datetime",),
    "status": ("status",),
    "is_complete": ("is_complete",),
    "expected_fields": ("expected_fields",),
    "present_fields": ("downloaded_fields",),
    "netcdf_path": ("netcdf_path",),
    "processed_at": ("processed_at",),
    "error": ("error_message",),
}
_PRODUCTS = {
    "volume_id": ("volume_id",),
    "product_type": ("product_type",),
    "status": ("status",),
    "generated_at": ("generated_at",),
    "error_type": ("error_type",),
    "error": ("error_message",),
}
"""columns by the names that versions of the daemon gave them; absent ones are None"""

_DIGESTS = {32: "md5", 64: "sha256"}
"""by the number of hexadecimal digits"""


@dataclass(frozen=True)
class OldDownload:
    """A download of the older daemon; what it did not note is None."""

    file_name: str
    status: str | None = COMPLETED
    local_path: str | None = None
    remote_path: str | None = None
    server: str | None = None
    size: int | None = None
    """bytes"""
    checksum: str | None = None
    """MD5 or SHA-256 in hexadecimal digits"""
    downloaded_at: str | None = None
    attempts: int | None = None
    updated_at: str | None = None
    error: str | None = None
    bytes_downloaded: int | None = None
    """of a download that was not completed"""
    last_attempt_at: str | None = None
    sha256: str | None = None
    """of the message in the file that was adopted; None where none was"""

    @property
    def is_completed(self) -> bool:
        """Whether the daemon had the whole file."""
        return (self.status or "").lower() == COMPLETED

    def fault(self, path: Path) -> str | None:
        """Say in words how a file is not the one that was downloaded; None: it is."""
        size = path.stat().st_size
        if self.size is not None and size != self.size:
            return f"it has {size} bytes, the daemon noted {self.size}"
        method = _DIGESTS.get(len(self.checksum or ""))
        if method is None:
            return None
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, method).hexdigest()
        is_same = digest == str(self.checksum).lower()
        return None if is_same else f"its {method} is not the one that the daemon noted"


@dataclass(frozen=True)
class OldVolume:
    """A volume that the older daemon processed, or failed to."""

    volume_id: str | None = None
    radar: str | None = None
    strategy: str | None = None
    volume: str | None = None
    observed_at: str | None = None
    status: str | None = None
    is_complete: int | None = None
    expected_fields: str | None = None
    present_fields: str | None = None
    netcdf_path: str | None = None
    processed_at: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class OldProduct:
    """A product that the older daemon made of a volume, or failed to."""

    volume_id: str | None = None
    product_type: str | None = None
    status: str | None = None
    generated_at: str | None = None
    error_type: str | None = None
    error: str | None = None


class StateDb:
    """The tables of a `state.db`, and which of its completed downloads have been found.

    Downloads are copied to a temporary table, so that the number of files does not matter. Of
    several downloads of a name the last completed one counts, else the last. Tables and columns
    that the daemon's version did not have are not missed. Raises `StorageError` for another
    database.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._explained():
            uri = f"{path.absolute().as_uri()}?mode=ro"
            self._rows = sqlite3.connect(uri, uri=True)
            self._rows.create_function("volume_of", 1, _volume_of, deterministic=True)
            self._copy()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._rows.close()

    def find(self, file_name: str) -> OldDownload | None:
        """The completed download of a file; it counts as found from now on."""
        with self._explained():
            self._rows.execute("UPDATE old SET is_found = 1 WHERE file_name = ?", (file_name,))
            return next(self._downloads("file_name = ? AND is_done", file_name), None)

    def note_adopted(self, file_name: str, sha256: str) -> None:
        """Note the digest of a file that was adopted, or was here before."""
        with self._explained():
            self._rows.execute("UPDATE old SET sha256 = ? WHERE file_name = ?", (sha256, file_name))

    def not_found(self) -> Iterator[OldDownload]:
        """Completed downloads that have not been found yet."""
        with self._explained():
            yield from self._downloads("is_done AND NOT is_found")

    def downloads(self) -> Iterator[OldDownload]:
        """All downloads, failed and incomplete ones too, by radar and time."""
        with self._explained():
            yield from self._downloads("1", order="volume_of(file_name)")

    def volumes(self) -> Iterator[OldVolume]:
        """All processed and failed volumes."""
        with self._explained():
            for row in self._table("volume_processing", _VOLUMES):
                yield OldVolume(*_typed(OldVolume, row))

    def products(self) -> Iterator[OldProduct]:
        """All products, failed ones included."""
        with self._explained():
            for row in self._table("product_generation", _PRODUCTS):
                yield OldProduct(*_typed(OldProduct, row))

    def _copy(self) -> None:
        known = self._columns("downloads")
        if "filename" not in known:
            raise StorageError(f"{self._path} has no table `downloads` with file names")
        is_done = "coalesce(lower(status) = 'completed', 0)" if "status" in known else "1"
        names = ", ".join(OldDownload.__dataclass_fields__)
        self._rows.execute(f"CREATE TEMP TABLE old (is_done, is_found, {names})")
        self._rows.execute("CREATE UNIQUE INDEX temp.by_name ON old (file_name)")
        given = _selected(_DOWNLOADS, known)
        for state in (0, 1):
            self._rows.execute(
                f"""INSERT OR REPLACE INTO old SELECT {is_done}, 0, {given}
                FROM main.downloads WHERE typeof(filename) = 'text' AND {is_done} = {state}"""
            )
        if "status" not in known:
            self._rows.execute("UPDATE old SET status = ?", (COMPLETED,))
        self._copy_partial()

    def _copy_partial(self) -> None:
        """Add interrupted downloads; their attempts and bytes go to failed downloads, too."""
        known = self._columns("partial_downloads")
        if "filename" not in known:
            return
        self._rows.execute(
            f"""INSERT OR IGNORE INTO old SELECT 0, 0, {_selected(_PARTIAL, known)}
            FROM main.partial_downloads WHERE typeof(filename) = 'text'"""
        )
        for name in ("attempts", "bytes_downloaded", "last_attempt_at"):
            column = _column(_PARTIAL[name], known)
            self._rows.execute(
                f"""UPDATE old SET {name} = coalesce({name}, (SELECT {column}
                FROM main.partial_downloads WHERE filename = file_name)) WHERE NOT is_done"""
            )
        self._rows.execute("UPDATE old SET status = ? WHERE status IS NULL", (PARTIAL,))

    def _columns(self, table: str) -> set[str]:
        return {row[1] for row in self._rows.execute(f"PRAGMA main.table_info({table})")}

    def _downloads(
        self, condition: str, *values: str, order: str = "file_name"
    ) -> Iterator[OldDownload]:
        names = ", ".join(OldDownload.__dataclass_fields__)
        query = f"SELECT {names} FROM old WHERE {condition} ORDER BY {order}, file_name"
        with closing(self._rows.execute(query, values)) as rows:
            for row in rows:
                yield OldDownload(*_typed(OldDownload, row))

    def _table(self, table: str, columns: Mapping[str, Sequence[str]]) -> Iterator[Sequence[Any]]:
        """Rows of a table, none where the daemon's version did not have it."""
        known = self._columns(table)
        if not known:
            return
        selected = ", ".join(_column(candidates, known) for candidates in columns.values())
        with closing(self._rows.execute(f"SELECT {selected} FROM main.{table}")) as rows:
            yield from rows

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StorageError(f"cannot read {self._path}: {error}") from error


def _volume_of(file_name: str) -> str | None:
    """Radar and time of a file, in the order of both; None for what is no BUFR file."""
    try:
        volume = BufrName.parse(file_name).id
    except BadName:
        return None
    return f"{volume.radar} {volume.time:{ISO}}"


def _selected(columns: Mapping[str, Sequence[str]], known: set[str]) -> str:
    """Columns of a table in the order of the fields of a download."""
    names = OldDownload.__dataclass_fields__
    return ", ".join(_column(columns.get(name, ()), known) for name in names)


def _column(candidates: Sequence[str], known: set[str]) -> str:
    return next((name for name in candidates if name in known), "NULL")


def _typed(kind: type[OldDownload | OldVolume | OldProduct], row: Sequence[Any]) -> Iterator[Any]:
    """Values of a row, which may be of any type, as far as they are of the type of their field."""
    for field, value in zip(fields(kind), row, strict=True):
        expected = int if "int" in str(field.type) else str
        yield value if isinstance(value, expected) else None
