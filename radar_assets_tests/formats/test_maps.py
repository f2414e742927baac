"""Maps as ODIM_H5 and CF NetCDF, read back by h5py, wradlib, xarray, GDAL and PROJ."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import rasterio
import xarray as xr
from pyproj import CRS, Transformer

from radar_assets.errors import SettingsError
from radar_assets.formats.export import MAP_SUFFIXES, export, export_map
from radar_assets.maps import cog
from radar_assets.maps.description import Description
from radar_assets.maps.grid import map_grid
from radar_assets.maps.gridding import map_raster
from radar_assets.maps.palettes import palette
from radar_assets.maps.raster import Raster
from radar_assets.products import product
from radar_assets.radar.volume import Site, Volume
from radar_assets.settings import load_network
from radar_assets.settings.types import ExportFormat
from radar_assets_tests.command import call
from radar_assets_tests.fields import START
from radar_assets_tests.volumes import make_volume, noise

CF, ODIM = ExportFormat.CF, ExportFormat.ODIM
SITES = {"RMA1": Site(-31.4, -64.2, 476.0), "RMA11": Site(-27.5, -64.9, 313.0)}
each_crs = pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326"])


def composite(name: str = "COLMAX", crs: str = "EPSG:3857", **facts: Any) -> Raster:
    """A map of a composite with every kind of pixel, on a grid that is wider than high."""
    kind = {"COLMAX": "colmax", "RAIN03H": "rain_sum", "SOURCE": "source"}.get(name, "rain")
    known: dict[str, Any] = {
        "name": "SINARAME",
        "time": START,
        "product": name,
        "title": "Mosaico de Córdoba",
        "units": "dBZ",
        "field": "DBZH",
        "filtered": True,
        "sites": SITES,
        "sources": {"RMA1.tif": "0123"},
        "parameters": {"times": {"RMA1": "2025-11-18T12:21:00Z", "RMA11": "2025-11-18T12:24:20Z"}},
    }
    grid = map_grid(SITES["RMA1"], 90_000, 7, crs)
    grid = dataclasses.replace(grid, height=grid.height + 288)  # more than one chunk
    values = np.float32(np.arange(grid.width * grid.height).reshape(grid.shape) % 900 / 7)
    values[:30], values[30:50, ::3] = np.nan, -np.inf
    if name == "SOURCE":
        values = np.arange(values.size, dtype=np.uint8).reshape(grid.shape) % 3
    return Raster(values, grid, palette(kind), Description(**{**known, **facts}))


def written(raster: Raster, folder: Path, kind: ExportFormat) -> Path:
    path = folder / f"map{MAP_SUFFIXES[kind]}"
    export_map(raster, path, kind, load_network())
    return path


def text(value: object) -> object:
    return value.decode("ascii") if isinstance(value, bytes) else value


def attributes(group: h5py.Group) -> dict[str, Any]:
    return {name: text(value) for name, value in group.attrs.items()}


def test_odim_says_what_the_standard_wants_of_a_composite(tmp_path: Path) -> None:
    raster = composite()
    with h5py.File(written(raster, tmp_path, ODIM)) as file:
        assert text(file.attrs["Conventions"]) == "ODIM_H5/V2_4"
        assert attributes(file["what"]) == {
            "object": "COMP",
            "version": "H5rad 2.4",
            "date": "20251118",
            "time": "123020",
            "source": "CMT:SINARAME",
        }
        assert attributes(file["how"])["nodes"] == "'RMA1','RMA11'"
        assert attributes(file["dataset1/what"]) == {
            "product": "MAX",
            "prodname": "Mosaico de Cordoba",
            "quantity": "DBZH",
            "startdate": "20251118",
            "starttime": "122100",
            "enddate": "20251118",
            "endtime": "123020",
        }
        what = attributes(file["dataset1/data1/what"])
        assert (what["quantity"], what["gain"], what["offset"]) == ("DBZH", 1.0, 0.0)
        where = attributes(file["where"])
        assert (where["ysize"], where["xsize"]) == raster.values.shape
        assert isinstance(where["xsize"], np.integer)


@each_crs
def test_corners_and_projection_of_odim_are_where_the_map_is(crs: str, tmp_path: Path) -> None:
    raster = composite(crs=crs)
    with h5py.File(written(raster, tmp_path, ODIM)) as file:
        where = attributes(file["where"])
    to_map = Transformer.from_crs("EPSG:4326", CRS(where["projdef"]), always_xy=True)
    west, south, east, north = raster.grid.bounds
    corners = {"LL": (west, south), "UL": (west, north), "UR": (east, north), "LR": (east, south)}
    for name, corner in corners.items():
        found = to_map.transform(where[f"{name}_lon"], where[f"{name}_lat"])
        assert found == pytest.approx(corner, abs=1e-3 if crs == "EPSG:3857" else 1e-9)
    assert (east - west) / where["xsize"] == pytest.approx(where["xscale"])
    assert (north - south) / where["ysize"] == pytest.approx(where["yscale"])


def test_wradlib_reads_every_pixel_of_odim(tmp_path: Path) -> None:
    import wradlib

    raster = composite()
    found = wradlib.io.read_opera_hdf5(written(raster, tmp_path, ODIM))
    stored, what = found["dataset1/data1/data"], found["dataset1/data1/what"]
    values = stored * what["gain"] + what["offset"]
    values[stored == what["undetect"]] = -np.inf
    values[stored == what["nodata"]] = np.nan
    np.testing.assert_array_equal(values, raster.values)
    assert np.isnan(values).any()
    assert np.isneginf(values).any()


@each_crs
def test_xarray_reads_every_pixel_of_cf(crs: str, tmp_path: Path) -> None:
    raster = composite(crs=crs)
    with xr.open_dataset(written(raster, tmp_path, CF), decode_coords="all") as data:
        colmax = data["COLMAX"]
        np.testing.assert_array_equal(colmax[0].values, raster.values, strict=True)
        assert colmax.attrs["_Undetect"] == -np.inf
        assert colmax.attrs["standard_name"] == "equivalent_reflectivity_factor"
        assert data["time"].values == [np.datetime64("2025-11-18T12:30:20")]
        rows, columns = colmax.dims[1:]
        np.testing.assert_array_equal(data[rows], raster.grid.rows())
        np.testing.assert_array_equal(data[columns], raster.grid.columns())
        to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        longitude, latitude = to_degrees.transform(raster.grid.columns()[5], raster.grid.rows()[9])
        assert (float(data["lon"][5]), float(data["lat"][9])) == pytest.approx(
            (longitude, latitude)
        )
        assert CRS.from_wkt(data["crs"].attrs["crs_wkt"]).to_epsg() == int(crs[5:])


@each_crs
def test_gdal_lays_cf_where_the_geotiff_lies(crs: str, tmp_path: Path) -> None:
    raster = composite(crs=crs)
    tif = tmp_path / "map.tif"
    tif.write_bytes(cog.encode(raster))
    path = written(raster, tmp_path, CF)
    with rasterio.open(f"netcdf:{path}:COLMAX") as found, rasterio.open(tif) as own:
        assert found.transform.almost_equals(own.transform, 1e-6)
        assert found.crs == own.crs
        assert found.nodata == -9999


def test_a_sum_has_its_time(tmp_path: Path) -> None:
    raster = composite("RAIN03H", units="mm", parameters={"hours": 3})
    with xr.open_dataset(written(raster, tmp_path, CF)) as data:
        start, end = data["time_bnds"].values[0]
        assert (end - start) == np.timedelta64(3, "h")
        assert data["RAIN03H"].attrs["cell_methods"] == "time: sum"
        assert data["RAIN03H"].attrs["standard_name"] == "thickness_of_rainfall_amount"
    with h5py.File(written(raster, tmp_path, ODIM)) as file:
        what = attributes(file["dataset1/what"])
    assert (what["product"], what["quantity"]) == ("RR", "ACRR")
    assert (what["starttime"], what["endtime"]) == ("093020", "123020")


def test_classes_have_names(tmp_path: Path) -> None:
    raster = composite("SOURCE", units="1", parameters={"classes": "RMA1 RMA11"})
    with xr.open_dataset(written(raster, tmp_path, CF), mask_and_scale=False) as data:
        np.testing.assert_array_equal(data["SOURCE"][0], raster.values)
        assert data["SOURCE"].attrs["flag_meanings"] == "RMA1 RMA11"
        assert list(data["SOURCE"].attrs["flag_values"]) == [1, 2]
        assert data["SOURCE"].attrs["_FillValue"] == 0
    with h5py.File(written(raster, tmp_path, ODIM)) as file:
        what = attributes(file["dataset1/data1/what"])
        np.testing.assert_array_equal(file["dataset1/data1/data"], raster.values)
    assert (what["quantity"], what["nodata"]) == ("CLASS", 0)
    assert what["legend"] == "1:RMA1,2:RMA11"


@pytest.mark.parametrize(
    ("name", "shown", "value"),
    [
        ("RAIN", ("SURF", "RATE"), 5.0),
        ("ETOP", ("ETOP", "HGHT"), 5.0),
        ("POH", ("SURF", "POH"), 0.05),
        ("QUALITY", ("QUAL", "QIND"), 0.05),
        ("MISSING03H", ("QUAL", "QIND"), -4.0),
        ("RAIN10M", ("RR", "ACRR"), 5.0),
        ("VILD", ("SURF", "VILD"), 5.0),
    ],
)
def test_quantities_of_odim_are_in_its_units(
    name: str, shown: tuple[str, str], value: float, tmp_path: Path
) -> None:
    raster = composite(name, parameters={})
    with h5py.File(written(raster, tmp_path, ODIM)) as file:
        what, data = (attributes(file[f"dataset1/{group}"]) for group in ("what", "data1/what"))
    assert (what["product"], what["quantity"]) == shown
    assert 5.0 * data["gain"] + data["offset"] == pytest.approx(value)


@pytest.fixture(scope="module")
def drawn() -> Volume:
    return make_volume({"DBZH": noise(), "VRAD": noise()})


@pytest.mark.parametrize(
    ("name", "shown"),
    [("DBZHo", ("PPI", "DBZH")), ("VRADo", ("PPI", "VRADH")), ("COVERAGE", ("QUAL", "CLASS"))],
)
def test_a_map_of_a_radar_is_an_image(
    name: str, shown: tuple[str, str], drawn: Volume, tmp_path: Path
) -> None:
    raster = map_raster(product(name).layer(drawn), zoom=7)
    with h5py.File(written(raster, tmp_path, ODIM)) as file:
        what, data = attributes(file["what"]), attributes(file["dataset1/what"])
    assert what["object"] == "IMAGE"
    assert f"RAD:{drawn.id.radar}" in what["source"]
    assert (data["product"], data["quantity"]) == shown


@pytest.mark.parametrize("kind", MAP_SUFFIXES)
def test_the_command_writes_the_same_bytes_each_time(kind: ExportFormat, tmp_path: Path) -> None:
    tif = tmp_path / "SINARAME_20251118T123020Z_COLMAX_00.tif"
    tif.write_bytes(cog.encode(composite()))
    paths = [tmp_path / "one", tmp_path / "two"]
    for path in paths:
        done = call("export", tif, "-o", path, "--format", kind)
        assert (done.exit_code, "COLMAX of SINARAME" in done.output) == (0, True)
    own = written(composite(), tmp_path, kind)
    digests = {hashlib.sha256(path.read_bytes()).digest() for path in (*paths, own)}
    assert len(digests) == 1


def test_volumes_and_maps_have_formats_of_their_own(drawn: Volume, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="a map cannot be cfradial2: take cf or odim"):
        export_map(composite(), tmp_path / "map", ExportFormat.CFRADIAL2, load_network())
    with pytest.raises(SettingsError, match="a volume cannot be cf: take cfradial2 or odim"):
        export(drawn, tmp_path / "volume", CF, load_network())
    (tmp_path / "no.tif").write_bytes(b"no map")
    done = call("export", tmp_path / "no.tif", "-o", tmp_path / "out", "--format", "cf")
    assert (done.exit_code, "no.tif cannot be read" in done.output) == (1, True)
    assert not (tmp_path / "out").exists()
