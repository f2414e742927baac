"""One thing that the doctor checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from radar_assets.errors.masking import mask_known


class Level(StrEnum):
    """What a finding asks for."""

    OK = "ok"
    NOTE = "note"
    """worth knowing; nothing must be done"""
    TODO = "todo"


@dataclass(frozen=True)
class Finding:
    """What was found; `advice` says what to do about it, if anything must be done."""

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


def examined(subject: str, examine: Callable[[], str], advice: str) -> Finding:
    """What an examination found, or the error that it ended in, with advice."""
    try:
        return Finding(subject, examine())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what was found
        return Finding(subject, mask_known(str(error) or type(error).__name__), advice)
