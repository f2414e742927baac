"""ODIM_H5 files as the standard has them, read by h5py and wradlib."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from radar_assets.formats import odim
from radar_assets.radar.volume import Volume
from radar_assets_tests.fields import START, bufr_field, climbing, ramp, volume_of


@pytest.fixture
def path(volume: Volume, tmp_path: Path) -> Path:
    odim.write(volume, tmp_path / "volume.h5", odim.source_of("RMA11", "Río, Hondo", "arrma"))
    return tmp_path / "volume.h5"


def test_the_groups_say_what_the_standard_wants(path: Path, volume: Volume):
    with h5py.File(path) as file:
        assert text(file.attrs["Conventions"]) == "ODIM_H5/V2_4"
        assert {name: text(value) for name, value in file["what"].attrs.items()} == {
            "object": "PVOL",
            "version": "H5rad 2.4",
            "date": "20251118",
            "time": "123020",
            "source": "NOD:arrma,RAD:RMA11,PLC:Rio  Hondo",
        }
        assert dict(file["where"].attrs) == {"lon": -64.90575, "lat": -27.5026, "height": 313.0}
        assert file["how"].attrs["frequency"] == volume.frequency
        assert [name for name in file if name.startswith("dataset")] == ["dataset1", "dataset2"]
        second = file["dataset2"]
        assert {name: text(value) for name, value in second["what"].attrs.items()} == {
            "product": "SCAN",
            "startdate": "20251118",
            "starttime": "123045",
            "enddate": "20251118",
            "endtime": "123109",
        }
        assert dict(second["where"].attrs) == {
            "elangle": 1.53,
            "nbins": 12,
            "rstart": 1770.0,
            "rscale": 360.0,
            "nrays": 36,
            "a1gate": 10,
        }
        assert second["where"].attrs["nbins"].dtype == np.int64
        assert second["where"].attrs["rstart"].dtype == np.float64
        assert {n: text(second[n]["what"].attrs["quantity"]) for n in second if "data" in n} == {
            "data1": "DBZH",
            "data2": "KDP",
            "data3": "TH",
            "data4": "VRADH",
        }


def text(value: object) -> str:
    return value.decode("ascii") if isinstance(value, bytes) else str(value)


def test_texts_are_of_fixed_length_and_end_in_zero(path: Path):
    with h5py.File(path) as file:
        kind = file["what"].attrs.get_id("version").get_type()
    assert not kind.is_variable_str()
    assert kind.get_strpad() == h5py.h5t.STR_NULLTERM
    assert kind.get_size() == len("H5rad 2.4") + 1


def test_rows_lie_clockwise_from_north_with_their_true_times(path: Path, volume: Volume):
    with h5py.File(path) as file:
        how = dict(file["dataset1/how"].attrs)
        values, what = file["dataset1/data1/data"][:], dict(file["dataset1/data1/what"].attrs)
    np.testing.assert_array_equal(how["startazA"], np.arange(36) * 10)
    np.testing.assert_array_equal(how["stopazA"], (np.arange(36) + 1) * 10 % 360)
    first = how["startazT"].argmin()
    assert (first, how["startazT"].min()) == (10, START.timestamp())
    assert how["stopazT"].max() == START.timestamp() + 24
    np.testing.assert_allclose(how["stopazT"] - how["startazT"], 24 / 36, atol=1e-6)
    coded = np.where(values == what["undetect"], -np.inf, values)
    coded[values == what["nodata"]] = np.nan
    assert (what["gain"], what["offset"]) == (1, 0)
    wanted = np.roll(volume.sweep_values("DBZH", 0), 10, axis=0)
    np.testing.assert_array_equal(coded, wanted, strict=True)
    assert np.isneginf(coded).any()
    assert np.isnan(coded).any()


def test_wradlib_reads_it(path: Path, volume: Volume):
    import wradlib

    found = wradlib.io.read_opera_hdf5(path)
    assert found["dataset2/where"]["nbins"] == 12
    values = found["dataset2/data4/data"]
    wanted = np.roll(volume.sweep_values("VRAD", 1), 10, axis=0)
    for kind, is_marked in (("nodata", np.isnan(wanted)), ("undetect", np.isneginf(wanted))):
        assert is_marked.any()
        np.testing.assert_array_equal(values == found["dataset2/data4/what"][kind], is_marked)
    is_value = np.isfinite(wanted)
    np.testing.assert_array_equal(values[is_value], wanted[is_value])


@pytest.mark.parametrize(
    ("title", "node", "source"),
    [
        ("", None, "RAD:RMA1"),
        ("Córdoba", None, "RAD:RMA1,PLC:Cordoba"),
        ("", "arcor", "NOD:arcor,RAD:RMA1"),
    ],
)
def test_a_source_names_what_is_known(title: str, node: str | None, source: str):
    assert odim.source_of("RMA1", title, node) == source


def test_nyquist_velocities_are_kept(tmp_path: Path):
    volume = volume_of(
        bufr_field("VRAD", *climbing(ramp(6, 5), ramp(4, 3))), nyquist_velocity=(6.63, 13.25)
    )
    odim.write(volume, tmp_path / "volume.h5", "RAD:RMA11")
    with h5py.File(tmp_path / "volume.h5") as file:
        assert [file[f"dataset{i}/how"].attrs["NI"] for i in (1, 2)] == [6.63, 13.25]
