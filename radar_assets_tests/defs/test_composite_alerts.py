"""What is notified of composites, whose runs have no source and whose maps are products."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from radar_assets.defs.assets import owner_assets
from radar_assets.defs.keys import asset_key
from radar_assets.defs.partitions import range_tags
from radar_assets.defs.watch.alerts import present_alerts
from radar_assets.settings import About
from radar_assets_tests.defs.country import COMPOSITE, WEST, Country, at


@pytest.fixture
def country(tmp_path: Path) -> Country:
    return Country(tmp_path)


def keys(country: Country, about: About) -> set[str]:
    return {alert.key for alert in present_alerts(country.workspace, country.instance, [about], "")}


def test_a_run_of_a_composite_that_failed_is_notified(country: Country) -> None:
    assets = [owner_assets(country.workspace.network, COMPOSITE)]
    job = dg.Definitions(assets, resources={"workspace": country.workspace})
    for status, expected in (
        (dg.DagsterRunStatus.FAILURE, {f"run/{COMPOSITE}/2025-11-18-12:30"}),
        (dg.DagsterRunStatus.SUCCESS, set()),
    ):
        country.instance.create_run_for_job(
            job.resolve_implicit_global_asset_job_def(),
            status=status,
            tags=range_tags(at("12:30"), at("12:30")),
            asset_selection=frozenset([asset_key(COMPOSITE, "composite")]),
        )
        assert keys(country, About.RUNS) == expected


def test_maps_of_a_composite_are_products(country: Country) -> None:
    country.put(WEST, "12:32:00", 30)
    assert country.run(WEST, "12:30").success
    assert country.run(COMPOSITE, "12:30", stages=["composite"]).success
    found = {key.rsplit("/", 1)[0] for key in keys(country, About.PRODUCTS)}
    assert f"composite/{COMPOSITE}/2025-11-18-12:30" in found
