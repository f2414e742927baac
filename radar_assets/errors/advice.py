"""What an error tells its reader: what happened, its code, the likely cause, what to do."""

from __future__ import annotations

import errno
from dataclasses import dataclass

from radar_assets.errors.outside import NoSpace
from radar_assets.errors.tree import RadarAssetsError

TEXT_LENGTH = 500
"""longest text of an error in records"""

_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Advice:
    """What all errors of one situation share."""

    code: str
    name: str
    """class of the error"""
    meaning: str
    cause: str
    remedy: str

    def write(self, message: str, length: int | None = None) -> str:
        """A message with its advice in one line; where that is too long, the message is cut."""
        message = " ".join(message.split())
        tail = f" [{self.code}; likely cause: {self.cause}; what to do: {self.remedy}]"
        room = len(message) if length is None else length - len(tail)
        return (message if len(message) <= room else message[: room - 1] + "…") + tail


SYSTEM = Advice(
    "RA690",
    "OSError",
    "The operating system refused a file, a folder or a connection.",
    "permissions, a disk that is read-only or failing, or too many open files",
    "mend what the message names; `radar-assets doctor` tells whether folders can be used",
)
DEFECT = Advice(
    "RA900",
    "Exception",
    "The program met something that it was not written for.",
    "a defect of the program",
    "report it with `radar-assets debug-report`; the run's log has the traceback",
)


def advice(error: BaseException | type[BaseException]) -> Advice:
    """The advice on an error or a class of errors."""
    kind = error if isinstance(error, type) else type(error)
    if issubclass(kind, RadarAssetsError):
        return _of_class(kind)
    if not issubclass(kind, OSError):
        return DEFECT
    return _of_class(NoSpace) if tells_full(error) else SYSTEM


def tells_full(error: object) -> bool:
    """Whether an error of the operating system says that a disk is full."""
    return getattr(error, "errno", None) in _FULL


def all_advice() -> list[Advice]:
    """The advice on every situation, by code."""
    classes = [_of_class(kind) for kind in RadarAssetsError.known.values()]
    return sorted([*classes, SYSTEM, DEFECT], key=lambda item: item.code)


def message_of(error: BaseException) -> str:
    """What happened; the message of an error from outside the tree is prefixed by its type."""
    if isinstance(error, RadarAssetsError):
        return str(error)
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def full_text(error: BaseException, length: int | None = TEXT_LENGTH) -> str:
    """All of it in one line: what happened, code, likely cause, what to do."""
    return advice(error).write(message_of(error), length)


def class_named(name: str) -> type[RadarAssetsError]:
    """The class of that name; the root where there is none."""
    known = RadarAssetsError.known.values()
    return next((kind for kind in known if kind.__name__ == name), RadarAssetsError)


def _of_class(kind: type[RadarAssetsError]) -> Advice:
    meaning = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
    return Advice(kind.code, kind.__name__, meaning, kind.cause, kind.remedy)
