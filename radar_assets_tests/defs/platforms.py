"""A platform in a folder: a server to publish volumes on, runs of its assets, and what they left.

The volumes are tiny; times of day stand for moments of one day in the past.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from radar_assets.defs.assets import owner_assets
from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import rows_of
from radar_assets.defs.partitions import range_tags
from radar_assets.defs.runs import FAILURE_KIND
from radar_assets.radar.bufr import encode
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.settings import load_network
from radar_assets.simulator.publish import Fault, damaged
from radar_assets.stages import Scope, all_stages
from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.fields import bufr_field, field_sweep, ramp

RADAR = "RMA11"
STAGES = tuple(
    name
    for name, item in all_stages().items()
    if item.scope is Scope.RADAR and item.is_made(load_network(), RADAR)
)
"""of a radar, where the network file asks for no more"""
COMPOSITE = "NORTH"
COMPOSITE_STAGES = tuple(
    name for name, item in all_stages().items() if item.scope is Scope.COMPOSITE
)
FIELDS = ("DBZH", "ZDR")
"""what a volume 01 of strategy 0315 promises"""
PRODUCTS = ("COLMAXo", "DBZHo", "VRADo", "ZDRo")
"""what is drawn where it does not matter; fields of a volume 01 do not allow VRADo"""
KEEP_BUFR, KEEP_VOLUMES = 'keep_bufr = "2d"', 'keep_volumes = "2d"'
"""settings of retention"""


def at(time: str) -> datetime:
    """A time of day, such as 12:30 or 12:30:20."""
    return datetime.fromisoformat(f"2025-11-18T{time}").replace(tzinfo=UTC)


def key(time: str) -> str:
    """Partition key of the window that begins at a time of day."""
    return f"2025-11-18-{time}"


def network_text(url: str, *, settings: str = "", radar: str = "", radars: str = "") -> str:
    """A network file of one radar and what is added to it; a few products, unless others are."""
    products = "" if "products" in radar else f"products = {list(PRODUCTS)}"
    return f"""
[settings]
zoom = 6
{settings}
[sources.server]
url = "{url}"
timeout = "60s"
[strategies.0315.01]
fields = {list(FIELDS)}
[radars.{RADAR}]
title = "Termas"
sources = ["server"]
latitude = -27.5026
longitude = -64.90575
{products}
{radar}
{radars}
"""


@dataclass(frozen=True)
class File:
    """A file to publish: a field of the volume of a time, or what an accident made of it."""

    field: str = "DBZH"
    time: str = "12:30:20"
    volume: str = "01"
    strategy: str = "0315"
    damage: Fault | None = None
    holds: str | None = None
    """field that the content claims to be; else the one in the name"""
    radar: str = RADAR
    """radar that the content claims to be from"""
    size: int | None = None
    """a file of so many zeros"""
    place: str | None = None
    """path below the hour's folder, instead of the one that follows from the name"""
    written: str | None = None
    """time of its last modification; else a minute after the volume or what it replaces"""

    @property
    def name(self) -> BufrName:
        return BufrName(VolumeId(RADAR, self.strategy, self.volume, at(self.time)), self.field)

    @property
    def content(self) -> bytes:
        sweeps = [
            field_sweep(ramp() / 1000, start=at(self.time) + timedelta(seconds=25 * i), elevation=e)
            for i, e in enumerate((0.53, 1.53))
        ]
        quantity = self.holds or self.field
        whole = bufr_field(quantity, *sweeps, radar=self.radar, time=at(self.time))
        return damaged(encode(whole, level=1), self.damage)

    def publish(self, server: Path) -> Path:
        path = server / self.name.remote_path
        if self.place:
            path = path.parent.parent / self.place
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.stat().st_mtime if path.exists() else at(self.time).timestamp()
        written = at(self.written).timestamp() if self.written else before + 60
        if self.size is None:
            path.write_bytes(self.content)
        else:
            path.touch()
            os.truncate(path, self.size)
        os.utime(path, (written, written))
        return path


@dataclass(frozen=True)
class Record:
    """What a run recorded of an asset's window."""

    state: str
    """materialized, or failed for an observation"""
    metadata: dict[str, Any]
    rows: list[dict[str, Any]]

    def __getitem__(self, name: str) -> Any:
        return self.metadata[name].value

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]


