"""Where the values of KDP lie, and where its undetect does."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from radar_assets.radar.bufr import NODATA, UNDETECT
from radar_assets.radar.kdp import REMASKED
from radar_assets_tests.fields import bufr_field, climbing, field_sweep, ramp, volume_of
from radar_assets_tests.samples import CONVECTION, NAMES, TRUNCATED, sample_field, sample_volume

PHASE = np.array([[0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1]] * 4, bool)
"""gates with a phase; KDP is four gates shorter, so that its values begin at the third"""


def phidp(values=None, **changes):
    coded = np.where(PHASE, ramp(4, 12), UNDETECT) if values is None else values
    return bufr_field("PHIDP", field_sweep(coded, **changes))


def kdp(mask_from, values=None, **changes):
    """A KDP that codes undetect from some gate on; its values tell where they belong."""
    truth = np.where(PHASE, ramp(4, 12), UNDETECT) if values is None else values
    mask = PHASE[:, mask_from : mask_from + 8]
    return bufr_field("KDP", field_sweep(np.where(mask, truth[:, 2:10], UNDETECT), **changes))


def codes(values):
    """The first ray in letters: - nodata, u undetect, else the gate it was measured at."""
    known = {True: "-", False: "u"}
    return [known[bool(np.isnan(v))] if not np.isfinite(v) else int(v % 1000) for v in values[0]]


@pytest.mark.parametrize("reference", ["PHIDP", "DBZH"])
def test_undetect_that_begins_at_the_first_gate_is_brought_to_its_values(reference):
    """The values of gates 2 and 9 were coded as undetect: they are lost, the others kept."""
    every = np.where(PHASE | True, ramp(4, 12), 0)
    other = dataclasses.replace(phidp(), quantity=reference)
    volume = volume_of(other, kdp(0, every))
    assert codes(volume.fields["KDP"]) == [
        "-", "-", "-", 3, 4, 5, "u", "u", "u", "-", "-", "-",
    ]  # fmt: skip
    assert volume.registration == {"KDP": REMASKED}


def test_undetect_that_lies_with_its_values_stays():
    volume = volume_of(phidp(), kdp(2))
    assert codes(volume.fields["KDP"]) == ["-", "-", 2, 3, 4, 5, "u", "u", "u", 9, "-", "-"]
    assert volume.registration == {}


@pytest.mark.parametrize(
    "fields",
    [
        [kdp(0)],
        [dataclasses.replace(phidp(), quantity="TH"), kdp(0)],
        [phidp(gate_size=180), kdp(0)],
        [bufr_field("PHIDP", field_sweep(np.full((4, 12), UNDETECT))), kdp(0)],
        [
            bufr_field("PHIDP", field_sweep(np.where(PHASE[:, :8], 1, UNDETECT).astype("f4"))),
            kdp(0),
        ],
        [bufr_field("PHIDP", field_sweep(np.where(PHASE[:3], 1, UNDETECT).astype("f4"))), kdp(0)],
    ],
    ids=["alone", "unthresholded", "other gates", "no phase", "as many gates", "other rays"],
)
def test_without_a_phase_to_compare_undetect_stays(fields):
    assert volume_of(*fields).registration == {}


def test_rays_that_were_not_radiated_stay_nodata():
    values = np.where(PHASE, ramp(4, 12), UNDETECT)
    values[1] = NODATA
    early = np.where(PHASE[:, :8], ramp(4, 12)[:, 2:10], UNDETECT)
    early[1] = NODATA
    volume = volume_of(
        bufr_field("PHIDP", field_sweep(values)), bufr_field("KDP", field_sweep(early))
    )
    assert volume.registration
    assert np.isnan(volume.fields["KDP"][1]).all()


def test_a_kdp_shorter_than_the_gates_before_it_takes_undetect_of_the_phase():
    """Its values belong to gates 4 to 7; of these the phase has the fourth and the fifth alone."""
    values = np.where(PHASE, ramp(4, 12), UNDETECT)[:, [1, 2, 3, 4, 5, 4, 0, 6, 7, 8, 9, 10]]
    short = np.where(np.isfinite(values[:, :3]), ramp(4, 12)[:, 4:7], UNDETECT)
    volume = volume_of(
        bufr_field("PHIDP", field_sweep(values)), bufr_field("KDP", field_sweep(short))
    )
    assert volume.registration
    assert codes(volume.fields["KDP"]) == [*"----", 4, 5, "u", *"-----"]


def test_one_sweep_without_its_counterpart_hinders_nothing():
    phase = bufr_field("PHIDP", *climbing(*[np.where(PHASE, ramp(4, 12), UNDETECT)] * 2))
    early = np.where(PHASE[:, :8], ramp(4, 12)[:, 2:10], UNDETECT)
    volume = volume_of(phase, bufr_field("KDP", *climbing(early)))
    assert volume.registration
    assert np.isnan(volume.sweep_values("KDP", 1)).all()


def test_no_value_of_the_real_file_of_2018_lies_where_the_phase_has_none(samples):
    """A fifth did; the values that are left are the coded ones, at the gates where they were."""
    volume = sample_volume(samples, CONVECTION)
    coded = {name.field: sample_field(samples, name) for name in NAMES if name.id == CONVECTION}
    row = kept = stray = strayed = 0
    for index, (own, phase) in enumerate(
        zip(coded["KDP"].sweeps, coded["PHIDP"].sweeps, strict=True)
    ):
        rays, gates = own.values.shape
        lag = (phase.values.shape[1] - gates) // 2
        rolled = np.roll(own.values, -volume.sweeps[index].first_ray, axis=0)
        has_phase = np.isfinite(
            np.roll(phase.values, -volume.sweeps[index].first_ray, axis=0)[:, lag : lag + gates]
        )
        found = volume.fields["KDP"][row : row + rays, lag : lag + gates]
        is_kept = np.isfinite(found)
        np.testing.assert_array_equal(found[is_kept], rolled[is_kept])
        strayed += int((np.isfinite(rolled) & ~has_phase).sum())
        stray += int((is_kept & ~has_phase).sum())
        kept += int(is_kept.sum())
        assert (np.isneginf(found) == ~has_phase)[:, : gates - lag].mean() > 0.9999
        row += rays
    assert (strayed, stray) == (59_037, 0)
    assert kept == 294_509
    assert volume.registration == {"KDP": REMASKED}


def test_the_real_file_of_2025_stays_as_it_was(samples):
    assert sample_volume(samples, TRUNCATED).registration == {}
