import dataclasses
import json
import re

import numpy as np
import pytest
import rasterio
from PIL import Image
from rio_cogeo import cog_validate

from radar_assets.errors import ProductError, ProductNotApplicable
from radar_assets.maps.gridding import map_raster
from radar_assets.maps.palettes import palette
from radar_assets.maps.render import render
from radar_assets.products import (
    QUALITY,
    all_products,
    applicable,
    choose,
    parameter_models,
    product,
)
from radar_assets.radar.fields import FIELDS
from radar_assets.radar.volume import VERTICAL
from radar_assets_tests.samples import VOLUMES, sample_volume
from radar_assets_tests.volumes import constant, make_volume

FIELDS_DRAWN = tuple(FIELDS)
COLUMNS = ("COLMAX", "COLMAXo", "CAPPI", "ETOP", "VIL", "VILD", "POH")
CLASSES = ("COVERAGE", "REMOVED")
NAMES = (
    *(f"{field}o" for field in FIELDS_DRAWN),
    *FIELDS_DRAWN,
    *COLUMNS,
    "RAIN",
    *CLASSES,
)
each_product = pytest.mark.parametrize("name", sorted(all_products()))


def names(volume):
    return {item.name for item in applicable(volume)}


@pytest.fixture(scope="module")
def everything():
    """A volume of every field and three sweeps, all of it weather."""
    values = {"RHOHV": 0.98, "ZDR": 1.0, "TDR": 1.0, "WRAD": 2.0, "KDP": 1.0, "CM": -np.inf}
    formulas = {name: constant(values.get(name, 30.0)) for name in FIELDS}
    return make_volume(formulas, elevations=(0.5, 2.0, 10.0), gates=60)


def test_the_products_are_those_a_forecaster_wants():
    assert set(all_products()) == set(NAMES)


@each_product
def test_each_product_is_complete(name, everything):
    item = product(name)
    assert item.name == name
    assert item.title
    assert item.filtered is not name.endswith("o")
    assert item.units == palette(item.palette).units
    assert item.field in FIELDS
    layer = item.layer(everything)
    about = layer.about
    assert (about.product, about.sweep, about.filtered) == (name, 0, item.filtered)
    assert layer.polar.values.shape == (layer.polar.grid.rays, layer.polar.grid.gates)
    assert layer.polar.values.dtype == (np.uint8 if name in CLASSES else np.float32)


@each_product
def test_each_product_is_drawn_in_both_formats_with_its_parameters(name, everything, tmp_path):
    layer = product(name).layer(everything)
    written = json.loads(layer.about.tags()["parameters"])
    assert written.keys() >= product(name).parameters.model_fields.keys()
    assert ("quality" in written) is product(name).filtered
    picture, values = tmp_path / "map.png", tmp_path / "map.tif"
    for path in (picture, values):
        render(map_raster(layer, zoom=7), path)
    assert cog_validate(values, strict=True) == (True, [], [])
    with Image.open(picture) as image, rasterio.open(values) as dataset:
        assert json.loads(image.text["parameters"]) == written
        assert json.loads(dataset.tags()["parameters"]) == written
        assert image.size == (dataset.width, dataset.height)


@pytest.mark.parametrize("name", [QUALITY, *sorted(all_products())])
def test_each_parameter_has_a_default_bounds_and_a_description(name):
    model = parameter_models()[name]
    assert model() == model.model_validate({})
    for parameter, info in model.model_fields.items():
        assert re.fullmatch(r"[a-z][a-z_]*", parameter)
        assert info.description, parameter
        if info.annotation in (int, float):
            bounds = {type(item).__name__ for item in info.metadata}
            assert bounds & {"Ge", "Gt"}, parameter
            assert bounds & {"Le", "Lt"}, parameter


@each_product
def test_each_product_leaves_the_volume_as_it_is(name, everything):
    before = {field: values.copy() for field, values in everything.fields.items()}
    product(name).layer(everything)
    for field, values in everything.fields.items():
        np.testing.assert_array_equal(values, before[field])


@pytest.mark.parametrize("identity", VOLUMES, ids=str)
def test_a_real_volume_gives_every_product_its_fields_allow(samples, identity):
    volume = sample_volume(samples, identity)
    has = volume.fields.keys()
    expected = {*CLASSES, *has, *(f"{field}o" for field in has)}
    if "DBZH" in has:
        expected |= {*COLUMNS, "RAIN"}
    assert names(volume) == expected
    for name in all_products():
        if name in expected:
            values = product(name).layer(volume).polar.values
            assert np.isfinite(values).any(), name
        else:
            with pytest.raises(ProductNotApplicable, match=f"{name} of {identity} needs "):
                product(name).layer(volume)


def test_only_products_with_all_their_fields_apply():
    doppler = make_volume({"VRAD": constant(1), "WRAD": constant(1)}, gates=9)
    assert names(doppler) == {"VRAD", "VRADo", "WRAD", "WRADo", *CLASSES}
    assert "COLMAXo" in names(make_volume({"TH": constant(1)}, gates=9))
    assert "COLMAXo" not in names(make_volume({"DBZV": constant(1)}, gates=9))


def test_products_of_layers_need_two_sweeps():
    single = names(make_volume({"DBZH": constant(1)}, gates=9))
    double = names(make_volume({"DBZH": constant(1)}, elevations=(0.5, 1.0), gates=9))
    assert double - single == {"CAPPI", "ETOP", "VIL", "VILD", "POH"}


def test_a_field_nobody_knows_disturbs_nothing():
    volume = make_volume({"SNRX": constant(1), "ZDR": constant(1)}, gates=9)
    assert names(volume) == {"ZDR", "ZDRo", *CLASSES}


def test_a_volume_with_a_sweep_that_is_not_vertical_has_maps():
    volume = make_volume({"DBZH": constant(1)}, gates=9, elevations=(90.0, 79.9))
    assert names(volume) >= {"DBZHo", "COLMAXo"}


@pytest.mark.parametrize("elevation", [VERTICAL, 90.0])
def test_a_volume_that_looks_up_has_no_maps(elevation):
    volume = make_volume({"DBZH": constant(1)}, gates=9, elevations=(elevation,))
    assert names(volume) == set()
    with pytest.raises(ProductNotApplicable, match="a sweep that is not vertical, it has 0"):
        product("DBZHo").layer(volume)


def test_a_volume_without_sweeps_has_no_maps():
    volume = dataclasses.replace(make_volume({"DBZH": constant(1)}, gates=9), sweeps=())
    assert names(volume) == set()


def test_a_product_that_does_not_apply_says_what_it_needs():
    volume = make_volume({"ZDR": constant(1)}, gates=9)
    with pytest.raises(ProductNotApplicable, match=r"COLMAXo of RMA11_0315_01_.* needs DBZH or TH"):
        product("COLMAXo").layer(volume)


def test_an_unknown_product_lists_the_known_ones():
    with pytest.raises(ProductError, match=r"no product 'NOPE'.*COLMAXo, .*DBZHo"):
        product("NOPE")


def test_quality_control_is_done_once_for_all_products(everything, monkeypatch):
    calls = []
    from radar_assets.radar import filters

    sweeps = filters.scans
    monkeypatch.setattr(filters, "scans", lambda volume: calls.append(1) or sweeps(volume))
    volume = dataclasses.replace(everything)
    for item in applicable(volume):
        item.layer(volume)
    assert len(calls) == 1
    product("DBZH").layer(volume, choose({QUALITY: {"min_object": 7}}))
    assert len(calls) == 2
