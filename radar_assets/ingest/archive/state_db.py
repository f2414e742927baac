"""What the `state.db` of an older daemon says of the files it downloaded. It is only read."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from radar_assets.errors import StorageError

_Value = TypeVar("_Value")
_COLUMNS = ("local_path", "file_size", "checksum")
_DIGESTS = {32: "md5", 64: "sha256"}
"""by the number of hexadecimal digits"""


@dataclass(frozen=True)
class Listed:
    """A download that was completed; what the daemon did not note is None."""

    file_name: str
    local_path: str | None
    size: int | None
    checksum: str | None
    """MD5 or SHA-256 in hexadecimal digits"""

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


class StateDb:
    """The completed downloads in a `state.db`, and which of them have been looked up.

    They are copied to a temporary table, so that the number of files does not matter. Columns that
    the daemon's version did not have are not missed. Raises `StorageError` for another database.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._explained():
            uri = f"{path.absolute().as_uri()}?mode=ro"
            self._rows = sqlite3.connect(uri, uri=True)
            self._copy()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._rows.close()

    def look_up(self, file_name: str) -> Listed | None:
        """What is known of a file; it counts as found from now on."""
        with self._explained():
            self._rows.execute("UPDATE listed SET is_found = 1 WHERE filename = ?", (file_name,))
            return next(self._select("filename = ?", file_name), None)

    def not_found(self) -> Iterator[Listed]:
        """Downloads that have not been looked up."""
        with self._explained():
            yield from self._select("NOT is_found")

    def _copy(self) -> None:
        known = {row[1] for row in self._rows.execute("PRAGMA table_info(downloads)")}
        if "filename" not in known:
            raise StorageError(f"{self._path} has no table `downloads` with file names")
        columns = ", ".join(name if name in known else "NULL" for name in _COLUMNS)
        is_done = "lower(status) = 'completed'" if "status" in known else "TRUE"
        self._rows.executescript(
            f"""
            CREATE TEMP TABLE listed (filename PRIMARY KEY, {", ".join(_COLUMNS)}, is_found);
            INSERT OR REPLACE INTO listed SELECT filename, {columns}, FALSE FROM main.downloads
            WHERE typeof(filename) = 'text' AND {is_done};
            """  # noqa: S608 - made of the names above
        )

    def _select(self, condition: str, *values: str) -> Iterator[Listed]:
        query = f"SELECT filename, {', '.join(_COLUMNS)} FROM listed WHERE {condition}"  # noqa: S608
        with closing(self._rows.execute(query, values)) as rows:
            for name, path, size, checksum in rows:
                yield Listed(name, _of(str, path), _of(int, size), _of(str, checksum))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StorageError(f"cannot read {self._path}: {error}") from error


def _of(kind: type[_Value], value: object) -> _Value | None:
    """A value of the database, which may hold values of any type, if it is of the right one."""
    return value if isinstance(value, kind) else None
