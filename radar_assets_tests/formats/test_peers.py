"""xradar, wradlib and Py-ART find what was measured in the tree and in exported files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import xradar

from radar_assets.formats import fm301, odim
from radar_assets.formats.export import export
from radar_assets.radar.geometry import beam_height
from radar_assets.radar.names import VolumeId
from radar_assets.radar.volume import Volume
from radar_assets.settings import load_network
from radar_assets.settings.types import ExportFormat
from radar_assets_tests.samples import VOLUMES, sample_volume


@pytest.fixture
def tree(paths: list[Path]) -> xr.DataTree:
    return xr.open_datatree(paths, engine="sinarame_bufr")


def exported(volume: Volume, folder: Path, kind: ExportFormat) -> Path:
    path = folder / f"volume.{kind}"
    export(volume, path, kind, load_network())
    return path


def test_xradar_places_gates_where_they_are(tree: xr.DataTree, volume: Volume):
    placed = tree.xradar.georeference(earth_radius=6371000.0)
    for index, sweep in enumerate(volume.sweeps):
        own = placed[f"sweep_{index}"].to_dataset()
        height = beam_height(volume.ranges()[: sweep.gates], sweep.elevation)
        wanted = volume.site.altitude + np.broadcast_to(height, own["z"].shape)
        np.testing.assert_allclose(own["z"], wanted, atol=1)
        np.testing.assert_allclose(
            np.degrees(np.arctan2(own["x"], own["y"])) % 360,
            np.broadcast_to(own["azimuth"].values[:, None], own["x"].shape),
            atol=1e-3,
        )


def test_matplotlib_draws_echo_alone(tree: xr.DataTree):
    from matplotlib import pyplot

    field = tree.xradar.georeference()["sweep_0"]["DBZH"]
    mesh = field.plot(x="x", y="y")
    assert mesh.get_array().count() == np.isfinite(field.values).sum()
    pyplot.close()


def test_a_round_trip_through_odim_by_xradar_keeps_every_gate(tree: xr.DataTree, tmp_path: Path):
    xradar.io.to_odim(tree, tmp_path / "volume.h5", source="RAD:RMA11")
    back = xradar.io.open_odim_datatree(tmp_path / "volume.h5")
    assert_same_moments(back, tree)


def test_a_round_trip_through_cfradial1_by_xradar_keeps_echo(tree: xr.DataTree, tmp_path: Path):
    xradar.io.to_cfradial1(tree, tmp_path / "volume.nc")
    with xradar.io.open_cfradial1_datatree(tmp_path / "volume.nc", first_dim="auto") as back:
        for index in range(2):
            ours, theirs = (item[f"sweep_{index}"]["DBZH"].values for item in (tree, back))
            np.testing.assert_array_equal(theirs[:, : ours.shape[1]], ours)
            assert np.isnan(theirs[:, ours.shape[1] :]).all()


def test_pyart_masks_what_has_no_value(tree: xr.DataTree, volume: Volume):
    import pyart  # noqa: F401 - adds its accessor

    radar = tree.pyart.to_radar()
    assert radar.nsweeps == 2
    found = radar.get_field(0, "DBZH")
    order = np.argsort(volume.azimuths()[volume.sweep_slice(0)])
    wanted = volume.sweep_values("DBZH", 0)[order]
    np.testing.assert_array_equal(~np.ma.getmaskarray(found), np.isfinite(wanted))
    assert found.sum() == wanted[np.isfinite(wanted)].sum()


def test_wradlib_places_and_draws_it(tree: xr.DataTree):
    import wradlib
    from matplotlib import pyplot

    sweep = tree["sweep_1"].to_dataset(inherit="all_coords").set_coords("sweep_mode")
    placed = wradlib.georef.georeference(sweep, crs=wradlib.georef.get_default_projection())
    assert float(placed["x"].mean()) == pytest.approx(float(sweep["longitude"]), abs=0.01)
    assert float(placed["y"].mean()) == pytest.approx(float(sweep["latitude"]), abs=0.01)
    mesh = wradlib.vis.plot(placed["DBZH"])
    assert mesh.get_array().count() == np.isfinite(sweep["DBZH"].values).sum()
    pyplot.close()


def test_no_echo_is_no_rain_in_wradlib(tree: xr.DataTree):
    import wradlib

    field = tree["sweep_0"]["DBZH"]
    rain = wradlib.zr.z_to_r(wradlib.trafo.idecibel(field))
    undetect, nodata = field == field._Undetect, np.isnan(field)
    assert undetect.any()
    assert (rain.where(undetect, 0) == 0).all()
    assert (np.isnan(rain) == nodata).all()


@pytest.mark.parametrize("identity", VOLUMES, ids=str)
def test_xradar_reads_real_exports_gate_for_gate(samples: Path, identity: VolumeId, tmp_path: Path):
    volume = sample_volume(samples, identity)
    assert_reads_back(volume, tmp_path)


def test_xradar_reads_exports_gate_for_gate(volume: Volume, tmp_path: Path):
    assert_reads_back(volume, tmp_path)


def assert_reads_back(volume: Volume, folder: Path) -> None:
    cfradial2 = exported(volume, folder, ExportFormat.CFRADIAL2)
    with xradar.io.open_cfradial2_datatree(cfradial2) as found:
        assert_is(found, volume, {}, -np.inf)
    with xradar.io.open_odim_datatree(exported(volume, folder, ExportFormat.ODIM)) as found:
        assert_is(found, volume, {"DBTH": "TH", "DBTV": "TV"}, odim.UNDETECT)


def assert_is(found: xr.DataTree, volume: Volume, named: dict[str, str], undetect: float) -> None:
    """A tree of xradar has every gate, place and time of a volume; sweeps are not padded."""
    origin = np.datetime64(volume.start.replace(tzinfo=None), "ns")
    assert len(found.match("sweep_*").children) == len(volume.sweeps)
    for index, sweep in enumerate(volume.sweeps):
        own = found[f"sweep_{index}"].to_dataset().sortby("time")
        rays = volume.sweep_slice(index)
        assert own.sizes["range"] == sweep.gates
        np.testing.assert_allclose(own["azimuth"], volume.azimuths()[rays], atol=1e-5)
        np.testing.assert_allclose(own["elevation"], volume.elevations()[rays], atol=1e-5)
        np.testing.assert_allclose(own["range"], volume.ranges()[: sweep.gates])
        seconds = (own["time"].values - origin) / np.timedelta64(1, "s")
        np.testing.assert_allclose(seconds, volume.ray_seconds()[rays], atol=1e-5)
        for field in volume.fields:
            name = fm301.moment_name(field)
            moment = own[named.get(name, name)]
            assert moment.attrs["_Undetect"] == undetect
            values = np.where(moment == undetect, -np.inf, moment)
            np.testing.assert_array_equal(values, volume.sweep_values(field, index))
    for name in ("latitude", "longitude", "altitude"):
        assert found[name] == getattr(volume.site, name)


def assert_same_moments(found: xr.DataTree, wanted: xr.DataTree) -> None:
    for path in wanted.match("sweep_*").children:
        for name, moment in wanted[path].data_vars.items():
            if moment.ndim == 2:
                np.testing.assert_array_equal(found[path][name].values, moment.values)
