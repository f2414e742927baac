import hashlib
import json

import numpy as np
import pytest

from radar_assets.errors import BufrCorrupt, BufrTruncated
from radar_assets.radar.bufr import NODATA, UNDETECT, encode
from radar_assets.radar.inspection import inspect
from radar_assets_tests.fields import START, bufr_field, climbing, field_sweep

MIXED = np.array([[NODATA, UNDETECT, UNDETECT], [np.nan, -31.5, 10.0]], np.float32)
SILENT = np.full((2, 2), NODATA)


@pytest.fixture(scope="module")
def report():
    sweeps = climbing(MIXED, SILENT, first_azimuth=161.0)
    return inspect(encode(bufr_field("VRAD", *sweeps, altitude=0.0)))


def test_a_report_has_the_header_as_coded(report):
    assert {key: value for key, value in report.items() if key != "sweeps"} == {
        "latitude": -27.5026,
        "longitude": -64.90575,
        "altitude_m": 0.0,
        "time": "2025-11-18T12:30",
    }


def test_a_report_counts_every_kind_of_gate_of_a_sweep(report):
    limit = np.finfo(np.float64).max
    payload = np.array([limit, -limit, -limit, np.nan, -31.5, 10.0], "<f8").tobytes()
    assert report["sweeps"][0] == {
        "start": "2025-11-18T12:30:20Z",
        "end": "2025-11-18T12:30:44Z",
        "elevation_deg": 0.53,
        "rays": 2,
        "gates": 3,
        "gate_size_m": 360,
        "first_gate_m": 1770,
        "first_azimuth_deg": 161.0,
        "quantity_code": 40,
        "sha256_f64": hashlib.sha256(payload).hexdigest(),
        "n_undetect": 2,
        "n_nodata": 1,
        "n_nan": 1,
        "n_valid": 2,
        "min": -31.5,
        "max": 10.0,
        "mean": -10.75,
    }


def test_a_sweep_without_values_has_no_extremes(report):
    silent = report["sweeps"][1]
    assert (silent["n_nodata"], silent["n_valid"]) == (4, 0)
    assert (silent["min"], silent["max"], silent["mean"]) == (None, None, None)


def test_means_are_taken_in_float64():
    tenth = np.full((40, 500), 0.1, np.float32)
    report = inspect(encode(bufr_field("DBZH", field_sweep(tenth))))
    assert report["sweeps"][0]["mean"] == pytest.approx(float(np.float32(0.1)), abs=1e-15)


def test_a_report_is_json(report):
    assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_anything_else_is_an_error():
    with pytest.raises(BufrCorrupt):
        inspect(b"GIF89a..")
    with pytest.raises(BufrTruncated):
        inspect(encode(bufr_field(time=START))[:-1])
