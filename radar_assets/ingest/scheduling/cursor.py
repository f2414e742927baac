"""What live ingest remembers from one poll to the next, as small JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field
from pydantic_core import from_json

from radar_assets.ingest.scheduling.empty import EmptyWindows
from radar_assets.ingest.scheduling.outage import Outage
from radar_assets.ingest.scheduling.part import CursorPart
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.requests import Requests
from radar_assets.ingest.scheduling.rescan import Rescan
from radar_assets.ingest.scheduling.unlistable import UnlistableHours
from radar_assets.ingest.scheduling.windows import DoneWindows, FollowedWindows

VERSION = 2

_VERSION_1 = {
    "done_until": ("windows", "until"),
    "done": ("windows", "later"),
    "requests": ("requests", "open"),
    "number": ("requests", "number"),
    "empty": ("empty", "ranges"),
    "emptied_at": ("empty", "requested_at"),
    "swept_until": ("rescan", "position"),
    "swept_at": ("rescan", "continued_at"),
    "barred": ("unlistable", "spans"),
    "barred_at": ("unlistable", "tried_at"),
    "failures": ("outage", "failures"),
    "failed_at": ("outage", "failed_at"),
    "down_since": ("outage", "since"),
}
"""where the fields of a cursor of version 1, which was flat, are now; `pending` is the same"""


class Cursor(CursorPart):
    """What is done, under way and awaited."""

    windows: DoneWindows = DoneWindows()
    requests: Requests = Requests()
    empty: EmptyWindows = EmptyWindows()
    pending: dict[str, int] = Field(default_factory=dict)
    """sizes in bytes of files that were listed and are not processed yet"""
    rescan: Rescan = Rescan()
    unlistable: UnlistableHours = UnlistableHours()
    outage: Outage = Outage()

    def followed(self, plan: Plan, now: datetime) -> FollowedWindows:
        """Windows whose changes are followed."""
        unlistable = plan.windows_in(self.unlistable.spans)
        return FollowedWindows(self.windows.frontier(plan, now), unlistable)

    def to_json(self) -> str:
        """Text that `from_json` reads."""
        state = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps({"version": VERSION, **state}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | None) -> Cursor:
        """Read a cursor of any version; a broken or absent one starts afresh."""
        try:
            return cls.model_validate(_as_now(from_json((text or "{}").encode())))
        except ValueError:
            return cls()


def _as_now(stored: object) -> Mapping[str, Any]:
    """A stored cursor in the form of this version; raises `ValueError` for what is none."""
    if not isinstance(stored, dict):
        raise ValueError("a cursor is an object")  # noqa: TRY004 - it is a fault of the text
    version = stored.get("version", 1)
    if version == 1:
        return _from_version_1(stored)
    if version == VERSION:
        return stored
    raise ValueError(f"a cursor of version {version}")


def _from_version_1(flat: Mapping[str, Any]) -> dict[str, Any]:
    state: dict[str, Any] = {"pending": flat.get("pending", {})}
    for name, (part, field) in _VERSION_1.items():
        if name in flat:
            state.setdefault(part, {})[field] = flat[name]
    return state
