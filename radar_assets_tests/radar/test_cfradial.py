import dataclasses
import hashlib
import json
import resource
from datetime import datetime, timedelta
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from radar_assets.errors import CfRadialError, StorageError
from radar_assets.errors.advice import advice
from radar_assets.radar import cfradial
from radar_assets.radar.assembly import Positions, assemble
from radar_assets.radar.bufr import NODATA, UNDETECT
from radar_assets.radar.fields import FIELDS
from radar_assets.radar.kdp import REMASKED
from radar_assets.radar.volume import VERTICAL, Volume
from radar_assets_tests.fields import (
    START,
    assert_equal_volumes,
    bufr_field,
    bufr_name,
    climbing,
    field_sweep,
    ramp,
    volume_of,
)
from radar_assets_tests.samples import CONVECTION, DOPPLER, TRUNCATED, VOLUMES, sample_volume

DIGESTS = {"RMA11_0315_01_DBZH_20251118T123020Z.BUFR": hashlib.sha256(b"").hexdigest()}


def rich_volume() -> Volume:
    """Ragged, with every kind of gate, a shorter KDP, a sweep not radiated and Nyquist values."""
    first, second = ramp(8, 12), ramp(8, 9)
    first[1, 2:5], first[2, 3], second[:, 4], second[5] = UNDETECT, np.nan, UNDETECT, NODATA
    silent = np.full((8, 7), NODATA)
    return volume_of(
        bufr_field("DBZH", *climbing(first, second, silent, first_azimuth=100.0)),
        bufr_field(
            "KDP", *climbing(first[:, 2:10], second[:, 2:7], silent[:, :3], first_azimuth=100.0)
        ),
        bufr_field("CM", *climbing(first, second, silent, first_azimuth=100.0)),
        nyquist_velocity=(4.42, 39.79, 8.28),
        frequency=5.6123e9,
        digests=DIGESTS,
    )


def odd_pergamino(**options) -> Volume:
    """Two sweeps within a minute, which code that minute as start and end."""
    minute = START.replace(second=0)
    times = {"start": minute, "end": minute, "gate_size": 1000, "first_gate": 0}
    sweeps = (field_sweep(ramp(360, 4), elevation=angle, **times) for angle in (0.5, 1.3))
    field = bufr_field("DBZH", *sweeps, radar="AR5", time=minute, altitude=0.0)
    return assemble({bufr_name(field, "1000", "1"): field}, altitude=100.0, **options)


def kdp_masked_early() -> Volume:
    """Undetect of KDP lies four gates before its values."""
    phase = np.where(np.arange(20) % 7 < 4, ramp(), UNDETECT)
    early = np.where(np.isfinite(phase[:, :12]), ramp()[:, 4:16], UNDETECT)
    return volume_of(bufr_field("PHIDP", field_sweep(phase)), bufr_field("KDP", field_sweep(early)))


SYNTHETIC = {
    "rich": rich_volume,
    "AR5": odd_pergamino,
    "a rate that does not divide seconds": lambda: odd_pergamino(scan_rate=(37.0,)),
    "KDP of 2018": kdp_masked_early,
    "half-degree rays": lambda: volume_of(
        bufr_field("TH", field_sweep(ramp(720, 3), first_azimuth=359.75)), nyquist_velocity=(33.1,)
    ),
    "rows and offsets as centres": lambda: volume_of(
        bufr_field("VRAD", *climbing(ramp(360, 3), first_azimuth=359.0)),
        positions=Positions(row_centre=0.0, offset_in_gate=0.5),
    ),
    "a field of no table": lambda: dataclasses.replace(
        rich_volume(), fields={"HCLASS": rich_volume().fields["DBZH"]}
    ),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "volume.nc"


@pytest.fixture
def rich(path: Path) -> Path:
    cfradial.write(rich_volume(), path)
    return path


@pytest.mark.parametrize("case", SYNTHETIC)
def test_reading_gives_back_the_volume_that_was_written(case, path: Path):
    volume = SYNTHETIC[case]()
    cfradial.write(volume, path)
    assert_equal_volumes(cfradial.read(path), volume)


@pytest.mark.parametrize("identity", VOLUMES, ids=str)
def test_reading_gives_back_a_real_volume(samples: Path, identity, path: Path):
    volume = sample_volume(samples, identity)
    cfradial.write(volume, path)
    assert_equal_volumes(cfradial.read(path), volume)


values = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 5), st.integers(1, 7)),
    elements=st.sampled_from([np.inf, -np.inf, np.nan]) | st.floats(-200, 200, width=32),
).map(lambda array: np.vstack([array, np.zeros_like(array[:1])]))


