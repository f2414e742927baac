"""Products of each kind of input: what they are given, what is left out, what is recorded."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from pydantic import Field

from radar_assets.errors import ProductError, ProductNotApplicable
from radar_assets.maps import cog, png
from radar_assets.maps.grid import covering
from radar_assets.maps.gridding import map_raster
from radar_assets.maps.layer import Layer
from radar_assets.maps.raster import Raster
from radar_assets.products import (
    Parameters,
    Product,
    RadarsInput,
    RasterWindowsInput,
    all_products,
    choose,
    compute,
    product,
    products_of_volumes,
)
from radar_assets.products.inputs import Gridded, RadarRasters, WindowRasters
from radar_assets.radar.volume import Volume
from radar_assets_tests.examples import colmax30
from radar_assets_tests.volumes import SITE, TIME, constant, make_volume

WINDOW = timedelta(minutes=10)
END = datetime(2025, 10, 20, 15, 30, tzinfo=UTC)


def at(volume: Volume, minutes: int, **changes: str) -> Volume:
    """A volume, measured so many minutes later; its sources named after the time."""
    time = TIME + timedelta(minutes=minutes)
    identity = dataclasses.replace(volume.id, time=time, **changes)
    return dataclasses.replace(volume, id=identity, sources={f"{minutes}.BUFR": f"{minutes:064d}"})


def echo(dbz: float, **options: object) -> Volume:
    """Echo of one value in all gates."""
    options = {"gates": 40, "elevations": (0.53, 1.3)} | options
    return make_volume({"DBZH": constant(dbz), "RHOHV": constant(0.99)}, **options)


# A product of volumes: one window, or three of them


(COLMAX30,) = colmax30.PRODUCTS


def test_products_of_the_package_take_a_volume() -> None:
    assert {item.takes.windows_back for item in all_products().values()} == {0}
    assert products_of_volumes() == all_products()
    volume = echo(30)
    for item in (product("DBZHo"), product("COLMAX")):
        by_call, by_method = compute(item, volume), item.layer(volume)
        assert isinstance(by_call, Layer)
        np.testing.assert_array_equal(by_call.polar.values, by_method.polar.values)
        assert by_call.about == by_method.about
        assert "times" not in by_call.about.parameters


def test_a_product_of_windows_sees_the_volumes_of_all_of_them() -> None:
    assert COLMAX30.takes.windows_back == 2
    volumes = [at(echo(dbz), minutes) for minutes, dbz in ((-20, 30), (-10, 50), (0, 40))]
    layer = compute(COLMAX30, volumes)
    assert isinstance(layer, Layer)
    assert (layer.polar.values == 50).all()
    assert layer.id == volumes[-1].id
    assert layer.about.time == TIME
    assert layer.about.parameters["times"] == [
        "2025-10-20T15:08:28Z",
        "2025-10-20T15:18:28Z",
        "2025-10-20T15:28:28Z",
    ]
    assert list(layer.about.sources) == ["-20.BUFR", "-10.BUFR", "0.BUFR"]
    assert layer.about.parameters["quality"]["min_rhohv"] == 0.55


def test_each_volume_goes_through_quality_control() -> None:
    noisy = make_volume(
        {"DBZH": constant(60), "RHOHV": constant(0.2)}, gates=40, elevations=(0.53, 1.3)
    )
    layer = compute(COLMAX30, [at(noisy, -10), at(echo(40), 0)])
    assert isinstance(layer, Layer)
    assert (layer.polar.values == 40).all()


def test_volumes_of_another_geometry_are_compared_place_by_place() -> None:
    far = make_volume(
        {"DBZH": lambda _, azimuth, r: np.where((azimuth < 90) & (r > 5000), 55.0, 10.0)},
        gates=30,
        rays=180,
        gate_size=500,
        first_rays=77,
    )
    steep = choose({"QC": {"clutter": False, "min_score": 0}})
    layer = compute(COLMAX30, [at(far, -10), at(echo(40), 0)], steep)
    assert isinstance(layer, Layer)
    values = layer.polar.values
    assert values.shape == (360, 40)
    assert (values[5:85, 15:] == 55).all()
    assert (values[95:355] == 40).all()
    assert (values[:, :13] == 40).all()


def test_earlier_volumes_that_lack_a_field_are_left_out() -> None:
    doppler = make_volume({"VRAD": constant(5)}, gates=40)
    layer = compute(COLMAX30, [at(doppler, -15), at(echo(35), -10), at(echo(30), 0)])
    assert isinstance(layer, Layer)
    assert (layer.polar.values == 35).all()
    assert len(layer.about.parameters["times"]) == 2
    assert list(layer.about.sources) == ["-10.BUFR", "0.BUFR"]


def test_the_volume_that_it_is_made_for_must_have_what_it_requires() -> None:
    doppler = make_volume({"VRAD": constant(5)}, gates=40)
    volumes = [at(echo(30), -10), at(doppler, 0)]
    assert COLMAX30.missing(volumes) == "DBZH or TH"
    with pytest.raises(
        ProductNotApplicable,
        match="COLMAX30 of RMA11_0315_01_2025-10-20T15:28:28Z needs DBZH or TH",
    ):
        compute(COLMAX30, volumes)


def test_a_volume_alone_is_enough() -> None:
    layer = COLMAX30.layer(echo(30))
    assert (layer.polar.values == 30).all()
    assert len(layer.about.parameters["times"]) == 1


def test_it_is_drawn_and_read_back_like_any_other(tmp_path: Path) -> None:
    layer = compute(COLMAX30, [at(echo(45), -10), at(echo(30), 0)])
    assert isinstance(layer, Layer)
    raster = map_raster(layer)
    path = tmp_path / "map.tif"
    path.write_bytes(cog.encode(raster))
    assert cog.read(path).about == raster.about


# A product of several radars


def strongest(radars: RadarRasters, _: Parameters) -> Gridded:
    """The highest value of any radar; undetect of one prevails over nodata of another."""
    values = np.full(radars.grid.shape, np.nan, np.float32)
    for raster in radars.of("COLMAX").values():
        part = values[radars.grid.window(raster.grid)]
        np.fmax(part, raster.values, out=part)
    return Gridded(values, {"overlap": "maximum"})


MOSAIC = Product(
    name="MOSAIC",
    title="Strongest echo of all radars",
    field="DBZH",
    units="dBZ",
    palette="colmax",
    compute=strongest,
    filtered=True,
    takes=RadarsInput(products=("COLMAX",)),
)


def radar(name: str, dbz: float, east: float) -> Raster:
    """COLMAX of a radar some degrees east of another one."""
    site = dataclasses.replace(SITE, longitude=SITE.longitude + east)
    volume = at(echo(dbz, site=site), 0, radar=name)
    return map_raster(product("COLMAX").layer(volume))


def network(**rasters: Raster) -> RadarRasters:
    return RadarRasters(
        name="SINARAME",
        time=END,
        grid=covering(raster.grid for raster in rasters.values()),
        rasters={name: {"COLMAX": raster} for name, raster in rasters.items()},
        sources={f"{name}.tif": "cd" * 32 for name in rasters},
    )


def test_rasters_of_radars_become_one_of_their_composite() -> None:
    west, east = radar("RMA11", 40, 0), radar("RMA3", 20, 0.2)
    made = compute(MOSAIC, network(RMA11=west, RMA3=east))
    assert isinstance(made, Raster)
    rows, columns = made.grid.window(west.grid)
    there = np.isfinite(west.values)
    assert (made.values[rows, columns][there] == 40).all()
    shares = [(made.values == dbz).mean() for dbz in (40, 20)]
    assert shares[0] > shares[1] > 0.1
    assert np.isnan(made.values[0, 0])
    about = made.about
    assert (about.name, about.time, about.product) == ("SINARAME", END, "MOSAIC")
    assert set(about.sites) == {"RMA11", "RMA3"}
    assert (about.volume, about.site) == (None, None)
    assert about.sources == {"RMA11.tif": "cd" * 32, "RMA3.tif": "cd" * 32}
    assert about.parameters == {"overlap": "maximum"}


def test_no_echo_of_one_radar_prevails_over_what_another_did_not_measure() -> None:
    quiet, strong = radar("RMA11", -np.inf, 0), radar("RMA3", 20, 0.2)
    made = compute(MOSAIC, network(RMA11=quiet, RMA3=strong))
    assert isinstance(made, Raster)
    assert np.isneginf(made.values).any()
    assert (made.values == 20).sum() == (strong.values == 20).sum()


def test_a_composite_is_drawn_and_read_back(tmp_path: Path) -> None:
    made = compute(MOSAIC, network(RMA11=radar("RMA11", 40, 0), RMA3=radar("RMA3", 20, 0.2)))
    assert isinstance(made, Raster)
    path = tmp_path / "composite.tif"
    path.write_bytes(cog.encode(made))
    cog.check_cog(path)
    read = cog.read(path)
    assert read.about == made.about
    np.testing.assert_array_equal(read.values, made.values)
    assert cog.encode(read) == path.read_bytes()
    assert png.encode(made).startswith(b"\x89PNG")


def test_a_radar_without_the_product_is_left_out() -> None:
    inputs = network(RMA11=radar("RMA11", 40, 0), RMA3=radar("RMA3", 20, 0.2))
    rasters = {"RMA11": {"ETOP": inputs.rasters["RMA11"]["COLMAX"]}} | {
        "RMA3": inputs.rasters["RMA3"]
    }
    made = compute(MOSAIC, dataclasses.replace(inputs, rasters=rasters))
    assert isinstance(made, Raster)
    assert set(about_values(made)) == {20.0}
    assert set(made.about.sites) == {"RMA3"}


def about_values(raster: Raster) -> np.ndarray:
    return np.unique(raster.values[np.isfinite(raster.values)])


def test_without_any_raster_it_is_not_applicable() -> None:
    inputs = dataclasses.replace(network(RMA11=radar("RMA11", 40, 0)), rasters={})
    assert MOSAIC.missing(inputs) == "rasters of COLMAX"
    with pytest.raises(
        ProductNotApplicable,
        match="MOSAIC of SINARAME at 2025-10-20T15:30:00Z needs rasters of COLMAX",
    ):
        compute(MOSAIC, inputs)


def test_maps_of_different_zooms_are_refused() -> None:
    layer = product("COLMAX").layer(echo(30))
    first, second = map_raster(layer), map_raster(layer, zoom=7)
    inputs = RadarRasters("SINARAME", END, first.grid, {"RMA9": {"COLMAX": second}})
    with pytest.raises(ProductError, match="is no part of the map"):
        compute(MOSAIC, inputs)


# A product of several windows of rasters


class Sum(Parameters):
    """Parameters of SUM."""

    least: int = Field(2, ge=1, le=6, description="windows that a pixel needs")


def total(windows: WindowRasters, parameters: Sum) -> Gridded:
    """Rain of six windows in mm, each taken at its rate; none where too few measured."""
    hours = WINDOW / timedelta(hours=1)
    values = np.zeros(windows.grid.shape, np.float32)
    counts = np.zeros(windows.grid.shape, np.uint8)
    for raster in windows.of("RAIN").values():
        part = windows.grid.window(raster.grid)
        counts[part] += ~np.isnan(raster.values)
        values[part] += np.where(raster.values > 0, raster.values, 0) * np.float32(hours)
    values[values == 0] = -np.inf
    values[counts < parameters.least] = np.nan
    return Gridded(values)


SUM = Product(
    name="SUM",
    title="Rain of an hour",
    field="DBZH",
    units="mm",
    palette="rain",
    compute=total,
    filtered=True,
    parameters=Sum,
    takes=RasterWindowsInput(products=("RAIN",), windows_back=5),
)


def stored_rain(folder: Path, minutes: int, dbz: float) -> Raster:
    """Rain of a volume, written to a GeoTIFF and read back."""
    path = folder / f"{minutes}.tif"
    path.write_bytes(cog.encode(map_raster(product("RAIN").layer(at(echo(dbz), minutes)))))
    return cog.read(path)


def hour(folder: Path, **dbz: float) -> WindowRasters:
    """Rain of windows, by names such as m20 for that of 20 minutes before the last one."""
    rasters = {int(name[1:]): stored_rain(folder, -int(name[1:]), v) for name, v in dbz.items()}
    return WindowRasters(
        name="RMA11",
        time=END,
        grid=covering(raster.grid for raster in rasters.values()),
        rasters={END - timedelta(minutes=m): {"RAIN": rasters[m]} for m in sorted(rasters)[::-1]},
    )


def test_stored_rasters_of_windows_add_up(tmp_path: Path) -> None:
    assert SUM.takes.windows_back == 5
    inputs = hour(tmp_path, m50=40, m40=40, m30=40, m20=40, m10=40, m0=40)
    made = compute(SUM, inputs)
    assert isinstance(made, Raster)
    rain = made.values[np.isfinite(made.values)]
    assert rain == pytest.approx(11.53, abs=0.01)  # Marshall-Palmer at 40 dBZ for an hour
    assert (made.about.name, made.about.volume) == ("RMA11", None)
    assert made.about.site == SITE
    assert made.about.parameters["least"] == 2
    assert len(made.about.parameters["times"]) == 6
    assert made.about.parameters["times"][-1] == "2025-10-20T15:30:00Z"


def test_no_echo_adds_nothing_and_a_gap_is_not_taken_for_it(tmp_path: Path) -> None:
    inputs = hour(tmp_path, m10=-np.inf, m0=40)
    made = compute(SUM, inputs)
    assert isinstance(made, Raster)
    assert made.values[np.isfinite(made.values)] == pytest.approx(11.53 / 6, abs=0.01)
    strict = compute(SUM, inputs, choose_sum(least=3))
    assert isinstance(strict, Raster)
    assert np.isnan(strict.values).all()


def choose_sum(**parameters: int):
    return dataclasses.replace(choose(), products={"SUM": Sum(**parameters)})


def test_dry_windows_sum_up_to_no_rain(tmp_path: Path) -> None:
    made = compute(SUM, hour(tmp_path, m10=-np.inf, m0=-np.inf))
    assert isinstance(made, Raster)
    assert np.isneginf(made.values).any()
    assert not np.isfinite(made.values).any()


# Inputs of another kind


def test_inputs_of_another_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProductError, match="cannot be made of rasters"):
        compute(product("COLMAX"), hour(tmp_path, m0=30))
    with pytest.raises(ProductError, match="was given volumes"):
        compute(SUM, echo(30))
    with pytest.raises(ProductError, match="was given none"):
        compute(COLMAX30, [])
