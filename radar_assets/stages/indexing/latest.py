"""`index/latest.json`: each radar and composite with its state and its newest maps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from pydantic_core import to_json

from radar_assets.errors import IndexDamaged
from radar_assets.settings import Network
from radar_assets.stages.base.rows import stamp
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.indexing.days import known_frames, warn
from radar_assets.stages.indexing.frames import Frame, legend, present
from radar_assets.stages.indexing.reading import LATEST, days_of, latest_owners

_NEWEST_DAYS = 2
"""days of maps that are searched for the newest of each product"""


def update_latest(workspace: Workspace, owner: str, changed: Iterable[Frame]) -> None:
    """Bring `latest.json` up to date; it has every radar: also one that never sent is seen.

    Where it is damaged, it is made anew from the days of all radars and composites.
    """
    network = workspace.network
    try:
        before, is_damaged = latest_owners(workspace), False
    except IndexDamaged as error:
        warn(error)
        before, is_damaged = {}, True
    owners = {}
    for name in network.owners:
        known = before.get(name, {}).get("products", {})
        if name == owner or is_damaged:
            new = changed if name == owner else ()
            known = _newest(workspace, name, new, known, is_damaged=is_damaged)
        owners[name] = _entry(network, name, known)
    if is_damaged or owners != before:
        content = {"generated_at": stamp(workspace.now()), "owners": owners}
        workspace.store.put(LATEST, to_json(content))


def _newest(
    workspace: Workspace,
    owner: str,
    changed: Iterable[Frame],
    known: Mapping[str, Frame],
    *,
    is_damaged: bool,
) -> dict[str, Frame]:
    """Newest frame of each product, of those that changed and those that were known.

    Where one that was known is gone, or none is known any more, the last days are searched.
    """
    kept = {name: frame for name, frame in known.items() if present(workspace.store, frame)}
    candidates = list(changed)
    if is_damaged or len(kept) < len(known):
        for day in days_of(workspace, owner)[-_NEWEST_DAYS:]:
            candidates += known_frames(workspace, owner, day)[0]
    for frame in candidates:
        name = frame["product"]
        if name not in kept or kept[name]["time"] <= frame["time"]:
            kept[name] = frame
    return kept


def _entry(network: Network, owner: str, newest: Mapping[str, Frame]) -> dict[str, Any]:
    site = network.radars.get(owner)
    end = network.end(owner)
    return {
        "title": network.title(owner),
        "kind": "radar" if site else "composite",
        "position": [site.longitude, site.latitude] if site else None,
        "is_live": (site or network.composites[owner]).live,
        "end": stamp(end) if end else None,
        **_patience(network, owner),
        "newest": max((frame["time"] for frame in newest.values()), default=None),
        "products": {
            name: {**frame, "legend": legend(frame)} for name, frame in sorted(newest.items())
        },
    }


def _patience(network: Network, owner: str) -> dict[str, int]:
    """Seconds after which the newest map is late, and its owner silent, by its cadence.

    A map carries the time at which its volume began or its window ended, and is made within about a
    cadence of it: it is late from two on, silent when alerts would say so.
    """
    is_radar = owner in network.radars
    cadence = network.cadence(owner) if is_radar else network.settings.window
    missed: timedelta = max(2, network.settings.stale_after_missed) * cadence
    late = 2 * cadence
    return {
        "late_after": int(late.total_seconds()),
        "silent_after": int(missed.total_seconds()),
    }
