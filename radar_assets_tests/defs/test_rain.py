"""Sums of rain of a composite in real runs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from radar_assets.stages.composing.inputs import WINDOWS_BACK
from radar_assets_tests.defs.country import COMPOSITE, WEST, Country
from radar_assets_tests.defs.platforms import at

SIX = 10 * np.log10(200 * 6**1.6)
"""dBZ of 6 mm/h by Marshall and Palmer"""


@pytest.fixture
def country(tmp_path: Path) -> Country:
    return Country(tmp_path, zoom=5, composite="zoom = 5", products='"RAIN"')


def measure(country: Country, first: str, count: int, *, without: tuple[int, ...] = ()) -> str:
    """Let a radar measure 6 mm/h in windows from a time on; returns the last one."""
    windows = [at(first) + n * timedelta(minutes=10) for n in range(count)]
    for number, start in enumerate(windows):
        if number not in without:
            country.put(WEST, f"{start:%H:%M}:30", SIX, gates=150)
    last = f"{windows[-1]:%H:%M}"
    assert country.run(WEST, first, last).success
    assert country.run(COMPOSITE, first, last, ["composite"]).success
    return last


def values(country: Country, product: str, time: str) -> set[float]:
    found = country.raster(product, time, "rain").values
    return {round(float(value), 4) for value in np.unique(found[~np.isnan(found)])}


def test_constant_rain_adds_up_exactly(country: Country) -> None:
    last = measure(country, "12:00", 7)
    assert country.run(COMPOSITE, "12:00", last, ["rain"]).success
    assert values(country, "RAIN10M", last) == {1.0}
    assert values(country, "RAIN01H", last) == {6.0}
    assert values(country, "MISSING01H", last) == {0.0, 1.0}


def test_a_missing_window_is_told_and_too_many_leave_no_sum(country: Country) -> None:
    last = measure(country, "12:00", 12, without=(8, 10))
    country.run(COMPOSITE, "12:00", last, ["rain"])
    # a window without a new map of the radar shows the one before: nothing is missing yet
    assert country.rows("13:20")["RAIN"]["old"] == WEST
    assert values(country, "RAIN01H", last) == {6.0}


def test_windows_without_a_rate_are_missing(country: Country) -> None:
    gap = tuple(range(4, 4 + 2 + WINDOWS_BACK))
    last = measure(country, "12:00", 12, without=gap)
    assert country.run(COMPOSITE, "12:00", last, ["rain"]).success
    assert values(country, "MISSING01H", last) == {0.1667, 1.0}
    assert values(country, "RAIN01H", last) == {5.0}
    told = country.rows("13:20", "rain")["RAIN01H"]
    assert (told["status"], told["path"]) == ("not_applicable", None)
    assert told["error_message"] == "rain is known of 4 of 6 windows"


def test_what_was_stored_is_used_and_gives_the_same(country: Country, tmp_path: Path) -> None:
    last = measure(country, "12:00", 9)
    assert country.run(COMPOSITE, "12:00", "13:10", ["rain"]).success
    for time in ("12:00", "12:20", "12:40"):
        (country.workspace.root / country.rows(time)["RAIN"]["path"]).unlink()
    assert country.run(COMPOSITE, last, stages=["rain"]).success
    assert values(country, "RAIN01H", last) == {6.0}


def test_the_sums_of_a_window_follow_from_the_rates_alone(country: Country, tmp_path: Path) -> None:
    last = measure(country, "12:00", 8)
    assert country.run(COMPOSITE, last, stages=["rain"]).success
    alone = {name: row["path"] for name, row in country.rows(last, "rain").items() if row["path"]}
    content = {name: (country.workspace.root / path).read_bytes() for name, path in alone.items()}
    assert country.run(COMPOSITE, "12:00", last, ["rain"], force=True).success
    for name, path in alone.items():
        assert (country.workspace.root / path).read_bytes() == content[name]


def test_a_late_map_changes_the_sums_of_a_day(country: Country) -> None:
    last = measure(country, "12:00", 8, without=(2, 3))
    country.run(COMPOSITE, "12:00", last, ["rain"])
    before = country.rows(last, "rain")["RAIN01H"]["fingerprint"]
    country.put(WEST, "12:30:30", SIX + 10, gates=150)
    assert country.run(WEST, "12:30").success
    assert country.run(COMPOSITE, "12:30", last).success
    assert country.rows(last, "rain")["RAIN01H"]["fingerprint"] != before
    assert max(values(country, "RAIN01H", last)) > 6


def test_the_gauge_day_ends_at_twelve_and_gauges_adjust_it(tmp_path: Path) -> None:
    table = tmp_path / "gauges.csv"
    country = Country(
        tmp_path,
        zoom=5,
        composite=f'zoom = 5\ngauges = "{table}"\nstart = 2025-11-17T00:00:00Z',
        products='"RAIN"',
        settings="window_minutes = 60",
    )
    country.network_file.write_text(
        country.network_file.read_text().replace("2025-11-18T00:00:00Z", "2025-11-17T00:00:00Z")
    )
    places = [(-31.0 + 0.05 * n, -64.0) for n in range(6)]
    lines = [f"g{n},{lat},{lon},2025-11-18T12:00,288" for n, (lat, lon) in enumerate(places)]
    table.write_text("\n".join(["station,latitude,longitude,time,mm", *lines]))
    windows = [at("11:00") - timedelta(hours=n) for n in range(24)][::-1]
    for start in windows:
        country.put(WEST, start, SIX, gates=150)
    assert country.run(WEST, windows[0], windows[-1]).success
    assert country.run(COMPOSITE, windows[0], windows[-1]).success
    assert {"RAINDAY", "RAINDAYG"} & country.rows("10:00", "rain").keys() == set()
    assert values(country, "RAINDAY", "11:00") == {144.0}
    assert values(country, "RAINDAYG", "11:00") == {288.0}
    about = country.raster("RAINDAYG", "11:00", "rain").about
    assert about.done[-1] == "times 2.00 by 6 gauges"


def test_a_table_of_gauges_that_is_missing_is_told_and_the_sums_are_made(tmp_path: Path) -> None:
    country = Country(
        tmp_path,
        zoom=5,
        composite='zoom = 5\ngauges = "nowhere.csv"',
        products='"RAIN"',
        settings="window_minutes = 60",
    )
    country.put(WEST, "11:00:30", SIX, gates=150)
    assert country.run(WEST, "11:00").success
    assert country.run(COMPOSITE, "11:00").success
    rows = country.rows("11:00", "rain")
    told = rows["RAINDAYG"]
    assert (told["status"], told["error_type"]) == ("failed", "ProductError")
    assert "nowhere.csv is no readable table of gauges" in told["error_message"]
    assert rows["RAIN01H"]["status"] == "completed"
    assert rows["RAINDAY"]["status"] == "not_applicable"
