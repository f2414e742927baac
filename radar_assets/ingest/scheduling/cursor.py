"""What live ingest remembers from one look to the next, as small JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from radar_assets.ingest.sources.client import RemoteFile

EMPTY = ""
"""fingerprint of a window without files"""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Request(_Model):
    """A contiguous range of windows to run, named by the start of its first and last window."""

    radar: str
    first: AwareDatetime
    last: AwareDatetime
    fingerprints: tuple[str, ...] = ()
    """what is to be processed, window by window; none: a range of empty windows"""
    attempt: int = 1
    number: int = 0
    """of the run that it orders, see `Cursor.number`"""
    failed_at: AwareDatetime | None = None
    """when its failure was seen; None while it runs"""

    @property
    def kind(self) -> Literal["files", "empty"]:
        """Whether the windows hold files or are to be closed as empty."""
        return "files" if self.fingerprints else "empty"

    @property
    def fingerprint(self) -> str:
        """Short digest of all that the run is to process."""
        return digest(self.fingerprints) if self.fingerprints else "empty"

    @property
    def run_key(self) -> str:
        """Names one run for ever: the same input asked for again has another number."""
        stamps = f"{self.first:%Y%m%dT%H%MZ}/{self.last:%Y%m%dT%H%MZ}"
        return f"{self.radar}/{stamps}/{self.fingerprint}/{self.number}"


class Cursor(_Model):
    """What is done, under way and awaited. Times are UTC, windows are named by their start."""

    done_until: AwareDatetime | None = None
    """every window before this is done, or held by a request or by `empty`"""
    done: dict[AwareDatetime, str] = {}
    """later windows that are done, with the fingerprint of what was processed"""
    requests: tuple[Request, ...] = ()
    """what runs or is to be tried again"""
    number: int | None = None
    """of the last run ordered; counts on from the second at which the cursor began, so that one
    that starts afresh gives no number again"""
    empty: tuple[tuple[AwareDatetime, AwareDatetime], ...] = ()
    """ranges (first and last window) that hold no files and are not requested yet"""
    emptied_at: AwareDatetime | None = None
    """when empty windows were last requested"""
    pending: dict[str, int] = {}
    """sizes in bytes of files that were seen and are not requested yet"""
    swept_until: AwareDatetime | None = None
    """the slow second look at past hours goes on here"""
    swept_at: AwareDatetime | None = None
    """when that look last went on"""
    barred: tuple[tuple[AwareDatetime, AwareDatetime], ...] = ()
    """spans of whole hours that could not be listed, in the order in which they are tried again"""
    barred_at: AwareDatetime | None = None
    """when one was last tried"""
    failures: int = 0
    """looks in a row at which no source answered"""
    failed_at: AwareDatetime | None = None
    """when the last of them was"""
    down_since: AwareDatetime | None = None
    """when the first of them was"""

    def to_json(self) -> str:
        """Text that `from_json` reads."""
        return self.model_dump_json(exclude_defaults=True)

    @classmethod
    def from_json(cls, text: str | None) -> Cursor:
        """Read a cursor; a broken or absent one starts afresh."""
        try:
            return cls.model_validate_json(text or "{}")
        except ValidationError:
            return cls()


def digest(parts: Iterable[object]) -> str:
    """Short SHA-256 digest of the texts of some parts."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:12]


def fingerprint(files: Iterable[RemoteFile]) -> str:
    """Digests of names and sizes, of the server, and of modification times; the order is free."""
    known = sorted(files, key=lambda file: str(file.name))
    content = digest((str(file.name), file.size) for file in known)
    server = digest(sorted({file.server for file in known}))[:4]
    times = digest(_stamp(file.modified_at) for file in known)[:8]
    return f"{content}/{server}/{times}"


def is_same(one: str | None, other: str) -> bool:
    """Whether two fingerprints tell of the same files; times of two servers do not compare."""
    (content, *times), (other_content, *other_times) = (one or "").split("/"), other.split("/")
    return one == other or (content == other_content and times[:1] != other_times[:1])


def _stamp(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat()