@settings(max_examples=20)
@given(
    st.lists(values, min_size=1, max_size=3),
    st.integers(0, 35999),
    st.integers(0, 10**6),
    st.lists(st.integers(1, 9999).map(lambda i: i / 100), max_size=3),
)
def test_reading_gives_back_any_volume(
    tmp_path_factory, arrays_of_sweeps, azimuth, seconds, velocities
):
    sweeps = climbing(*arrays_of_sweeps, first_azimuth=azimuth / 100)
    field = bufr_field("DBZH", *sweeps, time=START + timedelta(seconds=seconds))
    volume = volume_of(field, nyquist_velocity=velocities)
    path = tmp_path_factory.mktemp("volumes") / "volume.nc"
    cfradial.write(volume, path)
    assert_equal_volumes(cfradial.read(path), volume)


def test_the_same_volume_gives_the_same_bytes(tmp_path: Path):
    cfradial.write(rich_volume(), tmp_path / "a.nc")
    cfradial.write(rich_volume(), tmp_path / "b.nc")
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


CHECKLIST = {
    "volume_number": ((), "i4", {}),
    "time_coverage_start": (("string_length",), "S1", {}),
    "time_coverage_end": (("string_length",), "S1", {}),
    "time": (
        ("time",),
        "f8",
        {
            "standard_name": "time",
            "long_name": "time_in_seconds_since_volume_start",
            "units": "seconds since 2025-11-18T12:30:20Z",
            "calendar": "standard",
        },
    ),
    "range": (
        ("range",),
        "f4",
        {
            "standard_name": "projection_range_coordinate",
            "long_name": "range_to_measurement_volume",
            "units": "meters",
            "spacing_is_constant": "true",
            "meters_to_center_of_first_gate": 1950.0,
            "meters_between_gates": 360.0,
            "axis": "radial_range_coordinate",
        },
    ),
    "latitude": ((), "f8", {"units": "degrees_north"}),
    "longitude": ((), "f8", {"units": "degrees_east"}),
    "altitude": ((), "f8", {"units": "meters", "positive": "up"}),
    "sweep_number": (("sweep",), "i4", {}),
    "sweep_mode": (("sweep", "string_length"), "S1", {}),
    "fixed_angle": (("sweep",), "f4", {"units": "degrees"}),
    "sweep_start_ray_index": (("sweep",), "i4", {}),
    "sweep_end_ray_index": (("sweep",), "i4", {}),
    "azimuth": (
        ("time",),
        "f4",
        {
            "standard_name": "ray_azimuth_angle",
            "units": "degrees",
            "axis": "radial_azimuth_coordinate",
        },
    ),
    "elevation": (
        ("time",),
        "f4",
        {
            "standard_name": "ray_elevation_angle",
            "units": "degrees",
            "axis": "radial_elevation_coordinate",
        },
    ),
    "nyquist_velocity": (
        ("time",),
        "f4",
        {"units": "m/s", "meta_group": "instrument_parameters"},
    ),
    "DBZH": (
        ("time", "range"),
        "f4",
        {
            "standard_name": "equivalent_reflectivity_factor",
            "long_name": "Horizontal reflectivity",
            "units": "dBZ",
            "_FillValue": np.float32(-9999),
            "coordinates": "elevation azimuth range",
            "flag_variable": "/flags/DBZH",
        },
    ),
    "KDP": (
        ("time", "range"),
        "f4",
        {"standard_name": "specific_differential_phase_hv", "units": "degrees/km"},
    ),
    "frequency": (
        ("frequency",),
        "f4",
        {"units": "s-1", "meta_group": "instrument_parameters"},
    ),
    "/flags/DBZH": (
        ("time", "range"),
        "i1",
        {
            "flag_meanings": "nodata undetect valid",
            "is_quality_field": "true",
            "qualified_variables": "DBZH",
        },
    ),
}


