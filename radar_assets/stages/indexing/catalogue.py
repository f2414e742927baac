"""The catalogue: STAC items of all files, below `catalog/`; each of its files appears whole.

An item has what was made of one time of a radar or composite: the volume, and each map in each
format. A catalogue a day links its items, a collection for each radar and composite its days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import PurePosixPath

from pydantic_core import to_json

from radar_assets.errors import IndexDamaged
from radar_assets.settings import Network
from radar_assets.stages.base.result import StageResult
from radar_assets.stages.base.stage import Task
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.indexing.days import warn
from radar_assets.stages.indexing.frames import Frame
from radar_assets.stages.indexing.items import (
    ROOT,
    Json,
    assets_of,
    collection,
    day_catalog,
    day_folder,
    item,
    item_key,
    key_of,
    linked,
    moment_of,
    root,
    summary,
    united,
)
from radar_assets.stages.indexing.reading import read_object

_TIME = "%Y%m%dT%H%M%SZ"


def enter_window(task: Task, result: StageResult, frames: Mapping[str, Frame]) -> None:
    """Enter the files of a window that was recorded, if there is to be a catalogue.

    `frames` are those of the maps, by their paths. Files that are gone leave their items.
    """
    if not task.workspace.network.settings.catalog:
        return
    found: dict[datetime, Json] = defaultdict(dict)
    boxes: dict[datetime, list[list[float]]] = defaultdict(list)
    for row in result.rows:
        time, frame = moment_of(row), frames.get(getattr(row, "path", None) or "")
        if time is not None:
            found[time].update(assets_of(task.workspace.store, row, frame))
            boxes[time] += [frame["bounds_wgs84"]] if frame else []
    for time in filter(None, map(moment_of, task.previous)):
        found[time].update()
    _update(task.workspace, task.window.owner, found, boxes)


def prune(workspace: Workspace, owner: str, days: Iterable[date]) -> None:
    """Take out what is not stored any more of the items of some days."""
    for day in days:
        folder = day_folder(owner, f"{day:%Y/%m/%d}")
        names, _ = _items_of(workspace, folder)
        times = (datetime.strptime(name[-21:-5], _TIME).replace(tzinfo=UTC) for name in names)
        gone: dict[datetime, Json] = {time: {} for time in times}
        if gone:
            _update(workspace, owner, gone, {})


def _update(
    workspace: Workspace,
    owner: str,
    found: Mapping[datetime, Json],
    boxes: Mapping[datetime, list[list[float]]],
) -> None:
    """Bring items up to date with assets that were found, and then what links them."""
    by_day: dict[str, dict[str, Json | None]] = defaultdict(dict)
    with workspace.lock(f"catalog-{owner}"):
        for time, assets in found.items():
            made = _item(workspace, owner, time, assets, boxes.get(time, []))
            by_day[f"{time:%Y/%m/%d}"][item_key(owner, time).name] = made
        for day, items in by_day.items():
            _link_day(workspace, owner, day, items)


def _item(
    workspace: Workspace, owner: str, time: datetime, assets: Json, boxes: list[list[float]]
) -> Json | None:
    """Write an item, with what it had before and is still stored; None where that is nothing.

    A damaged one of which nothing else is known stays as it is, and the answer is empty.
    """
    store, key = workspace.store, item_key(owner, time)
    before, is_damaged = _known(workspace, key)
    if is_damaged and not assets:
        return {}
    kept = {
        name: asset
        for name, asset in before.get("assets", {}).items()
        if store.stat(key_of(asset)) is not None
    }
    if not kept and not assets:
        store.remove(key)
        return None
    edges = _edges(workspace.network, owner, [*boxes, *_boxes_of(before)])
    after = item(workspace.network, owner, time, {**kept, **assets}, edges)
    if after != before:
        store.put(key, to_json(after))
    return after


def _boxes_of(before: Json) -> list[list[float]]:
    """The rectangle of an item; of one without maps, none."""
    is_of_maps = before.get("geometry", {}).get("type") == "Polygon"
    return [before["bbox"]] if is_of_maps else []


def _edges(network: Network, owner: str, boxes: list[list[float]]) -> list[float]:
    """The rectangle around maps; without any, around the radars."""
    radars = (network.radar(name) for name in network.radars_of(owner))
    sites = [[radar.longitude, radar.latitude] * 2 for radar in radars]
    return united(boxes or sites)


def _known(workspace: Workspace, key: PurePosixPath) -> tuple[Json, bool]:
    """What a file of the catalogue holds, nothing where there is none, and whether it is damaged.

    What is damaged is made anew; of an item, with the files that are recorded next.
    """
    try:
        return read_object(workspace, key) or {}, False
    except IndexDamaged as error:
        warn(error)
        return {}, True


def _items_of(workspace: Workspace, folder: PurePosixPath) -> tuple[set[str], Json]:
    """Names of the items of a day, those linked or else all that lie there; and its catalogue."""
    before, is_damaged = _known(workspace, folder / "catalog.json")
    lying = (key.name for key in workspace.store.list(folder)) if is_damaged else ()
    return {*linked(before, "item"), *lying} - {"catalog.json"}, before


def _link_day(workspace: Workspace, owner: str, day: str, items: Mapping[str, Json | None]) -> None:
    """Link the items of a day that there are, and the day in its collection."""
    folder = day_folder(owner, day)
    key, (known, before) = folder / "catalog.json", _items_of(workspace, folder)
    names = known - items.keys() | {name for name in items if items[name] is not None}
    after = day_catalog(owner, day, names)
    if not names:
        workspace.store.remove(key)
    elif after != before:
        workspace.store.put(key, to_json(after))
    _link_owner(workspace, owner, {day: bool(names)}, [made for made in items.values() if made])


def _link_owner(
    workspace: Workspace, owner: str, days: Mapping[str, bool], items: list[Json]
) -> None:
    """Bring a collection up to date with some of its days and items, and the root with it."""
    key = ROOT / owner / "collection.json"
    before, is_damaged = _known(workspace, key)
    known = {href.removesuffix("/catalog.json") for href in linked(before, "child")}
    if is_damaged:
        known = set(_days_of(workspace, owner))
    after = known - days.keys() | {day for day, has_items in days.items() if has_items}
    if not after:
        workspace.store.remove(key)
    else:
        boxes = [*(before["extent"]["spatial"]["bbox"] if before else []), *_all_boxes(items)]
        assets = dict(before.get("item_assets", {}))
        for made in items:
            assets.update(summary(made["assets"]))
        made_now = collection(workspace.network, owner, after, united(boxes), assets)
        if made_now != before:
            workspace.store.put(key, to_json(made_now))
    _link_root(workspace)


def _days_of(workspace: Workspace, owner: str) -> Iterable[str]:
    """Days of which there is a catalogue, YYYY/MM/DD."""
    for key in workspace.store.list(ROOT / owner):
        if key.name == "catalog.json":
            yield str(key.parent.relative_to(ROOT / owner))


def _all_boxes(items: Iterable[Json]) -> list[list[float]]:
    return [made["bbox"] for made in items]


def _link_root(workspace: Workspace) -> None:
    """Link the collections that there are, also of owners that the network file has no more."""
    key = PurePosixPath(ROOT / "catalog.json")
    with workspace.lock("catalog"):
        before, _ = _known(workspace, key)
        known = {href.partition("/")[0] for href in linked(before, "child")}
        owners = [
            owner
            for owner in known | {*workspace.network.owners}
            if workspace.store.stat(ROOT / owner / "collection.json") is not None
        ]
        after = root(owners)
        if after != before:
            workspace.store.put(key, to_json(after))
