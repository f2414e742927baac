"""Checks are sentences that are true when green, judged by pure functions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import dagster as dg
import pytest

from radar_assets.defs.checks import check_specs, evaluation
from radar_assets.errors import BadName, RemoteFileMissing
from radar_assets.simulator.publish import Fault
from radar_assets.stages import all_stages
from radar_assets.stages.base.result import Severity, Verdict
from radar_assets.stages.base.rows import FileRow, VolumeRow
from radar_assets.stages.bufr_files import judge_feed, judge_files
from radar_assets.stages.building.making import VolumeOutcome
from radar_assets.stages.fetching.rows import WindowFile
from radar_assets.stages.volumes import judge_volumes
from radar_assets.watch.freshness import feed_of
from radar_assets_tests.defs.platforms import RADAR, STAGES, File, Station, at, key

TEN_MINUTES = timedelta(minutes=10)
CHECKS = {
    ("bufr_files", "feed_is_fresh"),
    ("bufr_files", "every_file_was_fetched"),
    ("volumes", "volumes_are_complete"),
    ("volumes", "every_volume_was_decoded"),
    ("volumes", "netcdf_is_readable"),
    ("volumes", "content_matches_the_network"),
    ("png", "every_product_was_made"),
    ("geotiff", "every_product_was_made"),
    ("geotiff", "geotiff_is_valid"),
}


def row(**changes: object) -> VolumeRow:
    identity = f"{RADAR}_0315_01_2025-11-18T12:30:20Z"
    facts = {"volume_id": identity, "strategy": "0315", "volume": "01", "is_complete": True}
    return VolumeRow(**{**facts, "observation_time": "2025-11-18T12:30:20Z", **changes})


def test_a_radar_has_the_checks_of_its_stages() -> None:
    specs = check_specs(RADAR, [all_stages()[name] for name in STAGES])
    assert {(spec.asset_key.path[-1], spec.name) for spec in specs} == CHECKS
    assert all(spec.description for spec in specs)
    files = {name for stage, name in CHECKS if stage == "bufr_files"}
    assert {spec.name for spec in check_specs(RADAR, [all_stages()["bufr_files"]])} == files


def test_every_check_of_a_window_is_judged_once_for_that_window(station: Station) -> None:
    station.publish_volume()
    run = station.run("12:30", "12:40")
    judged = [(c.asset_key.path[-1], c.check_name, c.partition) for c in run.checks]
    windows = [(*check, key(time)) for check in CHECKS for time in ("12:30", "12:40")]
    assert sorted(judged, key=str) == sorted(
        [
            *(item for item in windows if item[1] != "feed_is_fresh"),
            ("bufr_files", "feed_is_fresh", None),
        ],
        key=str,
    )


def test_an_incomplete_volume_is_a_warning_that_names_what_is_missing(station: Station) -> None:
    station.publish(File("DBZH"))
    run = station.run()
    (check,) = [c for c in run.checks if c.check_name == "volumes_are_complete"]
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert check.description == f"{RADAR}_0315_01_2025-11-18T12:30:20Z: fields missing: ZDR"


def test_a_volume_with_a_file_that_cannot_be_decoded_names_the_file(
    station: Station,
) -> None:
    """Nothing is promised of volume 07, so that no field is known to be missing."""
    station.publish(File("DBZH", volume="07"), File("ZDR", volume="07", damage=Fault.GARBLED))
    (check,) = [c for c in station.run().checks if c.check_name == "volumes_are_complete"]
    assert not check.passed
    assert str(check.description).startswith(
        f"{RADAR}_0315_07_2025-11-18T12:30:20Z: {RADAR}_0315_07_ZDR_20251118T123020Z.BUFR: "
    )


def test_incomplete_volumes_are_reported_as_they_are_given() -> None:
    verdict = judge_volumes([VolumeOutcome(row(), "it has half of its sweeps")], [])[0]
    assert (verdict.check, verdict.faults) == (
        "volumes_are_complete",
        (f"{RADAR}_0315_01_2025-11-18T12:30:20Z: it has half of its sweeps",),
    )
    assert verdict.severity == Severity.WARN


def test_a_netcdf_file_that_cannot_be_read_is_an_error() -> None:
    verdict = judge_volumes([VolumeOutcome(row())], ["it does not open"])[2]
    assert (verdict.check, verdict.faults) == ("netcdf_is_readable", ("it does not open",))
    assert verdict.severity == Severity.ERROR


def test_files_that_failed_are_named_by_their_messages() -> None:
    files = [
        WindowFile(FileRow(file_name="a")),
        WindowFile.failed(RemoteFileMissing("no b on the server"), file_name="b"),
        WindowFile.failed(BadName("c is misnamed"), file_name="c"),
    ]
    verdict = judge_files(files)
    assert verdict.check == "every_file_was_fetched"
    assert [fault.partition(" [")[0] for fault in verdict.faults] == ["no b on the server"]
    assert verdict.severity == Severity.ERROR
    assert judge_files(files[:1]).faults == ()


def test_a_volume_that_differs_from_the_network_is_a_warning() -> None:
    verdict = judge_volumes(
        [VolumeOutcome(row()), VolumeOutcome(row(warnings="it has 2 sweeps"))], []
    )[3]
    assert (verdict.check, verdict.faults) == (
        "content_matches_the_network",
        (f"{RADAR}_0315_01_2025-11-18T12:30:20Z: it has 2 sweeps",),
    )
    assert verdict.severity == Severity.WARN


def test_an_evaluation_tells_the_first_faults_and_counts_all() -> None:
    faults = tuple(f"fault {number}" for number in range(30))
    event = evaluation(Verdict("a_check", faults), dg.AssetKey("a"), key("12:30"))
    assert event.partition == key("12:30")
    assert not event.passed
    assert event.description.split("; ") == list(faults[:20])
    assert event.metadata["faults"].value == 30
    assert evaluation(Verdict("a_check"), dg.AssetKey("a")).passed


@pytest.mark.parametrize(
    ("newest", "now", "end", "is_fresh"),
    [
        ("12:00", "12:30", None, True),
        ("12:00", "12:31", None, False),
        (None, "12:00", None, False),
        ("12:00", "18:00", "12:20", True),
        ("12:00", "12:39", "12:40", False),
        ("12:00", "12:10", "23:00", True),
        ("12:30", "12:00", None, True),
        ("12:31", "12:00", None, False),
    ],
    ids=[
        "just fresh",
        "too old",
        "nothing ever came",
        "over",
        "silent before its end",
        "not over yet",
        "a little from the future",
        "from the future",
    ],
)
def test_a_feed_is_fresh_while_its_newest_volume_is(
    newest: str | None, now: str, end: str | None, is_fresh: bool
) -> None:
    times = [at(time) if time else None for time in (newest, end)]
    verdict = judge_feed(
        feed_of(RADAR, newest=times[0], now=at(now), cadence=TEN_MINUTES, missed=3, end=times[1])
    )
    assert (not verdict.faults) == is_fresh
    assert verdict.severity == Severity.WARN


def test_empty_windows_do_not_make_a_silent_radar_look_fresh(
    station: Station, set_clock: Callable[[str], None]
) -> None:
    station.publish_volume("12:30:20")
    set_clock("12:50")
    assert feed(station.run("12:30").checks).passed
    set_clock("13:30")
    verdict = feed(station.run("12:50", "13:00").checks)
    assert not verdict.passed
    assert verdict.description == "the newest volume is of 2025-11-18T12:30:20Z, 59 minutes old"


def feed(checks: list[dg.AssetCheckEvaluation]) -> dg.AssetCheckEvaluation:
    (found,) = [check for check in checks if check.check_name == "feed_is_fresh"]
    return found
