import dataclasses
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar_assets.errors import FieldMismatch
from radar_assets.radar.assembly import Positions, assemble, plan
from radar_assets.radar.bufr import NODATA, UNDETECT, encode, read
from radar_assets.radar.fields import FIELDS
from radar_assets.radar.kdp import REMASKED
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
from radar_assets_tests.samples import (
    CONVECTION,
    DOPPLER,
    NAMES,
    TRUNCATED,
    VOLUMES,
    sample_field,
    sample_volume,
)


def gate_numbers(values):
    """Which of its own gates a ramp shows along its first ray; -1 where it shows none."""
    row = values[0] % 1000
    return np.where(np.isnan(row), -1, row).astype(int).tolist()


@given(st.integers(0, 359))
def test_rays_are_rolled_to_the_order_in_which_they_were_radiated(azimuth):
    values = volume_of(
        bufr_field("DBZH", field_sweep(ramp(360, 1), first_azimuth=float(azimuth)))
    ).fields["DBZH"]
    rows = [(azimuth + k) % 360 for k in range(360)]
    assert (values[:, 0] // 1000).tolist() == rows


def test_every_sweep_is_rolled_by_its_own_azimuth():
    sweeps = (
        field_sweep(ramp(4, 2), first_azimuth=90.0),
        field_sweep(ramp(3, 2), start=START + timedelta(seconds=25), first_azimuth=359.0),
    )
    volume = volume_of(bufr_field("DBZH", *sweeps))
    assert [sweep.first_ray for sweep in volume.sweeps] == [1, 2]
    assert (volume.fields["DBZH"][:, 0] // 1000).tolist() == [1, 2, 3, 0, 2, 0, 1]


def test_ragged_sweeps_are_padded_with_nodata():
    volume = volume_of(bufr_field("DBZH", *climbing(ramp(3, 5), ramp(2, 8), ramp(4, 1))))
    assert [sweep.gates for sweep in volume.sweeps] == [5, 8, 1]
    values = volume.fields["DBZH"]
    assert values.shape == (3 + 2 + 4, 8)
    assert (np.isnan(values).sum(axis=1) == [3, 3, 3, 0, 0, 7, 7, 7, 7]).all()
    for index, (rays, gates) in enumerate([(3, 5), (2, 8), (4, 1)]):
        np.testing.assert_array_equal(volume.sweep_values("DBZH", index), ramp(rays, gates))


def test_nodata_and_nan_become_nan_and_undetect_minus_infinity():
    coded = np.array([[NODATA, np.nan, UNDETECT, 12.5]], np.float32)
    values = volume_of(bufr_field("VRAD", field_sweep(coded))).fields["VRAD"]
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, [[np.nan, np.nan, -np.inf, 12.5]])


def test_sweeps_never_radiated_are_left_out_and_listed():
    silent = np.full((4, 6), NODATA)
    volume = volume_of(bufr_field("DBZH", *climbing(ramp(4, 6), silent, ramp(4, 5), silent)))
    assert [sweep.elevation for sweep in volume.sweeps] == [0.53, 2.53]
    assert volume.unscanned == (1.53, 3.53)
    assert volume.rays == 8
    assert not np.isnan(volume.sweep_values("DBZH", 1)).any()


def test_a_sweep_without_any_echo_was_radiated():
    volume = volume_of(bufr_field("DBZH", field_sweep(np.full((4, 6), UNDETECT))))
    assert volume.unscanned == ()
    assert np.isneginf(volume.fields["DBZH"]).all()


def test_a_volume_of_which_nothing_was_radiated_is_refused():
    with pytest.raises(FieldMismatch, match="no sweep was radiated"):
        volume_of(bufr_field("DBZH", field_sweep(np.full((4, 6), NODATA))))


@pytest.mark.parametrize("coded_offset", [1770, 4770, 0])
@pytest.mark.parametrize(
    ("gates", "before", "behind"),
    [(20, 0, 0), (18, 1, 1), (16, 2, 2), (17, 1, 2), (15, 2, 3)],
)
def test_kdp_is_centred_on_the_leader_whatever_its_offset(gates, before, behind, coded_offset):
    kdp = bufr_field("KDP", field_sweep(ramp(12, gates), first_gate=coded_offset))
    volume = volume_of(bufr_field("DBZH"), kdp)
    assert gate_numbers(volume.fields["KDP"]) == [-1] * before + [*range(gates)] + [-1] * behind
    assert gate_numbers(volume.fields["DBZH"]) == [*range(20)]


def test_kdp_is_centred_on_each_sweep_of_a_ragged_volume():
    reference = bufr_field("DBZH", *climbing(ramp(4, 12), ramp(4, 8)))
    kdp = bufr_field("KDP", *climbing(ramp(4, 8), ramp(4, 4)))
    values = volume_of(reference, kdp).fields["KDP"]
    assert gate_numbers(values) == [-1, -1, *range(8), -1, -1]
    assert gate_numbers(values[4:]) == [-1, -1, *range(4)] + [-1] * 6


def test_kdp_alone_is_where_its_offset_says():
    volume = volume_of(bufr_field("KDP", field_sweep(first_gate=4770)))
    assert volume.first_gate == 4770.0
    assert gate_numbers(volume.fields["KDP"]) == [*range(20)]


ALL = [*range(20)]


@pytest.mark.parametrize(
    ("first_gate", "gate_size", "expected", "of_leader"),
    [
        (1770 - 3 * 360, 360, [*ALL, -1, -1, -1], [-1, -1, -1, *ALL]),
        (1770 + 2 * 360, 360, [-1, -1, *ALL], [*ALL, -1, -1]),
        (1770, 720, [i // 2 for i in range(40)], [*ALL] + [-1] * 20),
        (1770, 180, [1, 3, 5, 7, 9, 11, 13, 15, 17, 19] + [-1] * 10, ALL),
        (1770 + 100 * 360, 360, [-1] * 100 + ALL, ALL + [-1] * 100),
        (1770 - 100, 360, [*ALL, -1], [*ALL, -1]),
    ],
    ids=["early", "late", "longer gates", "shorter gates", "far behind", "early by part of a gate"],
)
def test_the_grid_spans_all_fields_which_are_registered_by_distance(
    first_gate, gate_size, expected, of_leader
):
    other = bufr_field("ZDR", field_sweep(first_gate=first_gate, gate_size=gate_size))
    volume = volume_of(bufr_field("DBZH"), other)
    assert volume.first_gate == min(1770, first_gate)
    assert volume.gate_size == 360
    assert gate_numbers(volume.fields["ZDR"]) == expected
    assert gate_numbers(volume.fields["DBZH"]) == of_leader


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 100))
def test_every_gate_of_the_leaders_size_is_kept_wherever_a_field_starts(tens, others, size):
    reference = bufr_field("DBZH", field_sweep(first_gate=10 * tens, gate_size=10 * size))
    other = bufr_field("ZDR", field_sweep(first_gate=10 * others, gate_size=10 * size))
    for values in volume_of(reference, other).fields.values():
        assert [gate for gate in gate_numbers(values) if gate >= 0] == ALL


def test_the_gate_size_is_that_of_the_leaders_longest_range():
    near, far = field_sweep(ramp(4, 30), first_gate=1000, gate_size=100), field_sweep(ramp(4, 12))
    volume = volume_of(bufr_field("DBZH", near, far))
    assert (volume.first_gate, volume.gate_size, volume.gates) == (1000.0, 360.0, 15)
    assert [sweep.gates for sweep in volume.sweeps] == [9, 15]


def test_a_sweep_is_as_long_as_its_longest_field():
    reference = bufr_field("DBZH", *climbing(ramp(4, 12), ramp(4, 8)))
    longer = bufr_field("ZDR", *climbing(ramp(4, 10), ramp(4, 11)))
    volume = volume_of(reference, longer)
    assert [sweep.gates for sweep in volume.sweeps] == [12, 11]
    assert gate_numbers(volume.sweep_values("ZDR", 1)) == [*range(11)]


def test_the_ranges_of_kdp_do_not_count():
    kdp = bufr_field("KDP", field_sweep(ramp(12, 30), first_gate=0))
    volume = volume_of(bufr_field("DBZH"), kdp)
    assert (volume.first_gate, volume.gates) == (1770.0, 20)
    assert gate_numbers(volume.fields["KDP"]) == [*range(5, 25)]


@pytest.mark.parametrize(("rays", "rows"), [(6, [0, 0, 1, 1, 2, 2]), (24, [0, 2, 4, 6, 8, 10])])
def test_a_field_with_other_rays_shows_those_that_point_the_same_way(rays, rows):
    other = bufr_field("ZDR", field_sweep(ramp(rays, 20)))
    values = volume_of(bufr_field("DBZH"), other).fields["ZDR"]
    assert values.shape == (12, 20)
    assert (values[:6, 0] // 1000).tolist() == rows


def test_a_sweep_that_a_field_lacks_is_nodata_there():
    reference = bufr_field("DBZH", *climbing(ramp(), ramp(), ramp()))
    first, _, third = climbing(ramp(), ramp(), ramp())
    volume = volume_of(reference, bufr_field("ZDR", first, third))
    assert np.isnan(volume.sweep_values("ZDR", 1)).all()
    for index in (0, 2):
        np.testing.assert_array_equal(volume.sweep_values("ZDR", index), ramp())


def late(field, **delay):
    """A field whose sweeps start later than those of the others."""
    sweeps = [dataclasses.replace(s, start=s.start + timedelta(**delay)) for s in field.sweeps]
    return dataclasses.replace(field, sweeps=tuple(sweeps))


@pytest.mark.parametrize("seconds", [-5, -1, 1, 5])
def test_sweeps_that_start_within_seconds_are_one(seconds):
    dbzh, zdr = (bufr_field(name, *climbing(ramp(), ramp())) for name in ("DBZH", "ZDR"))
    volume = volume_of(dbzh, late(zdr, seconds=seconds))
    np.testing.assert_array_equal(volume.fields["ZDR"], volume.fields["DBZH"])


def test_sweeps_of_one_elevation_are_distinguished_by_the_nearest_start():
    def twice(name):
        seconds = (0, 3)
        sweeps = [
            field_sweep(ramp() + 1e5 * i, start=START + timedelta(seconds=s))
            for i, s in enumerate(seconds)
        ]
        return bufr_field(name, *sweeps)

    zdr = late(twice("ZDR"), seconds=1)
    both = volume_of(twice("DBZH"), zdr)
    np.testing.assert_array_equal(both.fields["ZDR"], both.fields["DBZH"])
    second = volume_of(twice("DBZH"), dataclasses.replace(zdr, sweeps=zdr.sweeps[1:]))
    assert np.isnan(second.sweep_values("ZDR", 0)).all()
    np.testing.assert_array_equal(second.sweep_values("ZDR", 1), second.sweep_values("DBZH", 1))


def test_a_sweep_of_a_field_is_used_once():
    minute_long = [field_sweep(ramp(), start=START + timedelta(seconds=s)) for s in (0, 2)]
    volume = volume_of(bufr_field("DBZH", *minute_long), bufr_field("ZDR"))
    assert volume.unmeasured("ZDR") == (0.53,)
    assert np.isnan(volume.sweep_values("ZDR", 1)).all()


def test_a_sweep_that_starts_much_later_is_another():
    volume = volume_of(bufr_field("DBZH"), late(bufr_field("ZDR"), seconds=6))
    assert np.isnan(volume.fields["ZDR"]).all()


def test_a_sweep_that_any_field_measured_was_radiated():
    silent = bufr_field("DBZH", *climbing(ramp(), np.full((12, 20), NODATA)))
    volume = volume_of(silent, bufr_field("ZDR", *climbing(ramp(), ramp())))
    assert volume.unscanned == ()
    np.testing.assert_array_equal(volume.sweep_values("ZDR", 1), ramp())


def test_kdp_never_leads_another_field_and_its_surplus_sweeps_are_listed():
    kdp = bufr_field("KDP", *climbing(ramp(12, 16), ramp(12, 16)))
    volume = volume_of(bufr_field("ZDR", *climbing(ramp())), kdp)
    assert (volume.first_gate, volume.gates, len(volume.sweeps)) == (1770.0, 20, 1)
    assert gate_numbers(volume.fields["KDP"]) == [-1, -1, *range(16), -1, -1]
    assert volume.unscanned == (1.53,)


def test_the_field_with_most_sweeps_leads():
    short = bufr_field("DBZH", *climbing(ramp(4, 5)))
    long = bufr_field("ZDR", *climbing(ramp(4, 9), ramp(4, 9)))
    volume = volume_of(short, long)
    assert [sweep.gates for sweep in volume.sweeps] == [9, 9]
    assert gate_numbers(volume.fields["DBZH"]) == [*range(5), -1, -1, -1, -1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"radar": "RMA1"}, "holds data of RMA1"),
        ({"quantity": "TH"}, "holds TH"),
        ({"time": START + timedelta(seconds=121)}, "was measured at 2025-11-18T12:32:21"),
    ],
)
def test_a_misnamed_file_is_refused(changes, words):
    quantity = changes.pop("quantity", "DBZH")
    with pytest.raises(FieldMismatch, match=words):
        assemble({bufr_name(bufr_field("DBZH")): bufr_field(quantity, **changes)})


