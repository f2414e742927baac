"""Processing that is asked for over HTTP: one Dagster run for one request, and how far it is."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from radar_assets.errors import InputMissing, SettingsError
from radar_assets.products import all_products
from radar_assets.radar.names import VolumeId
from radar_assets.settings import Network
from radar_assets.stages import draws, stages_of
from radar_assets.stages.base.selection import config_of, volume_named
from radar_assets.stages.base.windows import Window, window, window_key
from radar_assets.stages.base.workspace import Workspace
from radar_assets.web.map.dagster_api import DagsterApi, Recorded

REQUEST, TARGET, BY = "radar_assets/request", "radar_assets/target", "radar_assets/launched_by"
"""tags of a run: digest of the request, volume or window that it is about, and who launched it"""

_SAME = 60.0
"""seconds in which the same request is the same run, though that be over"""
_WAITING = ("QUEUED", "NOT_STARTED", "MANAGED")
_ACTIVE = (*_WAITING, "STARTING", "STARTED", "CANCELING")

State = Literal["pending", "processing", "completed", "failed", "not_applicable"]


class ProcessingRequest(BaseModel):
    """What is to be made; all of it by default."""

    model_config = ConfigDict(extra="forbid")

    products: list[str] = Field(default=[], max_length=100)
    formats: list[str] = Field(
        default=[], max_length=20, description="stages, e.g. png and geotiff; all that draw"
    )
    parameters: dict[str, dict[str, bool | int | float | str]] = Field(
        default={}, max_length=100, description="by product, or QC for quality control"
    )
    force: bool = Field(default=False, description="make again what follows from unchanged input")


class RunState(BaseModel):
    """A run of Dagster."""

    run_id: str
    status: str
    """Dagster's, e.g. QUEUED, STARTED, SUCCESS, FAILURE"""
    target: str | None
    """volume or window that it was launched for"""
    launched_by: str | None
    created: float | None
    started: float | None
    ended: float | None
    """seconds since 1970"""


class ProductState(BaseModel):
    """A product in one format."""

    product: str
    format: str
    status: State
    error_type: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    parameters: str | None = None
    path: str | None = None
    """below the data root, and of this server"""
    generated_at: str | None = None


class ProcessingState(BaseModel):
    """How far the processing of a volume or window is."""

    target: str
    window: str
    run: RunState | None
    """the newest one that was asked for here"""
    products: list[ProductState]


@dataclass(frozen=True)
class Target:
    """A volume, or a whole window, of a radar or composite."""

    window: Window
    volume: VolumeId | None = None

    def __str__(self) -> str:
        return str(self.volume) if self.volume else f"{self.window.owner}/{self.window.key}"


def target_of_volume(workspace: Workspace, text: str) -> Target:
    """The target that a volume's identifier names.

    Raises `BadName` or `SettingsError` for what can be none, `InputMissing` for one not stored.
    """
    volume = volume_named(text)
    key = window_key(volume.time, workspace.network.settings.window)
    found = target_of_window(workspace, volume.radar, key)
    if workspace.store.stat(volume.netcdf_path) is None:
        raise InputMissing(f"the volume {volume} is not stored")
    return Target(found.window, volume)


def target_of_window(workspace: Workspace, owner: str, key: str) -> Target:
    """The target that a window's partition key names; `SettingsError` for what is none."""
    network = workspace.network
    if owner not in network.owners:
        raise SettingsError(f"no radar or composite {owner[:40]!r} in the network file")
    try:
        found = window(network, owner, key)
    except ValueError:
        raise SettingsError(
            f"{key[:40]!r} is no window; one is written as 2025-11-18-12:30"
        ) from None
    end = network.end(owner)
    is_known = found.start >= network.start(owner) and (end is None or found.start < end)
    length = network.settings.window
    is_aligned = (found.start - found.start.replace(hour=0, minute=0)) % length == timedelta(0)
    if not (is_known and is_aligned and found.start <= workspace.now()):
        raise SettingsError(f"{owner} has no window {key}")
    return Target(found)


