import dataclasses

import pytest

from radar_assets.products import all_products, applicable, product
from radar_assets.radar.errors import ProductError, ProductNotApplicable
from radar_assets.radar.fields import FIELDS
from radar_assets.radar.palettes import palette
from radar_assets.radar.volume import VERTICAL
from radar_assets_tests.volumes import constant, make_volume

FIELDS_DRAWN = (
    "DBZH",
    "DBZV",
    "TH",
    "TV",
    "ZDR",
    "TDR",
    "RHOHV",
    "PHIDP",
    "KDP",
    "VRAD",
    "WRAD",
    "CM",
)
NAMES = (*(f"{field}o" for field in FIELDS_DRAWN), "COLMAXo")


def names(volume):
    return [item.name for item in applicable(volume)]


def test_the_unfiltered_products_are_found_in_the_package():
    assert set(NAMES) <= set(all_products())


@pytest.mark.parametrize("name", NAMES)
def test_each_product_is_complete(name):
    item = product(name)
    assert item.name == name
    assert item.filtered is False
    assert item.units == FIELDS[item.field].units == palette(item.palette).units
    layer = item.layer(make_volume({item.field: constant(0.5)}, gates=9))
    assert (layer.product, layer.polar.field, layer.sweep) == (name, item.field, 0)
    assert layer.polar.values.shape == (layer.polar.grid.rays, layer.polar.grid.gates)
    assert layer.polar.values.dtype == "float32"


def test_only_products_with_all_their_fields_apply():
    assert names(make_volume({"VRAD": constant(1), "WRAD": constant(1)}, gates=9)) == [
        "VRADo",
        "WRADo",
    ]
    assert "COLMAXo" in names(make_volume({"TH": constant(1)}, gates=9))
    assert "COLMAXo" not in names(make_volume({"DBZV": constant(1)}, gates=9))


def test_a_field_nobody_knows_disturbs_nothing():
    volume = make_volume({"SNRX": constant(1), "ZDR": constant(1)}, gates=9)
    assert names(volume) == ["ZDRo"]


def test_a_volume_with_a_slanting_sweep_has_maps():
    assert "DBZHo" in names(make_volume({"DBZH": constant(1)}, gates=9, elevations=(90.0, 79.9)))


@pytest.mark.parametrize("elevation", [VERTICAL, 90.0])
def test_a_volume_that_looks_up_has_no_maps(elevation):
    volume = make_volume({"DBZH": constant(1)}, gates=9, elevations=(elevation,))
    assert names(volume) == []
    with pytest.raises(ProductNotApplicable, match="not vertical"):
        product("DBZHo").layer(volume)


def test_a_volume_without_sweeps_has_no_maps():
    volume = dataclasses.replace(make_volume({"DBZH": constant(1)}, gates=9), sweeps=())
    assert names(volume) == []


def test_a_product_that_does_not_apply_says_what_it_needs():
    volume = make_volume({"ZDR": constant(1)}, gates=9)
    with pytest.raises(ProductNotApplicable, match=r"COLMAXo of RMA11_0315_01_.* needs DBZH or TH"):
        product("COLMAXo").layer(volume)


def test_an_unknown_product_lists_the_known_ones():
    with pytest.raises(ProductError, match=r"no product 'NOPE'.*COLMAXo, .*DBZHo"):
        product("NOPE")
