"""One thing that the doctor looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """What a finding asks for."""

    OK = "ok"
    NOTE = "note"
    """worth knowing; nothing must be done"""
    TODO = "todo"


@dataclass(frozen=True)
class Finding:
    """What was seen; `advice` says what to do where it is not well."""

    subject: str
    detail: str
    advice: str | None = None
    is_note: bool = False

    @property
    def level(self) -> Level:
        """What it asks for."""
        if self.advice:
            return Level.TODO
        return Level.NOTE if self.is_note else Level.OK

    @property
    def is_well(self) -> bool:
        """Whether nothing needs to be done."""
        return self.level is not Level.TODO


def look(subject: str, see: Callable[[], str], advice: str) -> Finding:
    """What a look found, or the error that it ended in, with advice."""
    try:
        return Finding(subject, see())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what was found
        return Finding(subject, str(error), advice)
