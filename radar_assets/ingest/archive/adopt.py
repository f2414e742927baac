"""Adoption of the BUFR files of an older daemon: found in any tree, checked, stored under `bufr/`.

A file is copied, or moved if so wished. The copy is no link: the old daemon may write to its file
again, and the time stamp, which links share, becomes `UNKNOWN_TIME` here.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from radar_assets import files
from radar_assets.errors import BadName, BufrError, NoSpace, StorageError
from radar_assets.ingest.archive.state_db import OldDownload, StateDb
from radar_assets.ingest.download.store import UNKNOWN_TIME, check_space, storing
from radar_assets.radar.bufr import frame
from radar_assets.radar.names import BufrName


class AdoptionOutcome(StrEnum):
    """Outcome of adopting a file."""

    ADOPTED = "adopted"
    PRESENT = "present"
    """the same was here before"""
    CONFLICT = "conflict"
    """another file of this name is here, and is kept"""
    BROKEN = "broken"
    """it is not one whole BUFR message"""
    MISMATCH = "mismatch"
    """it is not the file that the state.db lists"""
    UNKNOWN = "unknown"
    """the network file has no such radar"""
    MISSING = "missing"
    """the state.db lists it, but it is not there"""
    SKIPPED = "skipped"
    """another radar was asked for"""
    IGNORED = "ignored"
    """its name is not that of a BUFR file"""
    FAILED = "left"
    """the system does not let it be read or stored; it may have been removed meanwhile"""


HERE = (AdoptionOutcome.ADOPTED, AdoptionOutcome.PRESENT)
"""outcomes of files that are in the data folder now"""

_Verdict = tuple[AdoptionOutcome, str]
"""of a file, with the reason why it was not adopted"""


@dataclass(frozen=True)
class CandidateFile:
    """A file of the old tree; `name` is None where it is not that of a BUFR file."""

    path: str
    outcome: AdoptionOutcome
    reason: str = ""
    name: BufrName | None = None


def find(folder: Path, on_error: Callable[[OSError], None]) -> Iterator[Path]:
    """All files below a folder, in order; links are not followed.

    `on_error` gets the errors of folders that cannot be listed.
    """
    for parent, folders, names in os.walk(folder, onerror=on_error):
        folders.sort()
        yield from filter(_may_be_file, (Path(parent, name) for name in sorted(names)))


@dataclass(frozen=True)
class Adoption:
    """How files are adopted. What has once been adopted is only compared again."""

    root: Path
    """data root"""
    scratch: Path
    radars: Collection[str]
    """those of the network"""
    lock: Callable[[str], AbstractContextManager[object]]
    """lock of a radar"""
    only: str | None = None
    """radar that is asked for; None: all"""
    state: StateDb | None = None
    is_move: bool = False
    """whether a file that is here is removed from where it was"""
    min_free: int = 0
    """bytes that stay free on the disk"""

    def adopt(self, path: Path) -> CandidateFile:
        """Adopt a file of the old tree, if it is what it should be.

        Raises `NoSpace` before anything is written where less than `min_free` bytes would be free.
        """
        listed = self.state.find(path.name) if self.state else None
        return self._adopted(path.name, path, listed)

    def adopt_listed(self, roots: Sequence[Path]) -> Iterator[CandidateFile]:
        """Adopt what only the state.db knows, as far as it lies below some folders."""
        for listed in self.state.not_found() if self.state else ():
            yield self._adopted(listed.file_name, _inside(roots, listed.local_path), listed)

    def _adopted(self, text: str, path: Path | None, listed: OldDownload | None) -> CandidateFile:
        shown = str(path or (listed and listed.local_path) or text)
        try:
            name = BufrName.parse(text)
        except BadName:
            return CandidateFile(shown, AdoptionOutcome.IGNORED)
        try:
            return CandidateFile(shown, *self._checked(name, path, listed), name)
        except NoSpace:
            raise
        except (OSError, StorageError) as error:
            return CandidateFile(shown, AdoptionOutcome.FAILED, str(error), name)

    def _checked(self, name: BufrName, path: Path | None, listed: OldDownload | None) -> _Verdict:
        radar = name.id.radar
        if self.only not in (None, radar):
            return AdoptionOutcome.SKIPPED, ""
        if radar not in self.radars:
            return AdoptionOutcome.UNKNOWN, f"the network file has no radar {radar}"
        if path is None:
            return AdoptionOutcome.MISSING, "the state.db lists it, but it is not there"
        fault = listed.fault(path) if listed else None
        if fault:
            return AdoptionOutcome.MISMATCH, fault
        try:
            content = frame.check_file(path)
        except BufrError as error:
            return AdoptionOutcome.BROKEN, str(error)
        with self.lock(radar):
            outcome, reason = self._stored(name, path, content)
        if self.state and listed and outcome in HERE:
            self.state.note_adopted(listed.file_name, content.sha256)
        return outcome, reason

    def _stored(self, name: BufrName, path: Path, content: frame.Content) -> _Verdict:
        for form in (name, replace(name, gzipped=not name.gzipped)):
            here = self.root / form.path
            if here.exists():
                return self._compared(path, content, here)
        target = self.root / name.path
        with storing(target), files.replacing(target, self.scratch) as temporary:
            self._link_or_copy(path, temporary)
        os.utime(target, (UNKNOWN_TIME, UNKNOWN_TIME))
        if self.is_move:
            path.unlink()
        return AdoptionOutcome.ADOPTED, ""

    def _compared(self, path: Path, content: frame.Content, here: Path) -> _Verdict:
        try:
            is_same = frame.check_file(here).sha256 == content.sha256
        except BufrError as error:
            return AdoptionOutcome.CONFLICT, f"{here} is damaged: {error}"
        if not is_same:
            return AdoptionOutcome.CONFLICT, f"{here} has another content"
        if self.is_move and not here.samefile(path):
            path.unlink()
        return AdoptionOutcome.PRESENT, ""

    def _link_or_copy(self, path: Path, temporary: Path) -> None:
        if self.is_move:
            try:
                os.link(path, temporary)
            except OSError:  # it lies on another file system, or on one without links
                pass
            else:
                return
        check_space(temporary.parent, path.stat().st_size, self.min_free)
        shutil.copyfile(path, temporary)


def _inside(roots: Sequence[Path], text: str | None) -> Path | None:
    """The file that an untrusted path names, if it lies below one of some folders."""
    for root in roots if text else ():
        try:
            path = (root / str(text)).resolve()
            if path.is_relative_to(root.resolve()) and path.is_file():
                return path
        except (OSError, ValueError):  # no path that a system could have
            return None
    return None


def _may_be_file(path: Path) -> bool:
    """Whether a path is a file, and no link, as far as is known."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:  # opening it will raise the error
        return True
