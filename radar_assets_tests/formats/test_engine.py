"""The xarray engine: the same values, flags and times as everywhere, opened in any way."""

from __future__ import annotations

import gzip
import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from radar_assets.errors import BufrCorrupt, BufrTruncated, FieldMismatch, SettingsError
from radar_assets.formats import fm301
from radar_assets.radar import cfradial
from radar_assets.radar.bufr import CodedSweep, read
from radar_assets.radar.inspection import inspect
from radar_assets.radar.kdp import REMASKED
from radar_assets.radar.names import VolumeId
from radar_assets.radar.volume import Volume
from radar_assets.settings import load_network
from radar_assets.stages.building import build_volume, read_parts
from radar_assets_tests.samples import NAMES, VOLUMES, sample_path

ENGINE = "sinarame_bufr"


def in_order(tree: xr.DataTree, index: int, field: str) -> np.ndarray:
    """Values of a sweep with its rays in the order of acquisition."""
    return tree[f"sweep_{index}"].to_dataset().sortby("time")[fm301.moment_name(field)].values


def assert_is(tree: xr.DataTree, volume: Volume) -> None:
    """The tree has every gate, place and time of a volume, and nothing else."""
    assert sorted(tree.children) == sorted(f"sweep_{i}" for i in range(len(volume.sweeps)))
    origin = np.datetime64(volume.start.replace(tzinfo=None), "ns")
    assert tree["sweep_fixed_angle"].values == pytest.approx([s.elevation for s in volume.sweeps])
    for index, sweep in enumerate(volume.sweeps):
        own, rays = tree[f"sweep_{index}"].to_dataset().sortby("time"), volume.sweep_slice(index)
        assert dict(own.sizes)["range"] == sweep.gates
        seconds = (own["time"].values - origin) / np.timedelta64(1, "s")
        np.testing.assert_allclose(seconds, volume.ray_seconds()[rays], atol=1e-6)
        np.testing.assert_allclose(own["azimuth"], volume.azimuths()[rays])
        np.testing.assert_allclose(own["elevation"], volume.elevations()[rays])
        np.testing.assert_array_equal(own["range"], volume.ranges()[: sweep.gates])
        for field in volume.fields:
            found = own[fm301.moment_name(field)].values
            np.testing.assert_array_equal(found, volume.sweep_values(field, index), strict=True)
    assert (tree["latitude"], tree["longitude"], tree["altitude"]) == (
        volume.site.latitude,
        volume.site.longitude,
        volume.site.altitude,
    )


@pytest.mark.parametrize("identity", VOLUMES, ids=str)
def test_real_files_are_what_their_cfradial_file_and_inspect_say(
    samples: Path, identity: VolumeId, tmp_path: Path
):
    names = [name for name in NAMES if name.id == identity]
    paths = [sample_path(samples, name) for name in names]
    tree = xr.open_datatree(paths, engine=ENGINE)
    volume = build_volume(load_network(), read_parts(paths))
    cfradial.write(volume, tmp_path / "volume.nc")
    assert_is(tree, cfradial.read(tmp_path / "volume.nc"))
    for name, path in zip(names, paths, strict=True):
        if volume.registration.get(name.field) != REMASKED:
            told = [sweep for sweep in inspect(path.read_bytes())["sweeps"] if sweep["n_valid"]]
            assert [counts(tree, i, name.field) for i in range(len(told))] == [
                (sweep["n_undetect"], sweep["n_valid"], sweep["min"], sweep["max"])
                for sweep in told
            ]


def counts(tree: xr.DataTree, index: int, field: str) -> tuple[Any, ...]:
    values = in_order(tree, index, field)
    valid = values[np.isfinite(values)]
    undetect = np.count_nonzero(
        values == tree[f"sweep_{index}"][fm301.moment_name(field)]._Undetect
    )
    return undetect, valid.size, valid.min(), valid.max()


def gzipped(path: Path) -> str:
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    return str(packed)


OPENINGS: dict[str, Callable[[Path], Any]] = {
    "paths": lambda path: path,
    "texts": str,
    "gzipped": gzipped,
    "files": lambda path: path.open("rb"),
    "files in memory": lambda path: io.BytesIO(path.read_bytes()),
    "bytes": lambda path: path.read_bytes(),
    "gzipped bytes": lambda path: gzip.compress(path.read_bytes()),
}


@pytest.mark.parametrize("opening", OPENINGS)
def test_files_may_be_given_in_any_way(opening: str, paths: list[Path], volume: Volume):
    given = [OPENINGS[opening](path) for path in paths]
    tree = xr.open_datatree(given, engine=ENGINE)
    assert_is(tree, volume)
    assert ("scan_name" in tree.attrs) == (opening in ("paths", "texts", "gzipped", "files"))
    assert isinstance(given[0], io.BytesIO) or xr.open_datatree(given[0], engine=ENGINE)


def test_a_path_needs_no_engine(paths: list[Path]):
    assert "DBZH" in xr.open_datatree(paths[0])["sweep_0"]
    assert "DBZH" in xr.open_dataset(paths[0])


