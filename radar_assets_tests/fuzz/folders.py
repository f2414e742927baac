"""Folders of a server that lists oddly, made of bytes: lines of every form, and edits of them.

What is there is known, so that a listing can be judged: an entry whose name a line still has is
found, or something is said to be unclear; it is never absent.
"""

from __future__ import annotations

import ftplib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from radar_assets.ingest.sources.client import Entry
from radar_assets.ingest.sources.connection import ControlConnection
from radar_assets.ingest.sources.ftp_folder import FtpFolder, Habits, NotListable

NAMES = ("3020", "0000", "12", "RMA1_0315_01_DBZH_20251118T123020Z.BUFR", "a.bufr", "x y", "-")
KINDS = ("file", "folder", "dead")
MLSD = (
    "type={type};size=12;modify=20251118123020; {name}",
    "type={type};sizd=4096; {name}",
    "type=OS.unix=symlink;size=7; {name}",
    "type=OS.unix=slink:/a b;size=7; {name}",
    "type=unknown; {name}",
    "size=12; /L2/RMA1/{name}",
    " {name}",
    "type={type}; {name}/",
)
LIST = (
    "{mode}rwxr-xr-x 2 ftp ftp 4096 Nov 18 12:30 {name}",
    "{mode}rw-r--r-- 1 ftp Domain Users 12 Nov 18  2024 {name}",
    "{mode}rw-r--r-- 1 ftp ftp 12 2025-11-18 12:30:20.123 +0000 {name}",
    "lrwxrwxrwx 1 ftp ftp 7 18 nov. 2024 {name} -> elsewhere",
    "11-18-25  12:30PM       <DIR>          {name}",
    "2025-11-18 12:30 4,711 {name}",
    "{mode}rw-r--r-- ? {name}",
    "+i83.4,m82,r,s2,\t{name}",
)
NOISE = ("total 8", "", "Contents of /L2:", "type=cdir; .", "drwxr-xr-x 2 a a 1 Nov 18 12:30 ..")
REFUSALS = (None, None, None, "500", "501", "502", "550", "553")
SIZE = 12


@dataclass(frozen=True)
class Item:
    """What is in the folder, and how MLSD and LIST say so."""

    name: str
    kind: str
    lines: dict[str, str]


class Script:
    """A connection whose server answers from items; only what `FtpFolder` uses."""

    def __init__(self, items: list[Item], noise: list[str], refused: dict[str, str | None]) -> None:
        self.items = {item.name: item for item in items}
        self._noise, self._refused = noise, refused
        self.reply = ""

    def begin(self, more: float = 0.0) -> None:
        pass

    def switch(self, kind: str) -> None:
        pass

    def lines(self, command: str) -> list[str]:
        word = command[:4]
        if code := self._refused[word]:
            raise ftplib.error_perm(f"{code} no")
        self.reply = "226 done"
        if word == "NLST":
            return list(self.items)
        return [*self._noise, *(item.lines[word] for item in self.items.values())]

    def voidcmd(self, command: str) -> str:
        return self.sendcmd(command)

    def sendcmd(self, command: str) -> str:
        word, _, path = command.partition(" ")
        name = path.rpartition("/")[2]
        kind = "folder" if path == "/x" else self._kind(name)
        if (word, kind) == ("SIZE", "file"):
            return f"213 {SIZE}"
        if (word, kind) == ("CWD", "folder"):
            return "250 fine"
        raise ftplib.error_perm("550 no")

    def _kind(self, name: str) -> str:
        return self.items[name].kind if name in self.items else "dead"


class Reader:
    """Choices from bytes; zeros when they are used up."""

    def __init__(self, data: bytes) -> None:
        self._data = iter(data)

    def byte(self) -> int:
        return next(self._data, 0)

    def of(self, options: tuple[str | None, ...] | tuple[str, ...]) -> str | None:
        return options[self.byte() % len(options)]


def folder(data: bytes) -> None:
    """List a folder and hold what comes of it against what is there."""
    reader = Reader(data)
    refused = {word: reader.of(REFUSALS) for word in ("MLSD", "LIST", "NLST")}
    noise = [NOISE[reader.byte() % len(NOISE)] for _ in range(reader.byte() % 3)]
    items = [*_items(reader)]
    script = Script(items, noise, refused)
    habits = Habits(has_mlsd=bool(reader.byte() % 4))
    asked = FtpFolder(cast("ControlConnection", script), "/x", habits)
    try:
        entries = asked.entries()
    except (ftplib.Error, NotListable):
        return
    names = {entry.name for entry in entries}
    try:
        names |= set(asked.names())
    except (ftplib.Error, NotListable):
        names |= set() if entries else set(script.items)
    _judge(script, entries, names, habits)


def _items(reader: Reader) -> Iterator[Item]:
    for _ in range(reader.byte() % 6):
        name, kind = str(reader.of(NAMES)), str(reader.of(KINDS))
        forms = {"MLSD": MLSD, "LIST": LIST}
        yield Item(name, kind, {word: _line(reader, forms[word], name, kind) for word in forms})


def _line(reader: Reader, forms: tuple[str, ...], name: str, kind: str) -> str:
    """A line of some form, with some of the characters before the name replaced."""
    is_folder = kind == "folder"
    head, _, tail = str(reader.of(forms)).partition("{name}")
    text = head.format(type="dir" if is_folder else "file", mode="d" if is_folder else "-")
    for _ in range(reader.byte() % 4):
        at = reader.byte() % max(1, len(text))
        text = text[:at] + chr(reader.byte()).replace("\n", " ").replace("\r", " ") + text[at + 1 :]
    return text + name + tail


def _judge(script: Script, entries: list[Entry], names: set[str], habits: Habits) -> None:
    """`names` are those of both questions; all where the second confirmed nothing."""
    unclear = {entry.name for entry in entries if entry.fault}
    for item in script.items.values():
        is_found = any(name.endswith(item.name) for name in names)  # "x 3020" may be a name, too
        if is_found or item.name in unclear or "" in unclear:
            continue
        used = "MLSD" if habits.has_mlsd else "LIST"
        if _has_name(item.lines[used], item.name) and not _is_said_to_be_none(item.lines[used]):
            raise AssertionError(f"{item} is absent from {entries}")
    for entry in entries:
        kind = script._kind(entry.name)
        if kind == "dead" and not entry.fault and entry.name in script.items:
            assert not _was_asked(script.items[entry.name]), f"{entry} is there"


def _has_name(line: str, name: str) -> bool:
    words = line.split(" -> ", maxsplit=1)[0].rstrip("/").replace("/", " ").split()
    return bool(words) and words[-1] == name


def _is_said_to_be_none(line: str) -> bool:
    """Whether a line says that it is of a pipe, a device or the folder itself."""
    return line[:1] in "pbcs" or "cdir" in line or "pdir" in line


def _was_asked(item: Item) -> bool:
    """Whether every line leaves open what the entry is."""
    return all("symlink" in line or line.startswith("l") for line in item.lines.values())
