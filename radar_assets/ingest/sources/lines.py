"""Lines of FTP listings: MLSD, and LIST as Unix and Windows servers write it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from radar_assets.errors import BadName
from radar_assets.radar.names import BufrName, moment_of

_MLSD = re.compile(r"((?:[^;=\s]+=[^;]*;)*) (.+)")
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
_ARCHIVED = re.compile(r"\d\d|\d{4}|[A-Z]{2,8}\d{1,3}(?:_\w+(?i:\.BUFR(?:\.GZ)?))?", re.ASCII)
"""forms of names in a radar archive: of folders of times and radars, and of files"""
_APART = r"[\s\x00-\x1f\x7f'\"`*@;,|=<>()\[\]\\/]"
_ARCHIVED_WORD = re.compile(
    rf"(?:^|(?<={_APART}))(?:{_ARCHIVED.pattern})(?=$|{_APART})", _ARCHIVED.flags
)
_SMALL = 512
_NO_ENTRY = re.compile(
    r"total(?:\s+[\d.,]+\w?)?"
    r"|\d+ (?:file|dir|director|folder|item|archivo|fichero|carpeta|elemento)\S*(?: .*)?",
    re.IGNORECASE,
)
"""lines that count what is listed"""


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

    @property
    def is_open(self) -> bool:
        """Whether the server must be asked what the entry is, or how large.

        Some servers show links by facts of the links: as small files, whatever they lead to.
        """
        if self.is_folder is None:
            return True
        is_sized = self.is_folder or self.size is not None
        is_odd = is_archived(self.name) and self.is_folder == is_of_file(self.name)
        return is_odd or not is_sized or self.is_small_file

    @property
    def is_small_file(self) -> bool:
        """Whether it is said to be a file that is hardly larger than its name."""
        is_file = self.is_folder is False and is_of_file(self.name)
        return is_file and self.size is not None and self.size < _SMALL


def parse(lines: Iterable[str], read: Callable[[str], Line | None]) -> tuple[list[Line], list[str]]:
    """Read a listing; returns its entries and the lines that were not understood.

    So is a line whose name has that of an archive in it, and more: it may be of another form.
    """
    entries: list[Line] = []
    others: list[str] = []
    for line in lines:
        try:
            entry = read(line)
        except NotUnderstood:
            others.append(line)
            continue
        if entry and not is_archived(entry.name) and archived_name(entry.name):
            others.append(line)
        elif entry:
            entries.append(entry)
    return entries, others


def is_archived(name: str) -> bool:
    """Whether a file or folder of a radar archive may have a name."""
    return bool(_ARCHIVED.fullmatch(name)) and ("." not in name or is_of_file(name))


@lru_cache(1024)
def is_of_file(name: str) -> bool:
    """Whether it is the name of a BUFR file."""
    try:
        BufrName.parse(name)
    except BadName:
        return False
    return True


def archived_name(text: str) -> str | None:
    """The last word of a text that a file or folder of a radar archive may have as its name."""
    words = [text] if is_archived(text) else _ARCHIVED_WORD.findall(text)
    return next(filter(is_archived, reversed(words)), None)


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
    path, arrow, _ = match[2].partition(" -> ")
    name = base_name(path)
    if kind in ("cdir", "pdir") or name is None:
        return None
    if arrow or kind not in ("file", "dir"):
        return Line(name, None)
    size = count_of(facts.get("size", "")) if kind == "file" else None
    return Line(name, kind == "dir", size, time_of(facts.get("modify", "")))


def from_list(line: str) -> Line | None:
    """Read a line of LIST, whose times are in an unknown zone; None for what is no entry.

    Raises `NotUnderstood`.
    """
    words = [*re.finditer(r"\S+", line[: 1 << 12])]
    if not words or _NO_ENTRY.fullmatch(line.strip()):
        return None
    texts = [word[0] for word in words]
    if _MODE.fullmatch(texts[0]):
        return _from_unix(line, words, texts)
    return _from_dos(line, words, texts)


def guess_name(line: str) -> str | None:
    """What is likely to be the name in a line of unknown form, else its last word."""
    text = line.split(" -> ", maxsplit=1)[0]
    words = text.split()
    with suppress(NotUnderstood):
        return archived_name(text) or (base_name(words[-1]) if words else None)
    return None


def is_like_an_entry(line: str) -> bool:
    """Whether a line that was not understood begins as those of entries do."""
    first = line.split(maxsplit=1)[0] if line.strip() else ""
    return bool(_MODE.match(first) or first[:1].isdecimal() or "=" in first)


def is_of(line: str, names: Iterable[str]) -> bool:
    """Whether a line that was not understood has one of some names."""
    words = set(line.split())
    return any(name in words or line.rstrip().endswith(name) for name in names)


def base_name(path: str) -> str | None:
    """The last part of a path, as some servers list them; None for a folder's own entries.

    Raises `NotUnderstood` where there is none.
    """
    _, slash, name = path.rstrip("/").rpartition("/")
    if name in (".", ".."):
        return None
    if not name or (slash and not re.match(r"[\w.~#$+-]", name)):
        raise NotUnderstood(path)
    return name


def time_of(text: str) -> datetime | None:
    """Read YYYYMMDDHHMMSS, in UTC, to the second; None for anything else."""
    digits = text.strip()[:14]
    if not (len(digits) == 14 and digits.isascii() and digits.isdecimal()):
        return None
    with suppress(ValueError):
        return moment_of(digits)
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
