"""The form of what live ingest remembers: frozen models that are stored as small JSON."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict

StoredSpan = tuple[AwareDatetime, AwareDatetime]
"""two moments that were stored; each model says whether the second belongs to the span"""


class CursorPart(BaseModel):
    """A part of the cursor. Times are UTC, windows are named by their start."""

    model_config = ConfigDict(frozen=True)
