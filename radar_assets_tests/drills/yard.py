"""A small platform whose runs are processes, for drills that disturb them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import files
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import dagster as dg

from radar_assets.cli import app
from radar_assets.defs.instance import instance
from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import rows_of
from radar_assets.defs.records import Record, newest
from radar_assets.files import leftovers
from radar_assets.stages import all_stages
from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.defs.platforms import FIELDS, RADAR, STAGES, File, at, network_text

WINDOW = timedelta(minutes=10)
PRODUCTS = ["DBZHo", "ZDRo", "COLMAX"]

PASSING = {
    *("downloaded_at", "last_attempt_at", "attempts", "retry_reasons", "bytes_downloaded"),
    *("resumed_at_byte", "processed_at", "generated_at", "seconds"),
}
"""columns that tell how a file came to be, not what it is"""

_MADE = ("bufr", "volumes", "products", "quicklooks", "thumbnails")
"""folders of finished files"""
_PROCESSES = get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    ["radar_assets.defs.sensors", "radar_assets_tests.defs.platforms"]
)


class Yard:
    """A platform in a folder: its records in `home`, its files in `data`."""

    def __init__(
        self, folder: Path, url: str, *, max_rate: str, dagster: str | None = None
    ) -> None:
        """`max_rate` slows fetching, as in network files; `dagster` is the text of dagster.yaml."""
        self.home, self.log, self.network = folder / "home", folder / "log", folder / "network.toml"
        self.home.mkdir(parents=True, exist_ok=True)
        shipped = (files("radar_assets") / "dagster.yaml").read_text("utf-8")
        (self.home / "dagster.yaml").write_text(dagster or shipped, "utf-8")
        text = network_text(url, settings='min_free = "1MB"', radar=f"products = {PRODUCTS}")
        source = f'timeout = "5s"\nmax_rate = "{max_rate}"'
        self.network.write_text(text.replace('timeout = "2s"', source), "utf-8")
        self.workspace = Workspace(root=folder / "data", network_file=self.network)
        self.records = instance(self.home)

    @property
    def environment(self) -> dict[str, str]:
        """What the processes of the platform find in their environment."""
        return {
            "DAGSTER_HOME": str(self.home),
            "RADAR_ASSETS_DATA": str(self.workspace.root),
            "RADAR_ASSETS_NETWORK": str(self.network),
        }

    def start(self, first: int, last: int, *options: str) -> BaseProcess:
        """Begin to run the windows from one number to another, both included."""
        return self.begin("run", *span(first, last), *options)

    def begin(self, *command: str) -> BaseProcess:
        """Begin a command of `radar-assets`."""
        process = _PROCESSES.Process(target=_command, args=(self.environment, self.log, command))
        process.start()
        return process

    def runs(self) -> int:
        """Number of runs that were begun."""
        return self.records.get_runs_count()

    def progress(self) -> int:
        """Number of records that the newest run has written."""
        (run,) = self.records.get_runs(limit=1)
        made = dg.DagsterEventType.ASSET_MATERIALIZATION
        return len(self.records.all_logs(run.run_id, made))

    def leftovers(self) -> list[Path]:
        """Unfinished files."""
        folders = (self.workspace.scratch, self.workspace.partial)
        found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        return found + list(leftovers(self.workspace.cache))

    def let_a_day_pass(self) -> None:
        """Let unfinished files in the cache, which all radars share, be older than they are."""
        for path in leftovers(self.workspace.cache):
            os.utime(path, (path.stat().st_mtime - 2 * 86400,) * 2)

    def digests(self) -> dict[str, str]:
        """SHA-256 of all finished files, by path."""
        return {
            self.workspace.relative(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for folder in _MADE
            for path in (self.workspace.root / folder).rglob("*")
            if path.is_file()
        }

    def newest(self) -> dict[tuple[str, str], Record]:
        """The newest record of each window of each stage."""
        return {
            (stage, window): record
            for stage in STAGES
            for window, record in newest(self.records, asset_key(RADAR, stage)).items()
        }


def start_of(number: int) -> datetime:
    """Start of a window by its number."""
    return at("00:00") + number * WINDOW


def span(first: int, last: int) -> list[str]:
    """Options of a command for the windows from one number to another, both included."""
    times = (f"{time:%Y-%m-%dT%H:%M}" for time in (start_of(first), start_of(last + 1)))
    return [
        f"--radar={RADAR}",
        *(f"--{name}={time}" for name, time in zip(("from", "to"), times, strict=True)),
    ]


def publish(server: Path, windows: int) -> None:
    """Put a volume of each of so many windows on a server."""
    for number in range(windows):
        for name in FIELDS:
            File(name, f"{start_of(number):%H:%M}:20").publish(server / "L2")


def warm_up() -> None:
    """Let the modules that all processes share be imported."""
    process = _PROCESSES.Process()
    process.start()
    process.join()


def different(yard: Yard, wanted: dict[str, str]) -> list[str]:
    """Files that are not what they are in the end."""
    return [path for path, digest in yard.digests().items() if wanted.get(path) != digest]


def differences(undisturbed: Yard, disturbed: Yard) -> Iterator[str]:
    """Files and records that are not what they are without disturbance."""
    wanted = undisturbed.digests()
    for path in (
        *different(disturbed, wanted),
        *sorted(wanted.keys() - disturbed.digests().keys()),
    ):
        yield f"{path} is not as in an undisturbed run"
    meant, ours = undisturbed.newest(), disturbed.newest()
    for stage, window in sorted(meant.keys() | ours.keys()):
        if _lasting(stage, meant.get((stage, window))) != _lasting(
            stage, ours.get((stage, window))
        ):
            yield f"{stage} {window} is not recorded as in an undisturbed run"


def _lasting(stage: str, record: Record | None) -> list[dict[str, Any]] | None:
    """Rows of a record without what differs from run to run."""
    if record is None:
        return None
    rows = rows_of(record.metadata, all_stages()[stage].row.table)
    return [{k: v for k, v in row.items() if k not in PASSING} for row in rows]


def _command(environ: dict[str, str], log: Path, command: tuple[str, ...]) -> None:
    """Be the process of a command."""
    with log.open("ab") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    os.environ.update(environ)
    app(command)