def test_files_of_two_volumes_are_refused():
    later = bufr_field("ZDR", time=START + timedelta(minutes=10))
    with pytest.raises(FieldMismatch, match="exactly one volume"):
        volume_of(bufr_field("DBZH"), later)


def test_two_files_of_one_field_are_refused():
    field = bufr_field("DBZH")
    name = bufr_name(field)
    with pytest.raises(FieldMismatch, match=r"one file of each field, not .*BUFR, .*BUFR\.gz"):
        assemble({name: field, dataclasses.replace(name, gzipped=True): field})


def test_a_field_that_reaches_farther_than_any_radar_is_refused():
    volume_of(bufr_field("DBZH", field_sweep(first_gate=992_800)))
    with pytest.raises(FieldMismatch, match=r"DBZH.* reaches 1000 km"):
        volume_of(bufr_field("DBZH", field_sweep(first_gate=992_810)))


def test_a_volume_of_more_gates_than_memory_holds_is_refused():
    """Small files suffice: many short rays, and one long one that all have to be padded to."""
    short = [field_sweep(ramp(2000, 1), elevation=1 + i / 10, gate_size=100) for i in range(250)]
    long = field_sweep(ramp(1, 4000), gate_size=100)
    with pytest.raises(FieldMismatch, match=r"2000004000 gates, more than \d+"):
        volume_of(bufr_field("DBZH", *short, long))


