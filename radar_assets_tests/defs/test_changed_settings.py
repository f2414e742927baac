"""Settings that are changed on a running platform: what becomes of maps that were made before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from radar_assets_tests.defs.platforms import Station

CHANGES = {
    "product_names": {"settings": 'product_names = "{radar}_{product}_{time}_{sweep}"'},
    "crs": {"settings": 'crs = "EPSG:4326"'},
    "zoom": {"zoom": "5"},
    "products": {"radar": 'products = ["DBZHo"]'},
    "parameters": {"radar": "parameters = {DBZHo = {sweep = 1}}"},
}


@pytest.mark.parametrize("setting", CHANGES)
def test_maps_stay_until_their_windows_are_run_again_which_leaves_no_old_ones(
    setting: str, tmp_path: Path
) -> None:
    before, after, fresh = (Station(tmp_path / name) for name in ("before", "after", "fresh"))
    for station in (before, fresh):
        station.publish_volume()
    assert before.run().success
    made = before.files("products")
    _change(after, setting)
    _change(fresh, setting)
    after.instance = before.instance
    after.workspace = replace(after.workspace, root=before.data)
    for field in before.server.rglob("*.BUFR"):
        path = after.server / field.relative_to(before.server)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.hardlink_to(field)
    assert before.files("products") == made
    assert after.run().success
    assert fresh.run().success
    for folder in ("products", "thumbnails", "quicklooks"):
        assert after.files(folder) == fresh.files(folder)


def _change(station: Station, setting: str) -> None:
    changes = dict(CHANGES[setting])
    zoom = changes.pop("zoom", "6")
    Station(station.folder, **changes)
    text = station.network_file.read_text("utf-8")
    station.network_file.write_text(text.replace("zoom = 6", f"zoom = {zoom}"), "utf-8")
