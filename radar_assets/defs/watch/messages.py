"""The sensor that announces new files to a broker: each version once, in the order of records."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

import dagster as dg
from filelock import Timeout
from pydantic import BaseModel

from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import rows_of
from radar_assets.defs.records import Record, recent
from radar_assets.errors import SettingsError
from radar_assets.errors.advice import full_text
from radar_assets.files import sha256
from radar_assets.settings import broker_login
from radar_assets.settings.messages import Messages
from radar_assets.stages import all_stages, draws, stage, stages_of
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.indexing.items import moment_of
from radar_assets.watch.announced import Announced
from radar_assets.watch.announcements import Announcement, notification, topic
from radar_assets.watch.broker import Publisher, connected

_OVERLAP = timedelta(minutes=10)
"""time by which records may be seen later than others that were written after them"""
_LIMIT = 30.0
"""seconds that a tick publishes, half of what Dagster grants to it"""


class Place(BaseModel):
    """Up to where records were announced: the sensor's cursor."""

    since: datetime
    done: tuple[int, ...] = ()
    """numbers of the records since then of which all is announced"""
    is_down: bool = False
    """whether the broker took no message at the last tick"""

    @classmethod
    def from_json(cls, text: str | None, now: datetime) -> "Place":
        """Read a cursor; without one that can be read, announce what is recorded from now on."""
        try:
            return cls.model_validate_json(text or "")
        except ValueError:
            return cls(since=now)

    def after(self, records: list[Record], done: set[int], *, is_down: bool) -> "Place":
        """The cursor after a tick that saw some records."""
        open_times = [record.time for record in records if record.number not in done]
        times = open_times or [record.time for record in records]
        edge = min(times) if open_times else max(times, default=self.since)
        since = max(self.since, edge - _OVERLAP)
        kept = sorted(r.number for r in records if r.number in done and r.time >= since)
        return Place(since=since, done=tuple(kept), is_down=is_down)


@dataclass
class _Post:
    """Publishes what is due over one connection, which is opened when it is needed."""

    workspace: Workspace
    wanted: Messages
    base: str
    stack: ExitStack
    publisher: Publisher | None = None
    sent: int = 0
    gone: int = 0

    def connect(self) -> Publisher:
        """The connection; `OSError` where there can be none."""
        if self.publisher is None:
            opened = connected(self.wanted, broker_login(self.wanted))
            self.publisher = self.stack.enter_context(opened)
        return self.publisher

    def announce(self, item: Announcement, announced: Announced) -> None:
        """Publish a file, unless its content was announced or it is not stored any more."""
        store, key = self.workspace.store, PurePosixPath(item.path)
        stat = store.stat(key)
        if stat is None:
            self.gone += 1
            return
        digest, before = sha256(store.get(key)), announced.digests.get(item.path)
        if digest != before:
            message = notification(
                self.wanted,
                item,
                base=self.base,
                sha256=digest,
                size=stat.size,
                now=self.workspace.now(),
                is_update=before is not None,
            )
            self.connect().publish(topic(self.wanted, item), json.dumps(message).encode())
            self.sent += 1
        announced.note(item.path, item.version, digest)


def messages_sensor(wanted: Messages) -> dg.SensorDefinition:
    """Sensor that publishes a message for every version of a map.

    Raises `SettingsError` for a stage that makes no maps.
    """
    for name in wanted.stages:
        if not draws(name):
            known = ", ".join(item for item in all_stages() if draws(item))
            raise SettingsError(f"messages are of stages that make maps, not {name}: {known}")

    @dg.sensor(
        name="messages",
        description=f"Announces maps to {wanted.broker}, each version once.",
        minimum_interval_seconds=wanted.poll_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def announce(
        context: dg.SensorEvaluationContext, workspace: dg.ResourceParam[Workspace]
    ) -> dg.SensorResult:
        if workspace.public_url is None:
            raise SettingsError("messages link to RADAR_ASSETS_PUBLIC_URL, which is not set")
        place = Place.from_json(context.cursor, workspace.now())
        try:
            with workspace.lock("messages").acquire(timeout=0), ExitStack() as stack:
                post = _Post(workspace, wanted, workspace.public_url, stack)
                place = _publish(context, post, place)
        except Timeout:
            return dg.SensorResult(skip_reason="another tick is at work", cursor=context.cursor)
        summary = f"announced {post.sent} files" + (f"; {post.gone} are gone" * bool(post.gone))
        return dg.SensorResult(skip_reason=summary, cursor=place.model_dump_json())

    return announce


def _publish(context: dg.SensorEvaluationContext, post: _Post, place: Place) -> Place:
    """Publish what is due of the records, the oldest first, as long as a tick may."""
    deadline = time.monotonic() + _LIMIT
    records: list[Record] = []
    done, fault = set(place.done), ""
    try:
        if place.is_down:
            post.connect()
        found = sorted(_records(context.instance, post, place), key=lambda item: item[1].number)
        records = [record for _, record in found]
        for (owner, name), record in found:
            if time.monotonic() > deadline:
                break
            if record.number not in done:
                _announce_record(post, owner, name, record)
                done.add(record.number)
    except OSError as error:
        fault = full_text(error)
    if fault:
        context.log.error("not all was announced, the rest is at the next tick: %s", fault)
    return place.after(records, done, is_down=bool(fault))


def _records(
    instance: dg.DagsterInstance, post: _Post, place: Place
) -> Iterator[tuple[tuple[str, str], Record]]:
    """Newest records of windows since the cursor, but for those that replace a deleted run's."""
    network = post.workspace.network
    for owner in network.owners:
        for name in [item.name for item in stages_of(network, owner)]:
            if name in post.wanted.stages:
                for record in recent(instance, asset_key(owner, name), place.since).values():
                    if record.is_made and not record.is_compacted:
                        yield (owner, name), record


def _announce_record(post: _Post, owner: str, name: str, record: Record) -> None:
    days: dict[Any, Announced] = {}
    for row in rows_of(record.metadata, stage(name).row.table):
        item = _item(owner, row)
        if item is None:
            continue
        day = item.time.date()
        if day not in days:
            days[day] = Announced.of_day(post.workspace.root, owner, day)
        if not days[day].has(item.path, item.version):
            post.announce(item, days[day])


def _item(owner: str, row: Mapping[str, Any]) -> Announcement | None:
    """What a row has to announce; None where it has no file."""
    moment = moment_of(row)
    if not row.get("path") or moment is None:
        return None
    return Announcement(
        owner=owner,
        product=row["product"],
        time=moment,
        path=row["path"],
        version=row.get("sha256") or row.get("fingerprint") or str(row.get("generated_at")),
        place=json.loads(row["parameters"]),
    )