def test_no_files_are_no_volume():
    with pytest.raises(FieldMismatch, match="not of none"):
        assemble({})


def test_files_of_two_places_are_refused():
    with pytest.raises(FieldMismatch, match="different sites"):
        volume_of(bufr_field("DBZH"), bufr_field("ZDR", latitude=-31.0))


def test_a_sweep_of_unknown_duration_has_the_time_of_the_name():
    minute = START.replace(second=0)
    field = bufr_field("DBZH", field_sweep(start=minute, end=minute), radar="AR5", time=minute)
    name = bufr_name(bufr_field("DBZH", radar="AR5", time=minute + timedelta(seconds=46)))
    volume = assemble({name: field})
    assert volume.start == minute + timedelta(seconds=46)
    assert volume.end == volume.start + timedelta(seconds=30)
    assert volume.sweeps[0].is_estimated
    assert (np.diff(volume.ray_seconds()) > 0).all()


@pytest.mark.parametrize(
    ("coded", "given_altitude", "altitude"),
    [(313.0, 327.0, 313.0), (0.0, 100.0, 100.0), (0.0, None, 0.0)],
)
def test_the_altitude_is_the_coded_one_unless_it_is_not_filled_in(coded, given_altitude, altitude):
    volume = volume_of(bufr_field(altitude=coded), altitude=given_altitude)
    assert volume.site.altitude == altitude


