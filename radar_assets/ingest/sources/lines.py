"""Lines of FTP listings: MLSD, and LIST as Unix and Windows servers write it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

_MLSD = re.compile(r"((?:[^;=]*=[^;]*;)*) (.+)")
_MODE = re.compile(r"[-bcdlps][-rwxsStTlL]{9}[+.@]?")
_DOS_DATE = re.compile(r"\d{1,4}[-/.]\d\d?[-/.]\d{2,4}")
_DOS_TIME = re.compile(r"\d\d?:\d\d(?::\d\d)?(?:[AP]M)?")
_DATES = tuple(
    tuple(re.compile(word) for word in form.split())
    for form in (
        r"[^\W\d]{3,}\.? \d{1,2} (?:\d{4}|\d\d?:\d\d)",  # Nov 18 12:30
        r"\d{1,2}\.? [^\W\d]{3,}\.? (?:\d{4}|\d\d?:\d\d)",  # 18 nov. 2024
        r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d(?:\.\d+)?)? [+-]\d{4}",
        r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d(?:\.\d+)?)?",
        r"\d\d-\d\d \d\d:\d\d",
    )
)
_MOST_WORDS = 16
"""words before the name of a line, owner and group included"""


class NotUnderstood(ValueError):
    """A line of no known form."""


@dataclass(frozen=True)
class Line:
    """What a line says of an entry of a folder."""

    name: str
    is_folder: bool | None
    """None: a link, or of a kind that only the server knows"""
    size: int | None = None
    modified_at: datetime | None = None
    """of a plain file or folder; that of a link says nothing about its target"""
    text: str = ""
    """the line, where only the name could be guessed"""


def parse(lines: Iterable[str], read: Callable[[str], Line | None]) -> tuple[list[Line], list[str]]:
    """Read a listing; returns its entries and the lines that were not understood."""
    entries: list[Line] = []
    others: list[str] = []
    for line in lines:
        try:
            entry = read(line)
        except NotUnderstood:
            others.append(line)
            continue
        if entry:
            entries.append(entry)
    return entries, others


def from_mlsd(line: str) -> Line | None:
    """Read a line of MLSD; None for the folder itself and the one above.

    Raises `NotUnderstood`.
    """
    match = _MLSD.fullmatch(line)
    if match is None:
        raise NotUnderstood(line)
    facts = {
        key.lower(): value for key, _, value in (f.partition("=") for f in match[1].split(";"))
    }
    kind = facts.get("type", "").lower()
    name = base_name(match[2])
    if kind in ("cdir", "pdir") or name is None:
        return None
    if kind not in ("file", "dir"):
        return Line(name, None)
    size = count_of(facts.get("size", "")) if kind == "file" else None
    return Line(name, kind == "dir", size, time_of(facts.get("modify", "")))


def from_list(line: str) -> Line | None:
    """Read a line of LIST, whose times are in an unknown zone; None for what is no entry.

    Raises `NotUnderstood`.
    """
    words = [*re.finditer(r"\S+", line[: 1 << 12])]
    if not words or re.fullmatch(r"total(?:\s+[\d.,]+\w?)?", line.strip()):
        return None
    texts = [word[0] for word in words]
    if _MODE.fullmatch(texts[0]):
        return _from_unix(line, words, texts)
    return _from_dos(line, words, texts)


def guess_name(line: str) -> str | None:
    """What is likely to be the name in a line of unknown form: its last word."""
    words = line.split(" -> ", maxsplit=1)[0].split()
    with suppress(NotUnderstood):
        return base_name(words[-1]) if words else None
    return None


def is_like_an_entry(line: str) -> bool:
    """Whether a line that was not understood begins as those of entries do."""
    first = line.split(maxsplit=1)[0] if line.strip() else ""
    return bool(_MODE.match(first) or first[:1].isdecimal() or "=" in first)


def base_name(path: str) -> str | None:
    """The last part of a path, as some servers list them; None for a folder's own entries.

    Raises `NotUnderstood` where there is none.
    """
    name = path.rstrip("/").rpartition("/")[2]
    if not name:
        raise NotUnderstood(path)
    return None if name in (".", "..") else name


def time_of(text: str) -> datetime | None:
    """Read YYYYMMDDHHMMSS, in UTC, to the second; None for anything else."""
    with suppress(ValueError):
        return datetime.strptime(text.strip()[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return None


def count_of(text: str) -> int | None:
    """Read a number of bytes; None for anything else."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _from_unix(line: str, words: Sequence[re.Match[str]], texts: Sequence[str]) -> Line | None:
    """A line of `ls -l`; owner and group may have spaces, so the date is searched for."""
    for index in range(2, min(len(texts) - 1, _MOST_WORDS)):
        size, length = count_of(texts[index - 1]), _date_at(texts, index)
        if size is None or not length or index + length >= len(texts):
            continue
        name = line[words[index + length - 1].end() + 1 :]
        kind = texts[0][0]
        if kind == "l" or " -> " in name:  # some say of a link what its target is
            target = base_name(name.split(" -> ")[0])
            return Line(target, None) if target else None
        found = base_name(name)
        if found is None or kind not in "-d":
            return None
        return Line(found, kind == "d", size if kind == "-" else None)
    raise NotUnderstood(line)


def _from_dos(line: str, words: Sequence[re.Match[str]], texts: Sequence[str]) -> Line | None:
    if len(texts) < 4 or not (_DOS_DATE.fullmatch(texts[0]) and _DOS_TIME.fullmatch(texts[1])):
        raise NotUnderstood(line)
    at = 3 if texts[2] in ("AM", "PM") else 2
    kind = texts[at]
    name = base_name(line[words[at].end() :].lstrip()) if len(texts) > at + 1 else ""
    if name is None:
        return None
    if name and kind == "<DIR>":
        return Line(name, is_folder=True)
    if name and re.fullmatch(r"<\w+>", kind):
        return Line(name, None)
    size = count_of(kind.replace(",", ""))
    if not name or size is None:
        raise NotUnderstood(line)
    return Line(name, is_folder=False, size=size)


def _date_at(texts: Sequence[str], index: int) -> int:
    """How many words from there on are a date; 0 where they are none."""
    for form in _DATES:
        words = texts[index : index + len(form)]
        if len(words) == len(form) and all(map(re.Pattern.fullmatch, form, words)):
            return len(form)
    return 0
