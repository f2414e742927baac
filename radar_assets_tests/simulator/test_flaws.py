from __future__ import annotations

import numpy as np
import pytest

from radar_assets.radar.bufr import UNDETECT
from radar_assets.radar.geometry import ground_distance
from radar_assets.simulator.flaws import C_BAND, Flaws, Sector, flaws_of
from radar_assets.simulator.publish import Simulation
from radar_assets.simulator.scan import REFLECTIVITY_SCAN, scan_volume
from radar_assets.simulator.storms import Weather
from radar_assets_tests.simulator.sites import CORDOBA, NOON, TERMAS

SCAN = REFLECTIVITY_SCAN.coarser(4)


def scanned(flaws: Flaws = Flaws(), name: str = "DBZH", sweep: int = 0) -> np.ndarray:  # noqa: B008
    fields = scan_volume(CORDOBA, SCAN, NOON, Weather(1), flaws=flaws)
    return fields[name].sweeps[sweep].values


def test_a_sound_radar_measures_the_truth_with_noise():
    values = scanned(sweep=6)  # above the clutter
    distance = SCAN.first_gate + (np.arange(values.shape[1]) + 0.5) * SCAN.gate_size
    azimuth = np.arange(0.5, 360, dtype=np.float32)
    scene = Weather(1).scene(CORDOBA.latitude, CORDOBA.longitude, NOON + SCAN.start_of(6))
    x, y = scene.rays(azimuth, ground_distance(distance, 4.0).astype(np.float32))
    height = CORDOBA.altitude + distance * np.sin(np.radians(4.0)) + distance**2 * 5.9e-8
    truth = scene.reflectivity(x, y, height.astype(np.float32))
    echo = np.isfinite(values) & (truth > 25)
    assert echo.sum() > 100
    assert np.median(values[echo] - truth[echo]) == pytest.approx(0, abs=0.2)
    assert np.std(values[echo] - truth[echo]) == pytest.approx(1, abs=0.3)


def test_calibration_shifts_what_is_measured_and_hides_nothing():
    sound, shifted = scanned(), scanned(Flaws(calibration=2.5))
    np.testing.assert_array_equal(np.isfinite(sound), np.isfinite(shifted))
    echo = np.isfinite(sound)
    np.testing.assert_allclose(shifted[echo] - sound[echo], 2.5, atol=1e-4)


def test_rain_attenuates_what_is_behind_it_by_its_phase():
    sound, dimmed = scanned(), scanned(Flaws(attenuation=C_BAND))
    phase = scanned(name="PHIDP") - np.float32(60)
    both = np.isfinite(sound) & np.isfinite(dimmed) & np.isfinite(phase)
    lost = np.zeros_like(sound)
    lost[both] = sound[both] - dimmed[both]
    assert lost.max() > 3
    assert lost.min() >= 0
    strong = both & (lost > 1) & (np.abs(phase) < 200) & (sound > 20)
    assert strong.sum() > 100
    assert np.median(phase[strong] * C_BAND - lost[strong]) == pytest.approx(0, abs=0.1)


def test_a_blocked_sector_sees_nothing_low_and_far():
    wall = Flaws(blocked=Sector(first=350, width=20, distance=20_000, top=1.0))
    for sweep, is_low in ((0, True), (1, True), (2, False)):
        sound, blocked = (scanned(flaws, sweep=sweep) for flaws in (Flaws(), wall))
        changed = sound != blocked
        assert changed.any() == is_low
        rows, gates = np.nonzero(changed)
        assert all(row >= 350 or row < 10 for row in rows.tolist())
        assert (SCAN.first_gate + (gates + 0.5) * SCAN.gate_size > 20_000).all()
        assert (blocked[changed] == UNDETECT).all()


def test_flaws_belong_to_a_radar_and_a_seed():
    assert flaws_of("RMA1", 3) == flaws_of("RMA1", 3)
    assert len({flaws_of(radar, seed) for radar in ("RMA1", "RMA2") for seed in (0, 1)}) == 4
    drawn = [flaws_of(f"RMA{index}") for index in range(300)]
    assert np.std([flaws.calibration for flaws in drawn]) == pytest.approx(1, abs=0.15)
    assert all(flaws.blocked and 0 <= flaws.blocked.first < 360 for flaws in drawn)


def test_a_simulation_gives_every_radar_its_flaws(tmp_path):
    simulation = Simulation(tmp_path, (CORDOBA, TERMAS), coarseness=16, seed=5)
    volume = simulation.timetable.observed(NOON, NOON.replace(minute=30))[1]
    site = next(site for site in simulation.sites if site.radar == volume.radar)
    scan = next(scan for scan in (REFLECTIVITY_SCAN,) if scan.volume == volume.volume)
    expected = scan_volume(
        site, scan.coarser(16), volume.time, Weather(5), seed=5, flaws=flaws_of(site.radar, 5)
    )
    for name, field in simulation.fields(volume).items():
        for found, wanted in zip(field.sweeps, expected[name].sweeps, strict=True):
            np.testing.assert_array_equal(found.values, wanted.values)