@dataclass(frozen=True)
class Run:
    """A finished run."""

    success: bool
    failures: list[str]
    """what the run's `Failure` names"""
    log: str
    is_final: bool = False
    """whether it says that another run would fail alike"""
    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    """by stage and time of the window"""
    checks: list[dg.AssetCheckEvaluation] = field(default_factory=list)

    def state(self, stage: str, time: str = "12:30") -> str:
        """What became of an asset's window: materialized, failed or untouched."""
        record = self.records.get((stage, time))
        return record.state if record else "untouched"

    def row_of(self, stage: str, product: str, time: str = "12:30") -> dict[str, Any]:
        """The one row of a product in a window."""
        (row,) = [row for row in self.records[stage, time].rows if row["product"] == product]
        return row

    def states(self, time: str = "12:30") -> tuple[str, ...]:
        return tuple(self.state(stage, time) for stage in STAGES)

    def red(self, time: str = "12:30") -> set[tuple[str, str, str]]:
        """Stage, check and severity of what is wrong with a window."""
        return {
            (check.asset_key.path[-1], check.check_name, check.severity.value)
            for check in self.checks
            if check.partition == key(time) and not check.passed
        }


class Station:
    """One radar's platform below a folder."""

    def __init__(self, folder: Path, *, url: str | None = None, **changes: str) -> None:
        self.folder = folder
        self.server = folder / "L2"
        (self.server / RADAR).mkdir(parents=True, exist_ok=True)
        self.network_file = folder / "network.toml"
        self.network_file.write_text(network_text(url or str(self.server), **changes), "utf-8")
        self.instance = dg.DagsterInstance.ephemeral()
        self.workspace = Workspace(root=folder / "data", network_file=self.network_file)

    @property
    def data(self) -> Path:
        return self.workspace.root

    def publish(self, *files: File) -> list[Path]:
        return [file.publish(self.server) for file in files]

    def publish_volume(self, time: str = "12:30:20") -> list[Path]:
        return self.publish(*(File(name, time) for name in FIELDS))

    def receive_later(self) -> None:
        """Put a file of a week later into the data folder."""
        time = at("12:30:20") + timedelta(days=7)
        later = VolumeId(RADAR, "0315", "01", time)
        path = self.workspace.path(BufrName(later, FIELDS[0]).path)
        path.parent.mkdir(parents=True)
        path.write_bytes(encode(bufr_field(FIELDS[0], radar=RADAR, time=time)))

    def run(
        self,
        first: str = "12:30",
        last: str | None = None,
        stages: Sequence[str] = STAGES,
        tags: Mapping[str, str] | None = None,
        parameters: Mapping[str, Mapping[str, Any]] | None = None,
        **choice: Any,
    ) -> Run:
        """Materialize windows in a run of their own, with what the launchpad may choose."""
        result = dg.materialize(
            [owner_assets(self.workspace.network, RADAR)],
            selection=[asset_key(RADAR, stage) for stage in stages],
            instance=self.instance,
            resources={"workspace": self.workspace},
            tags={**range_tags(at(first), at(last or first)), **(tags or {})},
            run_config={"ops": {RADAR: {"config": {"parameters": parameters or {}, **choice}}}},
            raise_on_error=False,
        )
        stored = self.instance.get_run_by_id(result.run_id)
        run = Run(
            result.success,
            _failures(result),
            _log(self.instance, result.run_id),
            is_final=stored is not None and stored.tags.get(FAILURE_KIND) == "final",
        )
        for entry in self.instance.all_logs(result.run_id):
            if entry.dagster_event:
                _note(run, entry.dagster_event)
        return run

    def files(self, folder: str = "") -> dict[str, bytes]:
        """Content of files below a folder of the data root, by path.

        Not what polls measure, nor locks.
        """
        passing = {self.data / "sources", self.data / "locks"}
        return {
            self.workspace.relative(path): path.read_bytes()
            for path in (self.data / folder).rglob("*")
            if path.is_file() and passing.isdisjoint(path.parents)
        }


def _failures(result: dg.ExecuteInProcessResult) -> list[str]:
    """What the run's one `Failure` names."""
    events = [event for event in result.all_events if event.is_step_failure]
    if not events:
        return []
    assert len(events) == 1
    data = events[0].step_failure_data.user_failure_data
    assert data is not None, events[0].step_failure_data.error
    return list(data.metadata["failed"].value)


def _log(instance: dg.DagsterInstance, run: str) -> str:
    entries = instance.all_logs(run)
    errors = [entry.error_info.to_string() for entry in entries if entry.error_info]
    return "\n".join([*(entry.user_message for entry in entries), *errors])


def _note(run: Run, event: dg.DagsterEvent) -> None:
    if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
        _record(run, "materialized", event.step_materialization_data.materialization)
    elif event.event_type == dg.DagsterEventType.ASSET_OBSERVATION:
        _record(run, "failed", event.asset_observation_data.asset_observation)
    elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        run.checks.append(event.asset_check_evaluation_data)


def _record(run: Run, state: str, event: dg.AssetMaterialization | dg.AssetObservation) -> None:
    stage, time = event.asset_key.path[-1], str(event.partition).removeprefix(key(""))
    assert (stage, time) not in run.records, "a window is recorded twice"
    rows = rows_of(event.metadata, all_stages()[stage].row.table)
    run.records[stage, time] = Record(state, dict(event.metadata), rows)
