"""Why the files of a window were downloaded or not; each situation has its own advice."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from radar_assets import errors


class Situation(StrEnum):
    """The outcome of downloading a window, the most serious first."""

    FULL = "no space left"
    UNSTORED = "cannot be stored"
    MISSET = "settings wrong"
    DENIED = "access denied"
    UNREACHABLE = "server unreachable"
    BUSY = "all connections in use"
    UNCLEAR = "listing unclear"
    GONE = "gone"
    CROWDED = "folder too full"
    UNUSABLE = "not usable"
    SKIPPED = "left incomplete"
    FETCHED = "fetched"
    WAITING = "not yet available"
    ABSENT = "never existed"

    def describe(self) -> str:
        """The situation, and what to do about it."""
        return f"{self}: {_ADVICE[self]}"


_AGAIN = "; the sensor tries again"
_ADVICE = {
    Situation.FULL: f"free some space, or let RADAR_ASSETS_DATA name another disk{_AGAIN}",
    Situation.UNSTORED: f"make the data folder readable and writable{_AGAIN}",
    Situation.MISSET: f"set or correct what the message names{_AGAIN}",
    Situation.DENIED: f"correct the login, or the permissions on the server{_AGAIN}",
    Situation.UNREACHABLE: f"check whether server and network are up{_AGAIN}",
    Situation.BUSY: f"check max_connections against the limit of the server{_AGAIN}",
    Situation.UNCLEAR: f"correct the entry that the message names, or try mlsd = false{_AGAIN}",
    Situation.GONE: f"files vanished from the server while they were fetched{_AGAIN}",
    Situation.CROWDED: f"check what fills the folder on the server{_AGAIN}",
    Situation.UNUSABLE: "files are broken on the server; ask for them to be sent again",
    Situation.SKIPPED: "volumes lack fields, and `allow_incomplete = false` skips such volumes",
    Situation.FETCHED: "every file that is due is here",
    Situation.WAITING: "files may still arrive; the sensor polls again",
    Situation.ABSENT: "no server has files of this window: none were sent, or they were removed",
}

_OF_ERRORS = {
    errors.NoSpace: Situation.FULL,
    errors.StorageError: Situation.UNSTORED,
    errors.SettingsError: Situation.MISSET,
    errors.AccessDenied: Situation.DENIED,
    errors.SourceBusy: Situation.BUSY,
    errors.ConnectionLimit: Situation.BUSY,
    errors.ListingUnclear: Situation.UNCLEAR,
    errors.SourceUnreachable: Situation.UNREACHABLE,
    errors.DownloadIncomplete: Situation.UNREACHABLE,
    errors.RemoteFileMissing: Situation.GONE,
    errors.FileTooLarge: Situation.UNUSABLE,
    errors.TooManyEntries: Situation.CROWDED,
    errors.SourceError: Situation.DENIED,
    errors.VolumeIncomplete: Situation.SKIPPED,
    errors.RadarAssetsError: Situation.UNUSABLE,
}


_REFUSALS = (errors.RemoteFileMissing, errors.DownloadIncomplete, errors.SourceError)

ErrorType = type[errors.RadarAssetsError]


def judge(failures: Iterable[ErrorType], *, has_files: bool, is_over: bool) -> Situation:
    """Judge a window by the classes of its errors; the most serious one counts.

    `has_files` says whether files are stored, `is_over` whether no more are expected.
    """
    found = {_of(kind) for kind in failures}
    for situation in Situation:
        if situation in found:
            return situation
    if has_files:
        return Situation.FETCHED
    return Situation.ABSENT if is_over else Situation.WAITING


def is_final(kind: ErrorType) -> bool:
    """Whether a retry after an error of this class would fail alike."""
    return _of(kind) in (Situation.UNUSABLE, Situation.SKIPPED)


def is_refusal(kind: ErrorType) -> bool:
    """Whether an error of this class means that a source answers and does not give the file."""
    return kind in _REFUSALS


def _of(kind: ErrorType) -> Situation:
    return next(_OF_ERRORS[base] for base in kind.__mro__ if base in _OF_ERRORS)
