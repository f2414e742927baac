"""Short digests of files on a server, by which a change is noticed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from radar_assets.ingest.sources.source import RemoteFile

EMPTY = ""
"""fingerprint of a window without files"""


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
    """Whether two fingerprints are of the same files; times of two servers do not compare."""
    (content, *times), (other_content, *other_times) = (one or "").split("/"), other.split("/")
    return one == other or (content == other_content and times[:1] != other_times[:1])


def _stamp(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat()
