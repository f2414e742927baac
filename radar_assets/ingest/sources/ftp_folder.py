"""Asking an FTP server what a folder holds, and what it does not say by itself."""

from __future__ import annotations

import ftplib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from radar_assets.ingest.sources.client import Entry
from radar_assets.ingest.sources.connection import ControlConnection, code_of, is_sendable
from radar_assets.ingest.sources.lines import (
    Line,
    base_name,
    count_of,
    from_list,
    from_mlsd,
    guess_name,
    is_like_an_entry,
    parse,
    time_of,
)

_UNKNOWN_COMMAND = ("500", "502", "504")
_UNREADABLE = re.compile(r"fail|unable|denied|sorry|cannot|can't|not permitted", re.IGNORECASE)
_SECONDS_PER_QUESTION = 0.5


class NotListable(Exception):
    """A folder is there, and the server does not list it."""


@dataclass
class Habits:
    """What a server turned out to do."""

    has_mlsd: bool = True
    """whether to use MLSD"""
    is_mlsd_proven: bool = False
    """whether MLSD has listed an entry"""
    has_mdtm: bool = True


class FtpFolder:
    """One folder of a server; `path` is absolute and as it is sent.

    Raises what `ftplib` does, and `NotListable`.
    """

    def __init__(self, ftp: ControlConnection, path: str, habits: Habits) -> None:
        self._ftp, self._path, self._habits = ftp, path, habits

    def entries(self) -> list[Entry]:
        """Entries by MLSD, else by LIST, else by NLST; the server is asked for missing facts."""
        lines = self._by_mlsd() if self._habits.has_mlsd else None
        if lines is None:
            lines = self._by_list()
        self._allow_questions(sum(line.is_folder is None for line in lines))
        answers = [(line, self._entry(line)) for line in lines]
        entries = [entry for line, entry in answers if not (line.text and entry.fault)]
        unread = [line.text for line, entry in answers if line.text and entry.fault]
        return [*entries, *self._of_unread(entries, unread)] if unread else entries

    def names(self) -> list[str]:
        """Names by another question than that of `entries`."""
        self._enter()
        try:
            lines = self._ftp.lines("LIST" if self._habits.has_mlsd else "NLST")
        except (ftplib.error_temp, ftplib.error_perm) as error:
            lines = self._after_no_names(error)
        names = [*self._names_in(lines)]
        if not lines:
            self._check_readable()
        return names

    def _by_mlsd(self) -> list[Line] | None:
        """None where MLSD is of no use."""
        try:
            text = self._ftp.lines(f"MLSD {self._path}")
        except ftplib.error_perm as error:
            return self._after_refusal(error)
        lines, others = parse(text, from_mlsd)
        if others:
            return [*lines, *self._missing_in(lines, others)]
        if lines:
            self._habits.is_mlsd_proven = True
        return lines if self._habits.is_mlsd_proven else self._if_any(self._by_list())

    def _after_refusal(self, error: ftplib.error_perm) -> list[Line] | None:
        """Servers refuse MLSD by various codes, and also where only the folder is missing."""
        if code_of(error) in _UNKNOWN_COMMAND:
            self._habits.has_mlsd = False
            return None
        if self._habits.is_mlsd_proven:
            raise error
        lines = self._if_any(self._by_list())
        if not lines:
            raise NotListable
        return lines

    def _if_any(self, lines: list[Line]) -> list[Line]:
        """Give up MLSD if LIST has shown what MLSD did not."""
        if lines:
            self._habits.has_mlsd = False
        return lines

    def _missing_in(self, known: Iterable[Line], unread: Iterable[str]) -> Iterator[Line]:
        """What LIST shows beside MLSD's entries, and lines of MLSD that this does not explain."""
        names = {line.name for line in known}
        for line in self._by_list():
            if line.name not in names:
                names.add(line.name)
                yield line
        for text in unread:
            name = guess_name(text) or ""
            if name not in names:
                yield Line(name, None, text=text)

    def _by_list(self) -> list[Line]:
        self._enter()
        try:
            text = self._ftp.lines("LIST")
        except ftplib.error_perm as error:
            if code_of(error) not in _UNKNOWN_COMMAND:
                raise
            return [Line(name, None) for name in self._by_nlst()]
        if not text and _UNREADABLE.search(self._ftp.reply):
            raise NotListable
        lines, others = parse(text, from_list)
        return lines + [Line(guess_name(line) or "", None, text=line) for line in others]

    def _by_nlst(self) -> list[str]:
        """Names by NLST, which many servers refuse where there are none."""
        try:
            lines = self._ftp.lines("NLST")
        except (ftplib.error_temp, ftplib.error_perm) as error:
            if code_of(error) not in ("450", "550"):
                raise
            return []
        return _bases(lines)

    def _enter(self) -> None:
        # Many servers answer LIST of a missing folder with an empty listing, but never CWD.
        self._ftp.voidcmd(f"CWD {self._path}")

    def _after_no_names(self, error: ftplib.Error) -> list[str]:
        """Ask by another command where one is unknown; other refusals mean no names."""
        code = code_of(error)
        if code not in (*_UNKNOWN_COMMAND, "450", "550"):
            raise error
        if self._habits.has_mlsd:
            return self._by_nlst() if code in _UNKNOWN_COMMAND else []
        try:
            return self._ftp.lines("LIST")
        except ftplib.error_perm:
            raise NotListable from None

    def _names_in(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            parsed, others = parse([line], from_list)
            name = parsed[0].name if parsed else guess_name(line) if others else None
            if name:
                yield name

    def _check_readable(self) -> None:
        """Raise `NotListable` where an empty answer may hide what must not be read."""
        if _UNREADABLE.search(self._ftp.reply):
            raise NotListable
        try:
            reply = self._ftp.sendcmd(f"MLST {self._path}")
        except ftplib.error_perm:
            return
        match = re.search(r"(?:^|[;\s])perm=(\w*);", reply, re.IGNORECASE)
        if match and "l" not in match[1].lower():
            raise NotListable

    def _entry(self, line: Line) -> Entry:
        if line.is_folder:
            return Entry(line.name, is_folder=True, modified_at=line.modified_at)
        if line.is_folder is not None and line.size is not None:
            return _file(line.name, line.size, line.modified_at or self._time(line.name))
        return self._asked(line)

    def _asked(self, line: Line) -> Entry:
        """Find out by SIZE and CWD what an entry is; the likelier one is asked first."""
        if not (line.name and is_sendable(line.name)):
            return _unclear(line.name)
        questions = [self._as_file, self._as_folder]
        if line.is_folder is None and "." not in line.name:
            questions.reverse()
        for question in questions[: 1 if line.is_folder is False else 2]:
            if entry := question(line.name):
                return entry
        return _unclear(line.name)

    def _as_file(self, name: str) -> Entry | None:
        self._ftp.switch("I")
        reply = self._answer(f"SIZE {self._path}/{name}")
        size = count_of(reply[4:]) if reply else None
        return None if size is None else _file(name, size, self._time(name))

    def _as_folder(self, name: str) -> Entry | None:
        return Entry(name, is_folder=True) if self._answer(f"CWD {self._path}/{name}") else None

    def _answer(self, command: str) -> str | None:
        """Reply to a command; None where it is refused."""
        try:
            return self._ftp.sendcmd(command)
        except ftplib.error_perm:
            return None
        except ftplib.error_temp as error:
            if code_of(error) not in ("450", "451"):
                raise
            return None

    def _time(self, name: str) -> datetime | None:
        """Time of a file by MDTM: LIST has it in an unknown zone, to the minute."""
        if not self._habits.has_mdtm or not is_sendable(name):
            return None
        try:
            return time_of(self._ftp.sendcmd(f"MDTM {self._path}/{name}")[4:])
        except ftplib.error_perm as error:
            self._habits.has_mdtm = code_of(error) not in _UNKNOWN_COMMAND
            return None

    def _of_unread(self, known: Iterable[Entry], unread: Iterable[str]) -> Iterator[Entry]:
        """Entries behind lines that nothing explains; NLST shows which lines are no entries."""
        names = {entry.name for entry in known}
        try:
            self._enter()
            others = [name for name in _bases(self._ftp.lines("NLST")) if name not in names]
        except (ftplib.error_perm, ftplib.error_temp):
            yield from map(_not_understood, unread)
            return
        self._allow_questions(len(others))
        yield from (self._asked(Line(name, None)) for name in others)
        for line in unread:
            if is_like_an_entry(line) and not set(others) & set(line.split()):
                yield _not_understood(line)

    def _allow_questions(self, count: int) -> None:
        self._ftp.begin(_SECONDS_PER_QUESTION * count)


def _bases(lines: Iterable[str]) -> list[str]:
    return [name for line in lines if line.strip("/") and (name := base_name(line))]


def _file(name: str, size: int, modified_at: datetime | None) -> Entry:
    return Entry(name, is_folder=False, size=size, modified_at=modified_at)


def _unclear(name: str) -> Entry:
    return Entry(name, is_folder=False, fault="the server gives neither its size nor enters it")


def _not_understood(line: str) -> Entry:
    fault = f"the line {line[:120]!a} of its listing is not understood"
    return Entry("", is_folder=False, fault=fault)
