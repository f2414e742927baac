"""Days of the index, and the newest of each radar and composite; each file appears whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any

from pydantic_core import from_json, to_json

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
    edges = span and (stamp(span[0]), stamp(span[1]))
    with workspace.lock(f"index-{owner}"):
        changed: list[Frame] = []
        for day in days:
            new = [frame for frame in frames if frame["time"].startswith(str(day))]
            changed += _update_day(workspace, owner, day, new, edges)
        with workspace.lock("index"):
            _update_latest(workspace, owner, changed)


def day_key(owner: str, day: date) -> PurePosixPath:
    """Key of the index of a day of a radar or composite."""
    return PurePosixPath("index", owner, f"{day:%Y/%m/%d}.json")


def read_json(workspace: Workspace, key: PurePosixPath) -> dict[str, Any]:
    """A file of the index; empty where there is none, or what is there is none."""
    try:
        found = from_json(workspace.store.get(key).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def frames_of_day(workspace: Workspace, owner: str, day: date) -> list[Frame]:
    """Maps of a day, in the order of time and product."""
    return list(read_json(workspace, day_key(owner, day)).get("frames", ()))


def _update_day(
    workspace: Workspace, owner: str, day: date, new: list[Frame], span: tuple[str, str] | None
) -> list[Frame]:
    """Enter frames into a day; returns all that it has then."""
    before = frames_of_day(workspace, owner, day)
    kept = [
        found
        for frame in before
        if (found := frame if _is_outside(frame, span) else present(workspace.store, frame))
    ]
    entries = {_stem(frame): frame for frame in (*kept, *new)}
    after = sorted(entries.values(), key=lambda frame: (frame["time"], frame["product"]))
    key = day_key(owner, day)
    if not after:
        workspace.store.remove(key)
    elif after != before:
        workspace.store.put(key, to_json({"owner": owner, "day": str(day), "frames": after}))
    return after


def _newest(
    workspace: Workspace, owner: str, changed: Iterable[Frame], known: Mapping[str, Frame]
) -> dict[str, Frame]:
    """Newest frame of each product, of those that changed and those that were known.

    Where one that was known is gone, the last days are searched.
    """
    kept = {name: frame for name, frame in known.items() if present(workspace.store, frame)}
    candidates = list(changed)
    if len(kept) < len(known):
        for day in days_of(workspace, owner)[-_NEWEST_DAYS:]:
            candidates += frames_of_day(workspace, owner, day)
    for frame in candidates:
        name = frame["product"]
        if name not in kept or kept[name]["time"] <= frame["time"]:
            kept[name] = frame
    return kept


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


def _update_latest(workspace: Workspace, owner: str, changed: Iterable[Frame]) -> None:
    """Bring `latest.json` up to date; it has every radar: also one that never sent is seen."""
    before = read_json(workspace, LATEST).get("owners", {})
    network = workspace.network
    owners = {name: before.get(name) or _entry(network, name, {}) for name in network.owners}
    known = owners.get(owner, {}).get("products", {})
    owners[owner] = _entry(network, owner, _newest(workspace, owner, changed, known))
    if owners != before:
        content = {"generated_at": stamp(workspace.now()), "owners": owners}
        workspace.store.put(LATEST, to_json(content))


def _stem(frame: Frame) -> str:
    """Path of a map's files without their suffix."""
    return str(frame["png"] or frame["tif"]).rpartition(".")[0]


def _moment(frame: Frame) -> datetime:
    return datetime.fromisoformat(frame["time"])


def _is_outside(frame: Frame, span: tuple[str, str] | None) -> bool:
    """Whether a frame lies outside of a span; times as text are ordered as moments are."""
    return span is not None and not span[0] <= frame["time"] <= span[1]