@dataclass(frozen=True)
class Processing:
    """Launches runs and says how far they are."""

    workspace: Workspace
    dagster: DagsterApi
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def launch(self, target: Target, wanted: ProcessingRequest, by: str) -> RunState:
        """Launch what is wanted, or return the run of the same request."""
        owner = target.window.owner
        formats = _formats(self.workspace.network, owner, wanted.formats)
        config = config_of(
            owner,
            parameters=wanted.parameters,
            volumes=[str(target.volume)] if target.volume else [],
            products=wanted.products,
            force=wanted.force,
        )
        _check_made(self.workspace.network, owner, wanted.products)
        request = _digest([str(target), formats, config])
        with self._lock:
            for run in self.dagster.runs_with((REQUEST, request)):
                if run["status"] in _ACTIVE or time.time() - run["creationTime"] < _SAME:
                    return _state(run)
            tags = {
                "radar": owner,
                "dagster/asset_partition_range_start": target.window.key,
                "dagster/asset_partition_range_end": target.window.key,
                REQUEST: request,
                TARGET: str(target),
                BY: by,
            }
            run_id = self.dagster.launch([(owner, name) for name in formats], config, tags)
        return self.run(run_id)

    def run(self, run_id: str) -> RunState:
        """A run; `InputMissing` where there is none."""
        run = self.dagster.run(run_id)
        if run is None:
            raise InputMissing(f"there is no run {run_id[:40]!r}")
        return _state(run)

    def state(self, target: Target) -> ProcessingState:
        """How far a volume or window is."""
        owner = target.window.owner
        runs = self.dagster.runs_with((TARGET, str(target)))
        run = runs[0] if runs else None
        formats = _formats(self.workspace.network, owner, ())
        tables = {item.name: item.row.table for item in stages_of(self.workspace.network, owner)}
        records = {
            name: self.dagster.record(owner, name, target.window.key, tables[name])
            for name in formats
        }
        products = _expected(self.workspace.network, owner, run)
        return ProcessingState(
            target=str(target),
            window=target.window.key,
            run=_state(run) if run else None,
            products=list(product_states(target, run, records, products)),
        )


def product_states(
    target: Target,
    run: Mapping[str, Any] | None,
    records: Mapping[str, Recorded | None],
    expected: Sequence[str],
) -> Iterator[ProductState]:
    """State of each product: that of the run where it is still to record, else the record's.

    `records` are the newest ones by format, `expected` the products that the run is to make.
    """
    made = {path["path"][-1] for path in run["assetSelection"] or ()} if run else set()
    for name, record in records.items():
        rows = {row["product"]: row for row in _rows_of(target, record)}
        is_recorded = run is None or (record is not None and record.run_id == run["runId"])
        is_over = run is not None and run["status"] == "SUCCESS" and record is not None
        is_open = run is not None and name in made and not (is_recorded or is_over)
        for product in sorted(rows.keys() | (set(expected) if is_open else set())):
            if is_open and product in expected:
                assert run is not None
                yield _unrecorded(product, name, run)
            else:
                yield _recorded(product, name, rows[product])


def _unrecorded(product: str, name: str, run: Mapping[str, Any]) -> ProductState:
    status = str(run["status"])
    if status in _WAITING:
        return ProductState(product=product, format=name, status="pending")
    if status in _ACTIVE:
        return ProductState(product=product, format=name, status="processing")
    text = f"the run {run['runId']} ended as {status} and recorded nothing of this; see its log"
    return ProductState(
        product=product, format=name, status="failed", error_type="Run", error_message=text
    )


def _recorded(product: str, name: str, row: Mapping[str, Any]) -> ProductState:
    known = {key: row.get(key) for key in ProductState.model_fields if key in row}
    return ProductState.model_validate({**known, "product": product, "format": name})


def _rows_of(target: Target, record: Recorded | None) -> list[Mapping[str, Any]]:
    rows = record.rows if record else ()
    wanted = None if target.volume is None else str(target.volume)
    return [
        row for row in rows if "product" in row and wanted in (None, row.get("volume_id", wanted))
    ]


def _expected(network: Network, owner: str, run: Mapping[str, Any] | None) -> list[str]:
    """Products that a run was asked for, or else all that the owner has."""
    if run is None:
        return []
    config = yaml.safe_load(run["runConfigYaml"] or "") or {}
    chosen = config.get("ops", {}).get(owner, {}).get("config", {}).get("products")
    known = network.radars.get(owner) or network.composites[owner]
    return list(chosen or known.products or all_products())


def _check_made(network: Network, owner: str, names: Sequence[str]) -> None:
    """Raise `SettingsError` for a product that a radar does not make by the network file."""
    made = network.radars[owner].products if owner in network.radars else None
    for name in names:
        if made is not None and name not in made:
            raise SettingsError(f"{owner} does not make {name}; it makes {', '.join(made)}")


def _formats(network: Network, owner: str, names: Sequence[str]) -> list[str]:
    """Stages of an owner that draw: those of some names, or all."""
    known = [item.name for item in stages_of(network, owner) if draws(item.name)]
    for name in names:
        if name not in known:
            raise SettingsError(f"{owner} has no format {name[:40]!r}; it has {', '.join(known)}")
    return [name for name in known if name in names or not names]


def _state(run: Mapping[str, Any]) -> RunState:
    return RunState(
        run_id=run["runId"],
        status=run["status"],
        target=run["tags"].get(TARGET),
        launched_by=run["tags"].get(BY),
        created=run["creationTime"],
        started=run["startTime"],
        ended=run["endTime"],
    )


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]