@pytest.mark.parametrize(
    ("velocities", "expected"),
    [((33.1,), (33.1, 33.1)), ((4.4, 6.6, 8.8), (4.4, 8.8)), ((4.4, 6.6), ()), ((), ())],
    ids=["one for all", "one per planned sweep", "too few", "none"],
)
def test_nyquist_velocities_are_those_of_the_sweeps_radiated(velocities, expected):
    silent = np.full((4, 6), NODATA)
    field = bufr_field("VRAD", *climbing(ramp(4, 6), silent, ramp(4, 6)))
    assert volume_of(field, nyquist_velocity=velocities).nyquist_velocity == expected


def test_coded_positions_can_be_read_as_centres():
    positions = Positions(row_centre=0.0, offset_in_gate=0.5)
    volume = volume_of(bufr_field("DBZH", field_sweep(ramp(4, 3))), positions=positions)
    assert volume.azimuths().tolist() == [0, 90, 180, 270]
    assert volume.ranges().tolist() == [1770, 2130, 2490]


def test_digests_are_kept_as_provenance():
    digests = {"RMA11_0315_01_DBZH_20251118T123020Z.BUFR": "ab" * 32}
    assert volume_of(bufr_field(), digests=digests).sources == digests


def test_every_known_field_can_be_assembled_alone():
    for quantity in FIELDS:
        assert gate_numbers(volume_of(bufr_field(quantity)).fields[quantity]) == [*range(20)]


