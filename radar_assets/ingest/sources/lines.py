"""Lines of FTP listings: MLSD, and LIST as Unix and Windows servers write it."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime

from radar_assets.ingest.sources.client import Entry

_UNIX = re.compile(r"([-dl])\S{9}\S*\s+\d+\s+\S+\s+\S+\s+(\d+)\s+\w+\s+\d+\s+[\d:]+\s(.+)")
_DOS = re.compile(r"[\d-]+\s+[\d:]+[AP]M\s+(?:(<DIR>)|(\d+))\s+(.+)")


def from_mlsd(line: str) -> Entry | None:
    """Read a line of MLSD; None for what is no entry of the folder."""
    head, _, name = line.partition(" ")
    facts = {key.lower(): value for key, _, value in (f.partition("=") for f in head.split(";"))}
    kind, size = facts.get("type", "").lower(), facts.get("size", "")
    if not name or kind in ("cdir", "pdir"):
        return None
    return Entry(name, kind == "dir", count_of(size), time_of(facts.get("modify", "")))


def from_list(line: str) -> Entry | None:
    """Read a line of LIST, whose times are in an unknown zone; None for what is no entry."""
    if match := _UNIX.fullmatch(line):
        name = match[3].split(" -> ")[0] if match[1] == "l" else match[3]
        return None if name in (".", "..") else Entry(name, match[1] == "d", count_of(match[2]))
    if match := _DOS.fullmatch(line):
        return Entry(match[3], match[1] is not None, count_of(match[2] or ""))
    return None


def time_of(text: str) -> datetime | None:
    """Read YYYYMMDDHHMMSS, in UTC, to the second; None for anything else."""
    with suppress(ValueError):
        return datetime.strptime(text.strip()[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return None


def count_of(text: str) -> int:
    """Read a number of bytes; 0 for anything else."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0
