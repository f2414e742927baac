"""The judge of the bad night finds what is wrong, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from radar_assets.defs.assets import owner_assets
from radar_assets.defs.keys import asset_key
from radar_assets.defs.partitions import range_tags
from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.defs.platforms import STAGES
from radar_assets_tests.drills.night.__main__ import write_network
from radar_assets_tests.drills.night.feed import MINUTE, Feed
from radar_assets_tests.drills.night.morning import Morning
from radar_assets_tests.drills.services import Supervisor
from radar_assets_tests.waiting import LONG, wait_until

BEGIN = datetime(2025, 11, 18, 12, tzinfo=UTC)
MINUTES = 6
RADAR = "RMA1"
SILENT = f"{RADAR} is silent"
OUTAGE = "source server does not serve"


@pytest.fixture
def morning(tmp_path: Path) -> Morning:
    """A short night of one radar that is silent for a minute, run without any fault."""
    feed = Feed((RADAR,), tmp_path / "L2", BEGIN, MINUTES, (RADAR, range(2, 3)), seed=15)
    feed.run(threading.Event(), lambda: BEGIN + timedelta(hours=1))
    network = tmp_path / "network.toml"
    write_network(network, str(tmp_path / "L2"), (RADAR,), BEGIN, BEGIN + MINUTES * MINUTE)
    workspace = Workspace(root=tmp_path / "data", network_file=network)
    (tmp_path / "home").mkdir()
    instance = dg.DagsterInstance.local_temp(str(tmp_path / "home"))
    dg.materialize(
        [owner_assets(workspace.network, RADAR)],
        selection=[asset_key(RADAR, stage) for stage in STAGES],
        instance=instance,
        resources={"workspace": workspace},
        tags=range_tags(BEGIN, BEGIN + (MINUTES - 1) * MINUTE),
        raise_on_error=False,
    )
    broken = {name.id.time.minute for name, is_whole in feed.book.items() if not is_whole}
    assert broken, "the seed breaks no file"
    reported = [f"{RADAR} 2025-11-18-12:{minute:02d}: 1 failed" for minute in sorted(broken)]
    around = [SILENT, f"over: {SILENT}", OUTAGE, f"over: {OUTAGE}"]
    return Morning(feed, workspace, instance, [*reported, *around])


def test_a_night_that_went_well_is_found_so(morning: Morning) -> None:
    assert list(morning.wrong()) == []
    assert len(morning.feed.book) == 2 * (MINUTES - 1)


def lose_a_file(morning: Morning) -> None:
    morning.feed.book.pop(next(iter(morning.feed.book)))


def break_a_file(morning: Morning) -> None:
    name = next(name for name, is_whole in morning.feed.book.items() if is_whole)
    morning.feed.book[name] = False


def wipe_a_record(morning: Morning) -> None:
    morning.instance.wipe_assets([asset_key(RADAR, "png")])


def leave_a_file(morning: Morning) -> None:
    morning.workspace.scratch.mkdir(exist_ok=True)
    (morning.workspace.scratch / "half").touch()


def report_twice(morning: Morning) -> None:
    morning.titles.append(SILENT)


def forget_to_report(morning: Morning) -> None:
    morning.titles.remove(OUTAGE)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lose_a_file, "is completed, not None"),
        (break_a_file, "is completed, not failed"),
        (wipe_a_record, "png is open"),
        (leave_a_file, "half is left"),
        (report_twice, f"reported 2 times: {SILENT}"),
        (forget_to_report, f"not reported: {OUTAGE}"),
    ],
)
def test_what_is_wrong_is_found(
    morning: Morning, spoil: Callable[[Morning], None], says: str
) -> None:
    spoil(morning)
    assert any(says in fault for fault in morning.wrong())


def test_what_dies_is_started_again(tmp_path: Path) -> None:
    supervisor = Supervisor(("python", "-c", "print('up')"), {}, tmp_path / "log", pause=0.1)
    thread = threading.Thread(target=supervisor.run, daemon=True)
    thread.start()
    log = tmp_path / "log"
    wait_until(lambda: log.exists() and log.read_text().count("up") >= 2, "two starts")
    supervisor.stop()
    thread.join(LONG)
    assert supervisor.starts >= 2
