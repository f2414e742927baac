"""Days of the index: each file appears whole, and is made anew where it is damaged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import PurePosixPath

from pydantic_core import to_json

from radar_assets.errors import IndexDamaged
from radar_assets.logs import Component, logger
from radar_assets.stages.base.rows import stamp
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.indexing.frames import Frame, frame_of, present
from radar_assets.stages.indexing.reading import day_key, frames_of_day


def update_day(
    workspace: Workspace,
    owner: str,
    day: date,
    new: Iterable[Frame],
    span: tuple[datetime, datetime] | None,
) -> list[Frame]:
    """Enter frames into a day; returns all that it has then.

    Those there, of a span or of all times, stay if their files do.
    """
    edges = span and (stamp(span[0]), stamp(span[1]))
    before, is_damaged = known_frames(workspace, owner, day)
    kept = [
        found
        for frame in before
        if (found := frame if _is_outside(frame, edges) else present(workspace.store, frame))
    ]
    entries = {_stem(frame): frame for frame in (*kept, *new)}
    after = sorted(entries.values(), key=lambda frame: (frame["time"], frame["product"]))
    key = day_key(owner, day)
    if not after:
        workspace.store.remove(key)
    elif is_damaged or after != before:
        workspace.store.put(key, to_json({"owner": owner, "day": str(day), "frames": after}))
    return after


def known_frames(workspace: Workspace, owner: str, day: date) -> tuple[list[Frame], bool]:
    """Maps of a day, and whether its index is damaged; then they are read from their files."""
    try:
        return frames_of_day(workspace, owner, day), False
    except IndexDamaged as error:
        warn(error)
    found: dict[str, Frame] = {}
    for key in workspace.store.list(PurePosixPath("products", owner, f"{day:%Y/%m/%d}")):
        if key.suffix in (".png", ".tif"):
            try:
                frame = frame_of(workspace.store, str(key))
            except (OSError, KeyError, ValueError):  # no map
                continue
            found[_stem(frame)] = frame
    return list(found.values()), True


def warn(error: IndexDamaged) -> None:
    """Log that a file of the index is damaged; it is made anew."""
    logger(Component.PRODUCTS).warning("index_damaged", error=str(error))


def _stem(frame: Frame) -> str:
    """Path of a map's files without their suffix."""
    return str(frame["png"] or frame["tif"]).rpartition(".")[0]


def _is_outside(frame: Frame, span: tuple[str, str] | None) -> bool:
    """Whether a frame lies outside of a span; times as text are ordered as moments are."""
    return span is not None and not span[0] <= frame["time"] <= span[1]
