"""Days of the index, and the newest of each radar and composite; each file appears whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any

from radar_assets.radar.names import day_of
from radar_assets.settings import Network
from radar_assets.stages.base.result import StageResult
from radar_assets.stages.base.rows import stamp
from radar_assets.stages.base.stage import Task
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.indexing.frames import Frame, frame_of, legend, present

LATEST = PurePosixPath("index/latest.json")
_NEWEST_DAYS = 2
"""days of maps that are searched for the newest of each product"""


def index_window(task: Task, result: StageResult) -> None:
    """Enter the maps of a window that was recorded; take out those whose files are gone."""
    window = task.window
    paths = [str(path) for row in result.rows if (path := getattr(row, "path", None))]
    store = task.workspace.store
    frames = [frame_of(store, path) for path in paths if store.stat(PurePosixPath(path))]
    days = {window.start.date(), window.end.date()} | {_moment(frame).date() for frame in frames}
    update(task.workspace, window.owner, days, frames, (window.start, window.end))


def update(
    workspace: Workspace,
    owner: str,
    days: Iterable[date],
    frames: Iterable[Frame] = (),
    span: tuple[datetime, datetime] | None = None,
) -> None:
    """Enter frames into days; those there, of a span or of all times, stay if their files do."""
    with workspace.lock(f"index-{owner}"):
        for day in days:
            new = [frame for frame in frames if _moment(frame).date() == day]
            _update_day(workspace, owner, day, new, span)
        section = _section(workspace, owner)
        with workspace.lock("index"):
            _update_latest(workspace, owner, section)


def day_key(owner: str, day: date) -> PurePosixPath:
    """Key of the index of a day of a radar or composite."""
    return PurePosixPath("index", owner, f"{day:%Y/%m/%d}.json")


def read_json(workspace: Workspace, key: PurePosixPath) -> dict[str, Any]:
    """A file of the index; empty where there is none, or what is there is none."""
    try:
        found = json.loads(workspace.store.get(key).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def frames_of_day(workspace: Workspace, owner: str, day: date) -> list[Frame]:
    """Maps of a day, in the order of time and product."""
    return list(read_json(workspace, day_key(owner, day)).get("frames", ()))


def _update_day(
    workspace: Workspace,
    owner: str,
    day: date,
    new: list[Frame],
    span: tuple[datetime, datetime] | None,
) -> None:
    before = frames_of_day(workspace, owner, day)
    kept = [
        found
        for frame in before
        if (found := frame if _is_outside(frame, span) else present(workspace.store, frame))
    ]
    entries = {_stem(frame): frame for frame in (*kept, *new)}
    after = sorted(entries.values(), key=lambda frame: (frame["time"], frame["product"]))
    if after == before:
        return
    key = day_key(owner, day)
    if after:
        workspace.store.put(key, _encoded({"owner": owner, "day": str(day), "frames": after}))
    else:
        workspace.store.remove(key)


def _section(workspace: Workspace, owner: str) -> dict[str, Any]:
    """What `latest.json` says of a radar or composite."""
    newest: dict[str, Frame] = {}
    for day in days_of(workspace, owner)[-_NEWEST_DAYS:]:
        newest |= {frame["product"]: frame for frame in frames_of_day(workspace, owner, day)}
    return _entry(workspace.network, owner, newest)


def _entry(network: Network, owner: str, newest: Mapping[str, Frame]) -> dict[str, Any]:
    site = network.radars.get(owner)
    return {
        "title": network.title(owner),
        "kind": "radar" if site else "composite",
        "position": [site.longitude, site.latitude] if site else None,
        "newest": max((frame["time"] for frame in newest.values()), default=None),
        "products": {
            name: {**frame, "legend": legend(frame)} for name, frame in sorted(newest.items())
        },
    }


def days_of(workspace: Workspace, owner: str) -> list[date]:
    """Days of which a radar or composite has an index, oldest first."""
    keys = workspace.store.list(PurePosixPath("index", owner))
    return sorted(day_of(key.with_suffix("")).date() for key in keys if key.suffix == ".json")


def _update_latest(workspace: Workspace, owner: str, section: dict[str, Any]) -> None:
    """Put a section into `latest.json`, which has every radar: also one that never sent is seen."""
    before = read_json(workspace, LATEST).get("owners", {})
    network = workspace.network
    owners = {name: before.get(name) or _entry(network, name, {}) for name in network.owners}
    owners[owner] = section
    encoded = _encoded({"generated_at": stamp(workspace.now()), "owners": owners})
    if json.loads(encoded)["owners"] != before:
        workspace.store.put(LATEST, encoded)


def _encoded(content: dict[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":"), sort_keys=True).encode()


def _stem(frame: Frame) -> str:
    return str(PurePosixPath(frame["png"] or frame["tif"]).with_suffix(""))


def _moment(frame: Frame) -> datetime:
    return datetime.fromisoformat(frame["time"])


def _is_outside(frame: Frame, span: tuple[datetime, datetime] | None) -> bool:
    return span is not None and not span[0] <= _moment(frame) <= span[1]
