"""Quality control, held against Py-ART's filters and against brute force."""

import dataclasses

import numpy as np
import pytest

from radar_assets.radar.filters import Quality, clean
from radar_assets.radar.objects import label_sweep
from radar_assets.radar.quality.reasons import Reason
from radar_assets_tests.products.plain import NO_CONTROL
from radar_assets_tests.samples import CONVECTION, DOPPLER, TRUNCATED, sample_volume
from radar_assets_tests.volumes import constant, make_volume, noise


def random(low, high, seed, nodata=0.1, undetect=0.1):
    def formula(index, azimuth, r):
        generator = np.random.default_rng([seed, index])
        shape = np.broadcast_shapes(azimuth.shape, r.shape)
        values, kind = generator.uniform(low, high, shape), generator.random(shape)
        values[kind < nodata + undetect] = -np.inf
        values[kind < nodata] = np.nan
        return values

    return formula


@pytest.fixture(scope="module")
def volume():
    """Two sweeps of random values of every field that quality control looks at."""
    return make_volume(
        {
            "DBZH": random(-20, 60, 1, undetect=0.3),
            "RHOHV": random(0, 1, 2, nodata=0.05, undetect=0.05),
            "ZDR": random(-5, 12, 3),
            "WRAD": random(0, 8, 4),
            "CM": lambda i, azimuth, r: np.where(azimuth * r % 7 < 1, 1.0, -np.inf),
        },
        elevations=(0.5, 1.3),
        gates=[90, 70],
        first_rays=[7, 300],
    )


def quality(**changes):
    return Quality.model_validate(NO_CONTROL | {"keep_above": 90} | changes)


def removed(volume, **changes):
    return clean(volume, quality(**changes)).removed > 0


def pyart_filter(volume):
    """Py-ART's filter of the gates that have no value."""
    import pyart

    gates = pyart.filters.GateFilter(volume.to_pyart())
    gates.exclude_masked("DBZH")
    gates.exclude_invalid("DBZH")
    return gates


@pytest.mark.parametrize(
    ("changes", "field", "method", "limit"),
    [
        ({"min_reflectivity": 5}, "DBZH", "exclude_below", 5),
        ({"min_rhohv": 0.55}, "RHOHV", "exclude_below", 0.55),
        ({"max_zdr": 8.5}, "ZDR", "exclude_above", 8.5),
    ],
    ids=str,
)
def test_each_limit_is_that_of_pyart(volume, changes, field, method, limit):
    gates = pyart_filter(volume)
    echo = gates.gate_included.copy()
    # a gate at which the field was not measured passes
    getattr(gates, method)(field, limit, exclude_masked=False)
    assert 0.02 < removed(volume, **changes).mean() < 0.9
    np.testing.assert_array_equal(removed(volume, **changes), echo & gates.gate_excluded)


def test_the_limits_together_and_what_may_break_them_are_those_of_pyart(volume):
    gates = pyart_filter(volume)
    echo = gates.gate_included.copy()
    for method, field, limit in (
        ("exclude_below", "DBZH", -3),
        ("exclude_below", "RHOHV", 0.55),
        ("exclude_above", "ZDR", 8.5),
    ):
        getattr(gates, method)(field, limit, exclude_masked=False)
    gates.include_above("DBZH", 25)
    limits = {"min_reflectivity": -3, "min_rhohv": 0.55, "max_zdr": 8.5}
    found = removed(volume, **limits, keep_above=25)
    np.testing.assert_array_equal(found, echo & gates.gate_excluded)
    assert not found[volume.fields["DBZH"] > 25].any()


def test_echo_at_gates_of_the_clutter_map_is_removed_unless_it_correlates(volume):
    found = removed(volume, clutter=True, clutter_rhohv=0.85)
    dbzh, rhohv, clutter = (volume.fields[name] for name in ("DBZH", "RHOHV", "CM"))
    expected = np.isfinite(dbzh) & (clutter == 1) & ~(rhohv > 0.85)
    np.testing.assert_array_equal(found, expected)
    assert expected.any()
    strong = expected & (dbzh > 50)
    assert (
        clean(volume, quality(clutter=True, keep_above=40)).removed[strong] == Reason.CLUTTER
    ).all()


@pytest.mark.parametrize("size", [2, 10, 80])
def test_small_objects_are_those_that_pyart_despeckles(size):
    import pyart

    speckled = make_volume(
        {"DBZH": random(0, 60, 5, nodata=0.3, undetect=0.36)},
        elevations=(0.5, 1.3),
        gates=60,
        first_rays=[7, 300],
    )
    # without objects over the seam, which Py-ART does not join reliably
    speckled.fields["DBZH"][[0, 360]] = np.nan
    gates = pyart_filter(speckled)
    echo = gates.gate_included.copy()
    gates = pyart.correct.despeckle_field(
        speckled.to_pyart(), "DBZH", threshold=-100, size=size, gatefilter=gates, delta=5.0
    )
    found = removed(speckled, min_object=size)
    np.testing.assert_array_equal(found, echo & gates.gate_excluded)
    assert found.any()


