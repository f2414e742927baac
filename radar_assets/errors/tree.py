"""Root of the tree of errors, and what each of its classes must define."""

from __future__ import annotations

import copy
import re
from typing import ClassVar, Self

from radar_assets.errors.masking import mask_known

_CODE = re.compile(r"RA\d{3}")


class RadarAssetsError(Exception):
    """Root of all errors the platform raises on purpose.

    A message says what happened, and where; secrets that the process has read are masked in it.
    The class says what all such situations share: a stable `code`, the likely `cause`, and the
    `remedy`, what to do. Anything that is not a `RadarAssetsError`, an `OSError` or a `MemoryError`
    is a defect of the program, not of its input.

    Where something is tried several times, `attempts` counts how often it was, and
    `retry_reasons` says why the attempts before the last one failed.
    """

    code: ClassVar[str] = "RA000"
    cause: ClassVar[str] = "the situation has no class of its own"
    remedy: ClassVar[str] = "read the message, and the run's log around it"
    known: ClassVar[dict[str, type[RadarAssetsError]]] = {}
    """every class of the tree, by its code"""

    attempts: int = 0
    retry_reasons: tuple[str, ...] = ()

    def __init__(self, message: str = "") -> None:
        super().__init__(mask_known(message))

    def with_message(self, message: str) -> Self:
        """A copy of the error with another message."""
        other = copy.copy(self)
        other.args = (mask_known(message),)
        return other

    def __init_subclass__(cls, *, code: str, cause: str, remedy: str) -> None:
        super().__init_subclass__()
        if not _CODE.fullmatch(code) or code in RadarAssetsError.known:
            raise TypeError(f"{cls.__name__}: {code} is no new code of the form RA123")
        cls.code, cls.cause, cls.remedy = code, cause, remedy
        RadarAssetsError.known[code] = cls


RadarAssetsError.known[RadarAssetsError.code] = RadarAssetsError
