"""Parameters of products, from the network file and the launchpad to rows and files."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import dagster as dg
import pytest
import rasterio

from radar_assets.defs.run_config import config_fields
from radar_assets.errors import SettingsError
from radar_assets.products import parameter_models
from radar_assets_tests.defs.platforms import Station

SOME = 'products = ["RAIN", "DBZHo", "CAPPI"]'


def test_parameters_of_the_network_file_take_effect_and_are_recorded(
    make_station: Callable[..., Station],
) -> None:
    chosen = "parameters.RAIN.a = 300\nparameters.QC.min_object = 3"
    station = make_station(radar=f"{SOME}\n{chosen}")
    station.publish_volume()
    run = station.run()
    for stage in ("png", "geotiff"):
        row = run.row_of(stage, "RAIN")
        written = json.loads(row["parameters"])
        assert (written["a"], written["b"]) == (300, 1.6)
        assert written["quality"]["min_object"] == 3
        assert written["skipped"] == ["min_rhohv", "max_width", "clutter", "min_object_rhohv"]
    with rasterio.open(station.data / row["path"]) as dataset:
        in_file = json.loads(dataset.tags()["parameters"])
    assert in_file == {key: written[key] for key in in_file}
    assert written.keys() - in_file.keys() == {"bounds", "crs"}


def test_parameters_of_a_run_prevail_over_those_of_the_network_file(
    make_station: Callable[..., Station],
) -> None:
    station = make_station(radar=f"{SOME}\nparameters.RAIN = {{ a = 300, b = 1.4 }}")
    station.publish_volume()
    chosen = {"RAIN": {"a": 250.0}, "DBZHo": {"sweep": 1}, "CAPPI": {"interpolation": "nearest"}}
    run = station.run(parameters=chosen)
    written = json.loads(run.row_of("png", "RAIN")["parameters"])
    assert (written["a"], written["b"]) == (250, 1.4)
    second = run.row_of("png", "DBZHo")
    assert second["sweep"] == 1
    assert second["path"].endswith("_DBZHo_01.png")
    assert json.loads(run.row_of("png", "CAPPI")["parameters"])["interpolation"] == "nearest"
    again = station.run(stages=["png"])
    assert json.loads(again.row_of("png", "RAIN")["parameters"])["a"] == 300


@pytest.mark.parametrize(
    ("radar", "said"),
    [
        ("parameters.COLMAX.min_elevaton = 1", "COLMAX has no parameter 'min_elevaton'"),
        ("parameters.COLMX.min_elevation = 1", "nothing is named 'COLMX'"),
        ("parameters.QC.min_rhohv = 7", r"QC.min_rhohv = 7"),
        ('products = ["COLMX"]', "no product 'COLMX'"),
    ],
)
def test_what_the_network_file_chooses_wrongly_is_refused_when_it_is_read(
    make_station: Callable[..., Station], radar: str, said: str
) -> None:
    station = make_station(radar=radar)
    with pytest.raises(SettingsError, match=said):
        _ = station.workspace.network


@pytest.mark.parametrize(
    "parameters",
    [{"COLMX": {}}, {"COLMAX": {"min_elevaton": 1.0}}, {"CAPPI": {"interpolation": "cubic"}}],
    ids=str,
)
def test_the_launchpad_refuses_what_does_not_exist(
    station: Station, parameters: dict[str, dict[str, Any]]
) -> None:
    with pytest.raises(dg.DagsterInvalidConfigError):
        station.run(parameters=parameters)


def test_the_launchpad_offers_every_parameter_with_its_default() -> None:
    fields = config_fields()["parameters"].config_type.fields
    assert fields.keys() == {
        name for name, model in parameter_models().items() if model().model_dump()
    }
    for name, field in fields.items():
        model = parameter_models()[name]
        assert field.config_type.fields.keys() == model.model_fields.keys()
        for parameter, item in field.config_type.fields.items():
            assert str(getattr(model(), parameter)) in item.description