def test_the_truncated_volume_has_13_of_15_sweeps_and_its_kdp(samples: Path):
    volume = sample_volume(samples, TRUNCATED)
    assert [sweep.gates for sweep in volume.sweeps] == [653] * 7 + [487, 465, 367, 298, 242, 187]
    assert volume.unscanned == (19.78, 29.71)
    assert sorted(volume.fields) == ["DBZH", "KDP", "ZDR"]
    dbzh, kdp = volume.fields["DBZH"], volume.fields["KDP"]
    assert np.isfinite(dbzh).sum() == 330506
    assert dbzh[np.isfinite(dbzh)].max() == pytest.approx(50.085, abs=5e-4)
    assert np.isfinite(kdp).sum() == 11860


@pytest.mark.parametrize("identity", VOLUMES, ids=str)
def test_every_gate_measured_in_a_real_volume_is_kept(samples: Path, identity):
    """But for KDP whose values lie where there is no phase: test_kdp.py counts these."""
    volume = sample_volume(samples, identity)
    assert volume.registration.keys() == ({"KDP"} if identity == CONVECTION else set())
    for name in (name for name in NAMES if name.id == identity):
        if name.field in volume.registration:
            continue
        coded = np.concatenate([s.values.ravel() for s in sample_field(samples, name).sweeps])
        placed = volume.fields[name.field]
        assert np.isneginf(placed).sum() == np.isneginf(coded).sum()
        np.testing.assert_array_equal(
            np.sort(placed[np.isfinite(placed)]), np.sort(coded[np.isfinite(coded)])
        )
        assert not np.isposinf(placed).any()


@pytest.mark.parametrize("identity", [CONVECTION, DOPPLER], ids=str)
def test_real_rays_that_were_not_radiated_lie_at_the_seam_of_their_sweep(samples: Path, identity):
    volume = sample_volume(samples, identity)
    values = volume.fields[next(iter(volume.fields))]
    for index, sweep in enumerate(volume.sweeps):
        gaps = np.flatnonzero(np.isnan(values[volume.sweep_slice(index)]).all(axis=1))
        assert all(min(gap, sweep.rays - 1 - gap) <= 6 for gap in gaps)


def test_real_kdp_is_strong_where_reflectivity_is(samples: Path):
    """Registered by its middle: the best lag against reflectivity is none, not 8 gates."""
    volume = sample_volume(samples, TRUNCATED)
    echo = np.where(np.isfinite(volume.fields["DBZH"]), volume.fields["DBZH"], -20)
    has_kdp = np.isfinite(volume.fields["KDP"])
    scores = {
        lag: float(np.corrcoef(np.roll(echo, lag, axis=1).ravel(), has_kdp.ravel())[0, 1])
        for lag in (-8, -4, 0, 4, 8)
    }
    assert max(scores, key=scores.__getitem__) == 0, scores


def test_a_plan_of_packed_fields_has_the_values_of_the_volume():
    phase = np.where(np.arange(20) % 7 < 4, ramp(), UNDETECT)
    early = np.where(np.isfinite(phase[:, :12]), ramp()[:, 4:16], UNDETECT)
    silent = np.full((6, 9), NODATA)
    fields = [
        bufr_field("PHIDP", *climbing(phase, phase[:, :16], silent, first_azimuth=100.0)),
        bufr_field("KDP", *climbing(early, early[:, :8], silent[:, :1], first_azimuth=100.0)),
        bufr_field("TH", *climbing(phase, first_azimuth=100.0)),
    ]
    volume = volume_of(*fields)
    found = plan({bufr_name(field): read(encode(field)) for field in fields})
    assert volume.registration == found.bare.registration == {"KDP": REMASKED}
    assert_equal_volumes(found.volume(), volume)
    for name in volume.fields:
        for index in range(len(volume.sweeps)):
            wanted = volume.sweep_values(name, index)
            np.testing.assert_array_equal(found.values(name, index), wanted, strict=True)
