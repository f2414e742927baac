"""Records of windows, read back from a real instance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from radar_assets.defs import records as module
from radar_assets.defs.keys import asset_key
from radar_assets.defs.records import newest, recent
from radar_assets_tests.defs.platforms import RADAR

KEY = asset_key(RADAR, "png")
WINDOWS = [f"2025-11-18-12:{minute}0" for minute in range(6)]


@pytest.fixture
def instance() -> dg.DagsterInstance:
    """One with a record of each window, of which the third was made again and failed."""
    instance = dg.DagsterInstance.ephemeral()
    for window in WINDOWS:
        instance.report_runless_asset_event(dg.AssetMaterialization(KEY, partition=window))
    instance.report_runless_asset_event(dg.AssetObservation(KEY, partition=WINDOWS[2]))
    return instance


def test_the_newest_record_of_a_window_may_tell_that_it_failed(
    instance: dg.DagsterInstance,
) -> None:
    found = newest(instance, KEY)
    assert found.keys() == set(WINDOWS)
    assert [window for window, record in found.items() if not record.is_made] == WINDOWS[2:3]
    assert newest(instance, KEY, WINDOWS[:2]).keys() == set(WINDOWS[:2])
    assert newest(instance, KEY, []) == newest(instance, asset_key(RADAR, "volumes")) == {}


def test_recent_records_are_read_up_to_their_age_and_no_further(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FEW", 2)
    found = recent(instance, KEY, datetime.now(UTC) - timedelta(hours=1))
    assert found == newest(instance, KEY)
    moment = found[WINDOWS[3]].time - timedelta(microseconds=2)
    pages: list[Any] = []
    fetch = instance.fetch_materializations
    monkeypatch.setattr(
        instance,
        "fetch_materializations",
        lambda *args, **more: pages.append(fetch(*args, **more)) or pages[-1],
    )
    assert recent(instance, KEY, moment).keys() == {*WINDOWS[3:], WINDOWS[2]}
    assert len(pages) == 2
