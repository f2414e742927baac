"""Parameters: declared by products, chosen in tables or as text, checked, and written to files."""

import json

import numpy as np
import pytest

from radar_assets.errors import SettingsError
from radar_assets.products import choose, product
from radar_assets.radar.parameters import from_text
from radar_assets_tests.volumes import constant, make_volume


def test_what_is_chosen_takes_effect_and_is_written():
    volume = make_volume({"DBZH": constant(40)}, gates=9)
    layer = product("RAIN").layer(volume, choose({"RAIN": {"a": 300, "b": 1.4}}))
    assert layer.polar.values.max() == pytest.approx(12.24, abs=2e-3)
    written = json.loads(layer.about.tags()["parameters"])
    assert (written["a"], written["b"], written["max_reflectivity"]) == (300, 1.4, 53)


def test_quality_control_is_chosen_for_all_filtered_products():
    volume = make_volume({"DBZH": constant(10)}, elevations=(0.5, 1.0), gates=9)
    choices = choose({"QC": {"min_reflectivity": 20}})
    for name in ("DBZH", "COLMAX", "VIL"):
        layer = product(name).layer(volume, choices)
        assert np.isnan(layer.polar.values).all()
        assert json.loads(layer.about.tags()["parameters"])["quality"]["min_reflectivity"] == 20
    assert (product("DBZHo").layer(volume, choices).polar.values == 10).all()


def test_later_tables_prevail_parameter_by_parameter():
    network = {"RAIN": {"a": 300, "b": 1.4}, "QC": {"min_object": 5}}
    run = {"RAIN": {"a": 250}}
    choices = choose(network, run)
    rain = product("RAIN").chosen(choices)
    assert (rain.a, rain.b, choices.quality.min_object) == (250, 1.4, 5)


def test_nothing_chosen_means_the_defaults():
    choices = choose({}, {})
    assert product("RAIN").chosen(choices) == product("RAIN").parameters()
    assert choices.quality.min_rhohv == 0.55


def test_text_is_read_as_the_parameter_wants_it():
    texts = [
        "COLMAX.min_elevation=0.65",
        "VRAD.dealias=false",
        "CAPPI.interpolation=nearest",
        "DBZH.sweep=3",
        "QC.min_object=0",
    ]
    choices = choose(from_text(texts))
    assert product("COLMAX").chosen(choices).min_elevation == 0.65
    assert product("VRAD").chosen(choices).dealias is False
    assert product("CAPPI").chosen(choices).interpolation == "nearest"
    assert product("DBZH").chosen(choices).sweep == 3
    assert choices.quality.min_object == 0


@pytest.mark.parametrize("text", ["", "COLMAX", "COLMAX=1", "COLMAX.min_elevation", "=1", ".x=1"])
def test_text_of_another_form_is_refused(text):
    with pytest.raises(SettingsError, match=r"PRODUCT\.PARAMETER=VALUE"):
        from_text([text])


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({"COLMX": {"min_elevation": 1}}, "nothing is named 'COLMX'; there are QC, .*COLMAX, "),
        (
            {"COLMAX": {"min_elevaton": 1}},
            "COLMAX has no parameter 'min_elevaton'; it has min_elevation, max_elevation",
        ),
        ({"COLMAXo": {"min_elevation": 1}}, "COLMAXo has no parameter .*; it has none"),
        ({"COLMAX": {"min_elevation": 91}}, r"COLMAX\.min_elevation = 91: .*less than or equal"),
        ({"QC": {"min_rhohv": -0.1}}, r"QC\.min_rhohv = -0\.1: .*greater than or equal"),
        ({"ETOP": {"threshold": "high"}}, r"ETOP\.threshold = 'high': .*valid number"),
        ({"ETOP": {"threshold": float("nan")}}, r"ETOP\.threshold = nan: "),
        ({"CAPPI": {"interpolation": "cubic"}}, r"CAPPI\.interpolation = 'cubic': .*'nearest'"),
    ],
)
def test_what_is_not_allowed_is_said_in_one_error(table, fault):
    with pytest.raises(SettingsError, match=fault):
        choose(table)


def test_one_error_lists_every_fault():
    with pytest.raises(SettingsError) as caught:
        choose({"NOPE": {}, "RAIN": {"a": -1, "c": 1}, "VIL": {"max_reflectivity": 50}})
    message = str(caught.value)
    assert message.startswith("parameters: ")
    assert [name in message for name in ("'NOPE'", "RAIN.a", "'c'", "VIL.")] == [True] * 3 + [False]