def test_the_model_is_that_of_xradar(paths: list[Path]):
    from xradar import model

    tree = xr.open_datatree(paths, engine=ENGINE)
    assert model.required_root_vars <= {*tree.data_vars, *tree.coords}
    assert model.required_global_attrs.keys() <= tree.attrs.keys()
    assert list(tree["sweep_group_name"].values) == ["sweep_0", "sweep_1"]
    sweep = tree["sweep_0"].to_dataset()
    assert model.required_sweep_metadata_vars <= {*sweep.data_vars, *sweep.coords}
    assert sweep["DBTH"].dims == ("azimuth", "range")
    assert set(model.sweep_vars_mapping) >= {fm301.moment_name(name) for name in fm301._MOMENTS}
    for name in (*fm301._MOMENTS,):
        known = model.sweep_vars_mapping[fm301.moment_name(name)]
        assert fm301._MOMENTS[name][1] == known["standard_name"]
    for angle in ("azimuth", "elevation"):
        wanted = getattr(model, f"get_{angle}_attrs")()
        assert wanted.items() <= sweep[angle].attrs.items()
    wanted = model.get_range_attrs(sweep["range"].values.astype(float))
    assert wanted.items() <= sweep["range"].attrs.items()


def test_rays_lie_by_azimuth_or_in_the_order_of_acquisition(paths: list[Path]):
    north = xr.open_dataset(paths[0], engine=ENGINE, group="sweep_1")
    acquired = xr.open_dataset(paths[0], engine=ENGINE, group="/sweep_1", first_dim="time")
    assert north["DBZH"].dims == ("azimuth", "range")
    assert acquired["DBZH"].dims == ("time", "range")
    assert north.indexes["azimuth"].is_monotonic_increasing
    assert acquired.indexes["time"].is_monotonic_increasing
    assert acquired["azimuth"].values[0] == 105.0
    same = acquired.swap_dims(time="azimuth").sortby("azimuth")
    xr.testing.assert_equal(same.load(), north.load())


@pytest.mark.parametrize(
    "key",
    [(3, 4), (slice(2, 9, 3), 5), ([1, 4], slice(None, None, -2)), ([3, 1], [0, 2, 7])],
    ids=str,
)
def test_any_part_of_a_sweep_may_be_taken(paths: list[Path], key: tuple[Any, Any]):
    whole = xr.open_dataset(paths[0], engine=ENGINE).load()
    rays, gates = key
    part = xr.open_dataset(paths[0], engine=ENGINE)["DBZH"].isel(azimuth=rays, range=gates)
    xr.testing.assert_equal(part.load(), whole["DBZH"].isel(azimuth=rays, range=gates))


def test_fields_are_inflated_sweep_by_sweep_when_used(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch
):
    inflated, payload = [], CodedSweep.payload

    def counted(sweep: CodedSweep) -> bytes:
        inflated.append((sweep.quantity, sweep.number))
        return payload(sweep)

    monkeypatch.setattr(CodedSweep, "payload", counted)
    tree = xr.open_datatree(paths, engine=ENGINE)
    assert 230 not in {quantity for quantity, number in inflated if number < 3}
    inflated.clear()
    tree["sweep_1"]["DBTH"].load()
    assert inflated == [(230, 2)]


def test_a_damaged_sweep_is_an_error_when_it_is_used(paths: list[Path]):
    data = bytearray(paths[2].read_bytes())
    data[read(bytes(data)).sweeps[0].bit // 8 + 100] ^= 255
    tree = xr.open_datatree([paths[0], bytes(data)], engine=ENGINE)
    assert tree["sweep_1"]["DBTH"].load().any()
    with pytest.raises(BufrCorrupt, match=r"RMA11_0315_01_\S+ TH: the payload of sweep 1"):
        tree["sweep_0"]["DBTH"].load()


def test_what_cannot_be_opened_is_one_clear_error(paths: list[Path]):
    with pytest.raises(BufrTruncated, match="message 2"):
        xr.open_datatree([paths[0], paths[1].read_bytes()[:-9]], engine=ENGINE)
    with pytest.raises(FieldMismatch, match="one file of each field"):
        xr.open_datatree([paths[0], paths[0].read_bytes()], engine=ENGINE)
    with pytest.raises(FieldMismatch, match="no BUFR file"):
        xr.open_datatree([], engine=ENGINE)
    with pytest.raises(SettingsError, match="no group 'sweep_7', but"):
        xr.open_dataset(paths, engine=ENGINE, group="sweep_7")
    paths[1].write_bytes(paths[1].read_bytes()[:-9])
    with pytest.raises(BufrTruncated, match=paths[1].name):
        xr.open_datatree(paths, engine=ENGINE)


def test_the_network_file_adds_what_files_lack(paths: list[Path], tmp_path: Path):
    network = tmp_path / "network.toml"
    network.write_text(
        """
[sources.here]
url = "here"
[radars.RMA11]
sources = ["here"]
latitude = -27.5026
longitude = -64.90575
[strategies.0315.01]
nyquist_velocity = [6.63, 13.25]
"""
    )
    tree = xr.open_datatree(paths, engine=ENGINE, network=network)
    assert "frequency" not in tree["sweep_0"].coords
    assert tree["sweep_1"]["nyquist_velocity"].values == pytest.approx(np.full(36, 13.25))


def test_the_tree_is_kept_by_dask_and_pickle(paths: list[Path], volume: Volume):
    chunked = xr.open_datatree(paths, engine=ENGINE, chunks={})
    assert chunked["sweep_0"]["DBZH"].chunks == ((36,), (20,))
    assert_is(chunked, volume)
    assert_is(pickle.loads(pickle.dumps(xr.open_datatree(paths, engine=ENGINE))), volume)