@pytest.mark.parametrize("name", CHECKLIST)
def test_a_variable_is_as_cfradial_1_4_lists_it(name, rich: Path):
    dimensions, kind, attributes = CHECKLIST[name]
    with netCDF4.Dataset(rich) as data:
        variable = data[name]
        assert variable.dimensions == dimensions
        assert variable.dtype == kind
        assert {key: variable.getncattr(key) for key in attributes} == attributes
        assert variable.long_name


STANDARD_NAMES = {
    "DBZH": "equivalent_reflectivity_factor",
    "DBZV": "equivalent_reflectivity_factor",
    "TH": "equivalent_reflectivity_factor",
    "TV": "equivalent_reflectivity_factor",
    "VRAD": "radial_velocity_of_scatterers_away_from_instrument",
    "WRAD": "doppler_spectrum_width",
    "ZDR": "log_differential_reflectivity_hv",
    "TDR": "log_differential_reflectivity_hv",
    "PHIDP": "differential_phase_hv",
    "KDP": "specific_differential_phase_hv",
    "RHOHV": "cross_correlation_ratio_hv",
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_has_its_standard_name(field, path: Path):
    cfradial.write(volume_of(bufr_field(field)), path)
    with netCDF4.Dataset(path) as data:
        assert getattr(data[field], "standard_name", None) == STANDARD_NAMES.get(field)
        assert data[field].units == FIELDS[field].units


def test_global_attributes_say_what_the_volume_is(rich: Path):
    with netCDF4.Dataset(rich) as data:
        assert data.Conventions == "CF-1.8 CF/Radial-1.4 instrument_parameters"
        for name in ("title", "institution", "references", "source", "history", "comment"):
            assert data.getncattr(name).strip()
        assert data.instrument_name == "RMA11"
        assert data.scan_name == "0315_01"
        assert data.scan_id == 315
        assert data.platform_is_mobile == "false"
        assert data.n_gates_vary == "false"
        assert data.ray_times_increase == "true"
        assert data.field_names == "CM, DBZH, KDP"
        assert data["volume_number"][()] == 1


def test_rays_without_a_duration_have_estimated_times_and_the_file_says_so(path: Path):
    cfradial.write(odd_pergamino(), path)
    with netCDF4.Dataset(path) as data:
        assert data.ray_times_increase == "true"
        assert (np.diff(data["time"][:]) > 0).all()
        assert data["sweep_times_estimated"][:].tolist() == [1, 1]
        assert "sweep times estimated" in data.history
        assert str(netCDF4.chartostring(data["time_coverage_end"][:])) == "2025-11-18T12:31:00Z"


def test_rays_of_another_clock_are_not_said_to_increase(path: Path):
    early, late = field_sweep(), field_sweep(start=START - timedelta(days=1), elevation=1.53)
    cfradial.write(volume_of(bufr_field("DBZH", early, late)), path)
    with netCDF4.Dataset(path) as data:
        assert data.ray_times_increase == "false"
        assert "sweep_times_estimated" not in data.variables
        assert "estimated" not in data.history


def test_the_coverage_ends_after_the_last_ray_whatever_its_fraction_of_a_second(path: Path):
    cfradial.write(odd_pergamino(scan_rate=(37.0,)), path)
    with netCDF4.Dataset(path) as data:
        end = str(netCDF4.chartostring(data["time_coverage_end"][:]))
        assert end == "2025-11-18T12:30:20Z"
        assert 19 < data["time"][-1] < 20


def test_how_kdp_was_registered_is_reported_where_its_file_is_wrong(path: Path):
    cfradial.write(kdp_masked_early(), path)
    with netCDF4.Dataset(path) as data:
        assert data["KDP"].registration == REMASKED
        assert f"KDP registered: {REMASKED}" in data.history


def test_sweeps_are_indexed_to_their_last_ray(rich: Path):
    with netCDF4.Dataset(rich) as data:
        assert data["sweep_start_ray_index"][:].tolist() == [0, 8]
        assert data["sweep_end_ray_index"][:].tolist() == [7, 15]
        assert data["sweep_number"][:].tolist() == [0, 1]


def test_a_sweep_that_looks_up_is_vertical_pointing(path: Path):
    sweeps = [field_sweep(elevation=angle) for angle in (VERTICAL - 0.01, VERTICAL, 90.0)]
    cfradial.write(volume_of(bufr_field("DBZH", *sweeps)), path)
    with netCDF4.Dataset(path) as data:
        assert netCDF4.chartostring(data["sweep_mode"][:]).tolist() == [
            "azimuth_surveillance",
            "vertical_pointing",
            "vertical_pointing",
        ]


def test_flags_tell_nodata_undetect_and_values_apart(rich: Path):
    volume = rich_volume()
    with netCDF4.Dataset(rich) as data:
        for name, values in volume.fields.items():
            flag = data[f"/flags/{name}"]
            assert flag.flag_values.tolist() == [0, 1, 2]
            assert np.array_equal(flag[:] == 0, np.isnan(values))
            assert np.array_equal(flag[:] == 1, np.isneginf(values))
            assert np.array_equal(flag[:] == 2, np.isfinite(values))


def test_flags_beside_their_fields_are_read_as_older_files_have_them(rich: Path):
    with h5py.File(rich, "r+") as file:
        for name in list(file["flags"]):
            file.move(f"flags/{name}", f"{name}_flag")
        del file["flags"]
    cfradial.check_netcdf(rich)
    assert_equal_volumes(cfradial.read(rich), rich_volume())
    with h5py.File(rich, "r+") as file:
        del file["CM_flag"]
    with pytest.raises(CfRadialError, match="lacks flags of CM"):
        cfradial.check_netcdf(rich)
    with pytest.raises(CfRadialError):
        cfradial.read(rich)


def test_provenance_names_the_files_and_the_code(rich: Path):
    with netCDF4.Dataset(rich) as data:
        provenance = json.loads(data.provenance)
    assert provenance["sha256"] == DIGESTS
    assert provenance["radar_assets"]


def text(variable) -> str:
    return str(netCDF4.chartostring(variable[:]))


def test_the_time_axis_is_that_of_the_radar(rich: Path):
    with netCDF4.Dataset(rich) as data:
        seconds = data["time"][:]
        assert seconds[:8].tolist() == [1.5 + 3 * i for i in range(8)]
        assert seconds[8:].tolist() == [25 + 1.5 + 3 * i for i in range(8)]
        assert data["time"].units == "seconds since 2025-11-18T12:30:20Z"
        assert text(data["time_coverage_start"]) == "2025-11-18T12:30:20Z"
        assert text(data["time_coverage_end"]) == "2025-11-18T12:31:09Z"


def test_masks_are_kept_and_no_number_in_the_file_is_infinite_or_nan(rich: Path):
    volume = rich_volume()
    with netCDF4.Dataset(rich) as data:
        for name, values in volume.fields.items():
            assert np.array_equal(np.ma.getmaskarray(data[name][:]), ~np.isfinite(values))
        data.set_auto_mask(False)
        for variable in data.variables.values():
            if variable.dtype.kind == "f":
                assert np.isfinite(variable[:]).all(), variable.name


def test_kdp_of_another_length_is_kept(rich: Path):
    with netCDF4.Dataset(rich) as data:
        kdp = data["KDP"][:]
        assert kdp.shape == data["DBZH"].shape
        assert kdp[0].compressed().tolist() == [2002, *range(2004, 2010)]
        assert np.flatnonzero(~kdp.mask[1]).tolist() == [*range(2, 10)]


@pytest.mark.parametrize("identity", VOLUMES, ids=str)
def test_a_real_file_has_a_sound_time_axis_and_masks(samples: Path, identity, path: Path):
    volume = sample_volume(samples, identity)
    cfradial.write(volume, path)
    with netCDF4.Dataset(path) as data:
        seconds = data["time"][:]
        assert (np.diff(seconds) > 0).all()
        end = datetime.fromisoformat(text(data["time_coverage_end"]))
        assert seconds[0] > 0
        assert seconds[-1] < (end - identity.time).total_seconds()
        assert ((data["azimuth"][:] >= 0) & (data["azimuth"][:] < 360)).all()
        data.set_auto_mask(False)
        for name, values in volume.fields.items():
            stored = data[name][:]
            assert np.array_equal(stored == -9999, ~np.isfinite(values))
            assert np.isfinite(stored).all()


BREAKAGES = {
    "no azimuth": lambda data: data.renameVariable("azimuth", "theta"),
    "no flags": lambda data: data.renameGroup("flags", "flogs"),
    "no flags of a field": lambda data: data["flags"].renameVariable("DBZH", "ZDR"),
    "no identity": lambda data: data.delncattr("volume_id"),
    "foreign identity": lambda data: data.setncattr("volume_id", "KTLX"),
    "no field names": lambda data: data.delncattr("field_names"),
    "unknown field": lambda data: data.setncattr("field_names", "DBZH, NOPE"),
    "foreign time": lambda data: data["time_coverage_start"].__setitem__(0, b"x"),
    "unscanned sweeps no JSON": lambda data: data.setncattr("unscanned_sweeps", "[0.5"),
    "unscanned sweeps no text": lambda data: data.setncattr("unscanned_sweeps", 5),
    "provenance a list": lambda data: data.setncattr("provenance", "[]"),
    "no row centre": lambda data: data["azimuth"].delncattr("row_centre"),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_another_kind_of_netcdf_is_a_cfradial_error(breakage, rich: Path):
    with netCDF4.Dataset(rich, "a") as data:
        BREAKAGES[breakage](data)
    with pytest.raises(CfRadialError, match=r"volume\.nc is no CF/Radial volume"):
        cfradial.read(rich)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_cut_file_is_a_cfradial_error(share, rich: Path):
    data = rich.read_bytes()
    rich.write_bytes(data[: int(share * len(data))])
    with pytest.raises(CfRadialError):
        cfradial.read(rich)


def test_no_file_is_a_cfradial_error(path: Path):
    with pytest.raises(CfRadialError):
        cfradial.read(path)


def test_a_file_with_all_its_variables_passes_the_check(rich: Path):
    cfradial.check_netcdf(rich)


@pytest.mark.parametrize(
    ("breakage", "words"),
    [
        (lambda data: data.renameVariable("KDP", "PDK"), "lacks KDP;"),
        (lambda data: data["flags"].renameVariable("CM", "MC"), "lacks flags of CM;"),
        (lambda data: data.delncattr("field_names"), "cannot be opened"),
        (lambda data: data.setncattr("field_names", 5), "cannot be opened"),
    ],
)
def test_a_file_without_all_its_variables_fails_the_check(breakage, words, rich: Path):
    with netCDF4.Dataset(rich, "a") as data:
        breakage(data)
    with pytest.raises(CfRadialError, match=words):
        cfradial.check_netcdf(rich)


def test_a_cut_file_fails_the_check(rich: Path):
    rich.write_bytes(rich.read_bytes()[:-100])
    with pytest.raises(CfRadialError, match="cannot be opened"):
        cfradial.check_netcdf(rich)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(rich: Path, tmp_path: Path):
    before = rich.read_bytes()
    misshapen = dataclasses.replace(rich_volume(), fields={"DBZH": np.zeros((3, 5), np.float32)})
    with pytest.raises(ValueError, match=r"DBZH holds float32 \(3, 5\)"):
        cfradial.write(misshapen, rich, scratch=tmp_path / "scratch")
    with pytest.raises(ValueError, match="DBZH"):
        cfradial.write(misshapen, rich)
    assert rich.read_bytes() == before
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [rich]


def test_a_field_of_another_type_is_refused(tmp_path: Path):
    volume = rich_volume()
    doubles = {name: values.astype(np.float64) for name, values in volume.fields.items()}
    with pytest.raises(ValueError, match="holds float64"):
        cfradial.write(dataclasses.replace(volume, fields=doubles), tmp_path / "volume.nc")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("limit", [1_000, 100_000, 500_000])
def test_what_a_library_cannot_write_is_an_error_of_storage(limit, rich: Path, tmp_path: Path):
    """The first limit is met by the names and numbers, the others by the fields."""
    volume, before = rich_volume(), rich.read_bytes()
    noise = np.random.default_rng(1).normal(size=(volume.rays, 4000)).astype(np.float32)
    sweeps = tuple(dataclasses.replace(sweep, gates=4000) for sweep in volume.sweeps)
    large = dataclasses.replace(
        volume, sweeps=sweeps, fields=dict.fromkeys(("DBZH", "TH", "ZDR"), noise)
    )
    usual, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises((StorageError, OSError)) as reported:
            cfradial.write(large, rich)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (usual, hard))
    assert advice(reported.value).code in ("RA601", "RA690")
    assert rich.read_bytes() == before
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [rich]


@pytest.fixture(params=["rich", "AR5", CONVECTION, TRUNCATED, DOPPLER], ids=str)
def written(request, tmp_path: Path) -> tuple[Volume, Path]:
    """A volume and its file: synthetic ones and the real ones."""
    volume = (
        SYNTHETIC[request.param]()
        if request.param in SYNTHETIC
        else sample_volume(request.getfixturevalue("samples"), request.param)
    )
    cfradial.write(volume, tmp_path / "volume.nc")
    return volume, tmp_path / "volume.nc"


def test_pyart_reads_equal_arrays_masks_and_times(written):
    from pyart.io import read_cfradial

    volume, path = written
    radar = read_cfradial(str(path))
    assert (radar.nrays, radar.ngates, radar.nsweeps) == (
        volume.rays,
        volume.gates,
        len(volume.sweeps),
    )
    assert radar.fixed_angle["data"].tolist() == pytest.approx(
        [sweep.elevation for sweep in volume.sweeps]
    )
    assert radar.fields.keys() == volume.fields.keys()
    for name, values in volume.fields.items():
        found = radar.fields[name]["data"]
        is_valid = np.isfinite(values)
        assert np.array_equal(np.ma.getmaskarray(found), ~is_valid)
        assert np.array_equal(found.data[is_valid], values[is_valid])
    assert radar.time["units"] == f"seconds since {volume.start:%Y-%m-%dT%H:%M:%SZ}"
    np.testing.assert_array_equal(radar.time["data"], volume.ray_seconds())
    np.testing.assert_array_equal(radar.azimuth["data"], volume.azimuths().astype(np.float32))
    np.testing.assert_array_equal(radar.range["data"], volume.ranges())


def test_xradar_reads_equal_arrays_masks_and_times(written):
    from xradar.io import open_cfradial1_datatree

    volume, path = written
    start = np.datetime64(volume.start.replace(tzinfo=None), "ns")
    with open_cfradial1_datatree(path) as tree:
        for index, sweep in enumerate(volume.sweeps):
            found = tree[f"sweep_{index}"]
            rows = volume.sweep_slice(index)
            order = np.argsort(volume.azimuths()[rows])
            seconds = volume.ray_seconds()[rows][order]
            passed = (found["time"].values - start) / np.timedelta64(1, "s")
            np.testing.assert_allclose(passed, seconds, rtol=0, atol=1e-6)
            assert float(found["sweep_fixed_angle"]) == pytest.approx(sweep.elevation)
            with_gates = {name for name, item in found.data_vars.items() if item.ndim > 1}
            assert with_gates == volume.fields.keys()
            for name, values in volume.fields.items():
                wanted = np.where(np.isfinite(values), values, np.float32(np.nan))[rows][order]
                np.testing.assert_array_equal(found[name].values, wanted, err_msg=name)


def test_xradar_writes_what_it_read(written, tmp_path: Path):
    """Its writer finds the sweep of a ray by the time, which must be no other's."""
    from xradar.io import open_cfradial1_datatree, to_cfradial1

    volume, path = written
    with open_cfradial1_datatree(path) as tree:
        to_cfradial1(tree.load(), tmp_path / "again.nc")
        with open_cfradial1_datatree(tmp_path / "again.nc") as again:
            for index in range(len(volume.sweeps)):
                one, other = tree[f"sweep_{index}"], again[f"sweep_{index}"]
                apart = np.abs(one["time"].values - other["time"].values)
                assert apart.max() <= np.timedelta64(1, "us")
                assert float(one["sweep_fixed_angle"]) == float(other["sweep_fixed_angle"])
                for name in volume.fields:
                    np.testing.assert_array_equal(one[name].values, other[name].values)


def test_a_writer_of_odim_finds_the_fields_alone(rich: Path, tmp_path: Path):
    from xradar.io import open_cfradial1_datatree, to_odim

    with open_cfradial1_datatree(rich) as tree:
        to_odim(tree.load(), tmp_path / "volume.h5", source="WMO:0,NOD:arRMA11")
    with h5py.File(tmp_path / "volume.h5") as file:
        for sweep in ("dataset1", "dataset2"):
            data = [item for name, item in file[sweep].items() if name.startswith("data")]
            quantities = {item["what"].attrs["quantity"].decode() for item in data}
            assert quantities == {"CM", "DBZH", "KDP"}
