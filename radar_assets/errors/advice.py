"""The full text of an error: what happened, its code, the likely cause, what to do."""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass

from radar_assets.errors.masking import mask_known
from radar_assets.errors.outside import NoSpace
from radar_assets.errors.texts import one_line
from radar_assets.errors.tree import RadarAssetsError

TEXT_LENGTH = 500
"""longest text of an error in records"""

_NO_MEMORY = re.compile(
    r"out of memory|memory allocation|(?:cannot|can't|unable to|failed to) allocate"
    r"|can't start new thread|failed to map segment",
    re.IGNORECASE,
)
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
        message = one_line(message)
        tail = f" [{self.code}; likely cause: {self.cause}; what to do: {self.remedy}]"
        room = len(message) if length is None else length - len(tail)
        return (message if len(message) <= room else message[: room - 1] + "…") + tail


SYSTEM = Advice(
    "RA690",
    "OSError",
    "The operating system refused a file, a folder or a connection.",
    "permissions, a disk that is read-only or failing, or too many open files",
    "correct what the message names; `radar-assets doctor` checks the folders",
)
MEMORY = Advice(
    "RA691",
    "MemoryError",
    "The memory that the program may use does not suffice.",
    "other programs take it, a limit is set too low, or too many windows are made at a time",
    "free or add memory, raise the limit, or set `workers = 1`; then run the window again",
)
DEFECT = Advice(
    "RA900",
    "Exception",
    "The program failed in a way that it was not written to handle.",
    "a defect of the program",
    "report it with `radar-assets debug-report`; the run's log has the traceback",
)


def advice(error: BaseException | type[BaseException]) -> Advice:
    """The advice on an error or a class of errors."""
    kind = error if isinstance(error, type) else type(error)
    if issubclass(kind, RadarAssetsError):
        is_out_of_memory = isinstance(error, kind) and says_no_memory(error.__cause__)
        return MEMORY if is_out_of_memory else _of_class(kind)
    if issubclass(kind, MemoryError) or says_no_memory(error):
        return MEMORY
    if not issubclass(kind, OSError):
        return DEFECT
    return _of_class(NoSpace) if is_disk_full(error) else SYSTEM


def is_disk_full(error: object) -> bool:
    """Whether an error of the operating system says that a disk is full."""
    return getattr(error, "errno", None) in _FULL


def says_no_memory(error: object) -> bool:
    """Whether an error, perhaps of a library that has its own words, says that memory ran out."""
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return True
    is_of_library = isinstance(error, Exception) and not isinstance(error, RadarAssetsError)
    return is_of_library and _NO_MEMORY.search(str(error)) is not None


def all_advice() -> list[Advice]:
    """The advice on every situation, by code."""
    classes = [_of_class(kind) for kind in RadarAssetsError.known.values()]
    return sorted([*classes, SYSTEM, MEMORY, DEFECT], key=lambda item: item.code)


def message_of(error: BaseException) -> str:
    """What happened; the message of an error from outside the tree is prefixed by its type."""
    if isinstance(error, RadarAssetsError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"out of memory: {mask_known(str(error))}".removesuffix(": ")
    return f"{type(error).__name__}: {mask_known(str(error))}".removesuffix(": ")


def full_text(error: BaseException, length: int | None = TEXT_LENGTH) -> str:
    """All of it in one line: what happened, code, likely cause, what to do."""
    return advice(error).write(message_of(error), length)


def class_of(code: str) -> type[RadarAssetsError]:
    """The class of errors that have a code; the root where none has it."""
    return RadarAssetsError.known.get(code, RadarAssetsError)


def _of_class(kind: type[RadarAssetsError]) -> Advice:
    meaning = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
    return Advice(kind.code, kind.__name__, meaning, kind.cause, kind.remedy)
