"""The sensor of a composite, on records of real runs."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from radar_assets.defs.composite_sensors import composite_sensor
from radar_assets_tests.defs.country import COMPOSITE, EAST, WEST, Country
from radar_assets_tests.defs.platforms import at


class Watched:
    """A country whose composite's sensor ticks; what it requests is run."""

    def __init__(self, folder: Path, **changes: str) -> None:
        self.country = Country(folder, **changes)
        (home := folder / "home").mkdir()
        self.country.instance = dg.DagsterInstance.local_temp(str(home))
        self.sensor = composite_sensor(self.country.workspace.network, COMPOSITE)
        self.cursor: str | None = None

    def tick(self, time: str) -> list[tuple[str, str]]:
        """Windows that a tick at a time of day requests; they are run at once."""
        workspace = self.country.workspace
        present = type(workspace)(workspace.root, workspace.network_file, clock=lambda: at(time))
        context = dg.build_sensor_context(
            instance=self.country.instance,
            cursor=self.cursor,
            resources={"workspace": present},
            sensor_name=self.sensor.name,
        )
        result = self.sensor(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        requests = list(result.run_requests or ())
        spans = [_span(request) for request in requests]
        for (first, last), request in zip(spans, requests, strict=True):
            self.country.run(
                COMPOSITE, first, last, tags={"dagster/run_key": request.run_key or ""}
            )
        return spans


def _span(request: dg.RunRequest) -> tuple[str, str]:
    ends = ("start", "end")
    first, last = (request.tags[f"dagster/asset_partition_range_{end}"][-5:] for end in ends)
    return first, last


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def put(watched: Watched, radar: str, time: str, dbz: float = 20) -> None:
    watched.country.put(radar, time, dbz)
    assert watched.country.run(radar, f"{time[:4]}0").success


def test_windows_are_requested_as_radars_are_recorded(watched: Watched) -> None:
    assert watched.tick("12:31") == []
    put(watched, WEST, "12:31:00")
    assert watched.tick("12:34") == []
    assert watched.tick("12:41") == [("12:30", "12:30")]
    assert watched.country.rows("12:30")["COLMAX"]["radars"] == WEST
    assert watched.tick("12:42") == []


def test_a_late_radar_makes_its_window_again_and_the_later_ones_that_take_it(
    watched: Watched,
) -> None:
    for time in ("12:31:00", "12:41:00", "12:51:00"):
        put(watched, WEST, time)
    assert watched.tick("13:20") == [("12:30", "12:50")]
    assert watched.tick("13:21") == []
    put(watched, EAST, "12:32:00", 40)
    before = watched.country.rows("12:50")["COLMAX"]
    assert watched.tick("13:22") == [("12:30", "12:50")]
    assert watched.country.rows("12:40")["COLMAX"]["old"] == EAST
    assert watched.country.rows("12:50")["COLMAX"] == before
    assert before["missing"] == EAST
    assert watched.tick("13:23") == []


def test_a_map_made_again_with_the_same_content_asks_for_nothing(watched: Watched) -> None:
    put(watched, WEST, "12:31:00")
    assert watched.tick("12:50") == [("12:30", "12:30")]
    assert watched.country.run(WEST, "12:30", force=True).success
    assert watched.tick("12:51") == []


def test_a_failed_run_of_the_composite_is_tried_again(watched: Watched) -> None:
    put(watched, WEST, "12:31:00")
    path = (
        watched.country.workspace.root
        / watched.country.rows("12:30", "geotiff", WEST)["COLMAX"]["path"]
    )
    content = path.read_bytes()
    path.unlink()
    assert watched.tick("12:50") == [("12:30", "12:30")]
    assert watched.country.rows("12:30")["COLMAX"]["status"] == "failed"
    path.write_bytes(content)
    asked = [watched.tick(time) for time in ("12:51", "12:54", "12:55")]
    assert asked == [[], [("12:30", "12:30")], []]
    assert watched.country.rows("12:30")["COLMAX"]["status"] == "completed"