def flood(mask, row, gate):
    """Gates connected to one, by walking from it; the rays close a circle."""
    rays, gates = mask.shape
    seen, todo = set(), [(row, gate)]
    while todo:
        ray, place = todo.pop()
        if (ray, place) in seen or not 0 <= place < gates or not mask[ray, place]:
            continue
        seen.add((ray, place))
        todo += [((ray + i) % rays, place + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return seen


def test_objects_are_those_that_a_walk_finds():
    volume = make_volume({"DBZH": noise(3)}, elevations=(0.5, 1.3), rays=[36, 24], gates=[20, 15])
    mask = np.isfinite(volume.fields["DBZH"])
    for index in (0, 1):
        rows = volume.sweep_slice(index)
        labels, count = label_sweep(mask[rows])
        assert (labels > 0).tolist() == mask[rows].tolist()
        assert labels.max() == count
        sizes = np.bincount(labels.ravel())
        for row, gate in np.argwhere(mask[rows])[::5]:
            object_ = flood(mask[rows], row, gate)
            number = labels[row, gate]
            assert sizes[number] == len(object_)
            assert {labels[place] for place in object_} == {number}


def test_objects_of_low_mean_correlation_are_removed():
    volume = make_volume(
        {
            "DBZH": lambda i, azimuth, r: np.where(azimuth % 90 < 45, 30.0, -np.inf) + 0 * r,
            "RHOHV": lambda i, azimuth, r: 0.5 + 0.49 * (azimuth // 90) / 3 + 0 * r,
        },
        gates=30,
    )
    found = removed(volume, min_object_rhohv=0.8)
    assert [found[ray].all() for ray in (10, 100, 190, 280)] == [True, True, False, False]
    assert found[10:40].mean() == 1


def test_an_object_without_any_correlation_measured_stays():
    volume = make_volume({"DBZH": constant(30), "RHOHV": constant(np.nan)}, gates=30)
    assert not removed(volume, min_object_rhohv=0.8, min_rhohv=0.5).any()


def test_removed_gates_are_nodata_in_every_field_and_known_as_removed(volume):
    cleaned = clean(volume, Quality())
    dbzh = volume.fields["DBZH"]
    assert cleaned.reference == "DBZH"
    gone = cleaned.removed > 0
    assert gone.any()
    assert np.isfinite(dbzh[gone]).all()
    for name, values in cleaned.fields.items():
        measured = np.isfinite(volume.fields[name])
        assert np.isnan(values[gone & measured]).all(), name
        kept = np.isfinite(dbzh) & ~gone
        np.testing.assert_array_equal(values[kept], volume.fields[name][kept])


def test_undetect_and_nodata_keep_their_meaning(volume):
    cleaned = clean(volume, Quality())
    dbzh = volume.fields["DBZH"]
    silent, absent = np.isneginf(dbzh), np.isnan(dbzh)
    assert np.isneginf(cleaned.fields["DBZH"][silent]).all()
    assert np.isnan(cleaned.fields["DBZH"][absent]).all()
    rhohv, before = cleaned.fields["RHOHV"], volume.fields["RHOHV"]
    assert not np.isfinite(rhohv[silent]).any()
    assert (np.isnan(rhohv) == np.isnan(before))[silent].all()
    np.testing.assert_array_equal(rhohv[absent], before[absent])


def test_the_volume_itself_does_not_change(volume):
    before = {name: values.copy() for name, values in volume.fields.items()}
    cleaned = clean(volume, Quality(min_object=33))
    for name, values in before.items():
        np.testing.assert_array_equal(volume.fields[name], values)
    assert (cleaned.id, cleaned.sweeps, cleaned.site) == (volume.id, volume.sweeps, volume.site)


@pytest.mark.parametrize(
    ("fields", "skipped", "reference"),
    [
        (("DBZH", "RHOHV", "ZDR", "WRAD", "CM"), {"max_width"}, "DBZH"),
        (
            ("DBZH", "ZDR"),
            {"min_rhohv", "max_width", "clutter", "min_object_rhohv"},
            "DBZH",
        ),
        (
            ("RHOHV", "WRAD"),
            {
                "interference",
                "min_reflectivity",
                "max_zdr",
                "max_width",
                "biological",
                "clutter",
            },
            "WRAD",
        ),
        (
            ("ZDR",),
            {
                "interference",
                "min_reflectivity",
                "min_rhohv",
                "max_width",
                "biological",
                "clutter",
                "min_object_rhohv",
            },
            "ZDR",
        ),
    ],
)
def test_steps_whose_field_is_missing_are_skipped_and_named(volume, fields, skipped, reference):
    part = dataclasses.replace(volume, fields={name: volume.fields[name] for name in fields})
    cleaned = clean(part, Quality())
    assert set(cleaned.skipped) == skipped
    assert cleaned.reference == reference
    assert 0 < (cleaned.removed > 0).mean() < 1


def test_what_is_computed_for_a_volume_is_forgotten_with_it():
    import gc
    import weakref

    volume = make_volume({"DBZH": noise()}, gates=9)
    assert clean(volume, Quality()) is clean(volume, Quality())
    cleaned = weakref.ref(clean(volume, Quality()))
    del volume
    gc.collect()
    assert cleaned() is None


@pytest.mark.parametrize(
    ("identity", "share"), [(CONVECTION, 0.80), (TRUNCATED, 0.89), (DOPPLER, 0.24)], ids=str
)
def test_real_volumes_lose_what_is_no_weather(samples, identity, share):
    volume = sample_volume(samples, identity)
    cleaned = clean(volume, Quality())
    echo = np.isfinite(volume.fields[cleaned.reference])
    assert (cleaned.removed > 0).sum() / echo.sum() == pytest.approx(share, abs=0.03)


def test_real_limits_are_those_of_pyart(samples):
    volume = sample_volume(samples, CONVECTION)
    gates = pyart_filter(volume)
    echo = gates.gate_included.copy()
    gates.exclude_below("RHOHV", 0.55)
    gates.exclude_above("ZDR", 8.5, exclude_masked=False)
    gates.include_above("DBZH", 25)
    found = removed(volume, min_rhohv=0.55, max_zdr=8.5, keep_above=25)
    np.testing.assert_array_equal(found, echo & gates.gate_excluded)
