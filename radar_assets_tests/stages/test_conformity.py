"""Files against the network file: a sentence for each difference, none where they agree."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from radar_assets.errors import FieldMismatch
from radar_assets.radar import cfradial
from radar_assets.radar.bufr import NODATA, UNDETECT, encode
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.radar.volume import Volume
from radar_assets.settings import Network, load_network
from radar_assets.simulator.scan import SCANS, Site, scan_volume
from radar_assets.simulator.storms import Weather
from radar_assets.stages.building import Parts, build_volume, read_parts
from radar_assets.stages.building.conformity import check_site, differences
from radar_assets_tests.fields import (
    START,
    bufr_field,
    bufr_name,
    climbing,
    field_sweep,
    ramp,
    volume_of,
)
from radar_assets_tests.samples import NAMES, VOLUMES, sample_path

PLACE = {"latitude": -27.5026, "longitude": -64.90575, "altitude": 313.0}
PLAN = {"sweeps": 2, "rays": 12, "gates": 20, "gate_size": 360}
SITE = "RMA11 is at -27.50260, -64.90575, 313 m by its files, at "


def network(place: dict[str, float] | None = None, **plan: object) -> Network:
    """A network that says where RMA11 stands, and what volume 0315_01 is."""
    return Network.model_validate(
        {
            "sources": {"server": {"url": "folder"}},
            "radars": {"RMA11": {"sources": ["server"], **PLACE, **(place or {})}},
            "strategies": {"0315": {"01": plan}},
        }
    )


def two_sweeps(*names: str, **changes: object) -> Volume:
    fields = [bufr_field(name, *climbing(ramp(), ramp()), **changes) for name in names or ("DBZH",)]
    return volume_of(*fields)


def test_a_volume_that_is_as_planned_differs_in_nothing() -> None:
    assert differences(two_sweeps(), network(**PLAN)) == ()


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"sweeps": 3}, "2 sweeps by its files, 3 by the network file"),
        ({"rays": 360}, "12 rays in a sweep by its files, 360 by the network file"),
        ({"gates": 653}, "20 gates in its longest sweep by its files, 653 by the network file"),
        ({"gate_size": 450}, "360 metres in a gate by its files, 450 by the network file"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_another_geometry_than_planned_is_reported(plan: dict[str, float], said: str) -> None:
    found = differences(two_sweeps(), network(**{**PLAN, **plan}))
    assert found == (f"0315_01 has {said}",)


def test_all_differences_are_reported() -> None:
    plan = {"sweeps": 3, "rays": 360, "gates": 653, "gate_size": 450}
    assert len(differences(two_sweeps(), network({"latitude": -27.6}, **plan))) == 5


def test_what_the_network_does_not_say_is_not_compared() -> None:
    assert differences(two_sweeps(), network()) == ()
    elsewhere = two_sweeps(radar="RMA9")
    assert differences(elsewhere, network()) == ()


@pytest.mark.parametrize("rays", [11, 13])
def test_one_sweep_of_other_rays_is_reported(rays: int) -> None:
    volume = volume_of(bufr_field("DBZH", *climbing(ramp(), ramp(rays))))
    (found,) = differences(volume, network(**PLAN))
    assert found.startswith(f"0315_01 has {rays} rays in a sweep")


def test_sweeps_get_shorter_upwards_and_the_last_may_not_be_radiated() -> None:
    silent = np.full((12, 7), NODATA, np.float32)
    volume = volume_of(bufr_field("DBZH", *climbing(ramp(), ramp(12, 9), silent)))
    assert len(volume.sweeps) == 2
    assert differences(volume, network(**{**PLAN, "sweeps": 3})) == ()


def test_the_gates_of_kdp_count_where_it_is_alone_no_more_than_beside_others() -> None:
    short = bufr_field("KDP", field_sweep(ramp(12, 14), first_gate=2850))
    for fields in ([short], [bufr_field("DBZH"), short]):
        assert differences(volume_of(*fields), network(**{**PLAN, "sweeps": 1})) == ()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"latitude": -27.5035}, None),
        ({"latitude": -27.5037}, "-27.50370, -64.90575, 313 m"),
        ({"longitude": -64.9068}, "-27.50260, -64.90680, 313 m"),
        ({"altitude": 363.0}, None),
        ({"altitude": 262.0}, "-27.50260, -64.90575, 262 m"),
        ({"altitude": None}, None),
        ({"altitude": None, "latitude": -27.6}, "-27.60000, -64.90575"),
    ],
    ids=str,
)
def test_a_place_beside_the_networks_is_reported(place: dict[str, float], said: str | None) -> None:
    wanted = (f"{SITE}{said} by the network file",) if said else ()
    assert differences(two_sweeps(), network(place)) == wanted


def test_an_altitude_that_is_not_filled_in_is_not_compared(tmp_path: Path) -> None:

    field = bufr_field(altitude=0.0)
    path = tmp_path / str(bufr_name(field))
    path.write_bytes(encode(field))
    assert differences(build_volume(network(), read_parts([path])), network()) == ()


@pytest.mark.parametrize(
    ("latitude", "is_refused"), [(-27.4027, False), (-27.4025, True), (-27.7, True)]
)
def test_a_file_from_elsewhere_is_another_radars(latitude: float, is_refused: bool) -> None:
    field = bufr_field(latitude=latitude)
    if not is_refused:
        check_site(bufr_name(field), field, network())
        return
    with pytest.raises(FieldMismatch) as caught:
        check_site(bufr_name(field), field, network())
    assert str(caught.value) == (
        f"{bufr_name(field)} was measured at {latitude:.5f}, -64.90575, 313 m, but RMA11 is at "
        "-27.50260, -64.90575, 313 m by the network file: one of them is another radar's"
    )


def test_a_radar_that_the_network_does_not_know_may_stand_anywhere() -> None:
    field = bufr_field(radar="RMA9")
    check_site(bufr_name(field), field, network())


def velocities(*fastest: float, limits: tuple[float, ...]) -> Volume:
    sweeps = [np.full((12, 20), -speed, np.float32) for speed in fastest]
    for values in sweeps:
        values[0, :3] = NODATA, UNDETECT, np.nan
    return volume_of(bufr_field("VRAD", *climbing(*sweeps)), nyquist_velocity=limits)


@pytest.mark.parametrize(
    ("fastest", "limits", "said"),
    [
        ((33.13, 0), (33.13,), None),
        ((33.3, 0), (33.13,), None),
        ((0, 33.5), (33.13,), "33.50 m/s at 1.53 degrees, beyond the Nyquist velocity of 33.13"),
        ((4.4, 8.2), (4.42, 8.28), None),
        ((8.2, 8.2), (4.42, 8.28), "8.20 m/s at 0.53 degrees, beyond the Nyquist velocity of 4.42"),
        ((99, 99), (), None),
    ],
)
def test_a_velocity_that_cannot_be_measured_is_reported(
    fastest: tuple[float, float], limits: tuple[float, ...], said: str | None
) -> None:
    found = differences(velocities(*fastest, limits=limits), network())
    assert found == ((f"VRAD reaches {said} m/s in the network file",) if said else ())


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (10, None),
        (-10, None),
        (11, "its first sweep began at 2025-11-18T12:41:20Z, "),
        (-11, "its first sweep began at 2025-11-18T12:19:20Z, "),
    ],
)
def test_a_volume_that_was_measured_at_another_time_is_noted(
    minutes: int, said: str | None
) -> None:
    start = START + timedelta(minutes=minutes)
    found = differences(volume_of(bufr_field("DBZH", field_sweep(start=start))), network())
    assert found == ((f"{said}the time in its name is 2025-11-18T12:30:20Z",) if said else ())


def test_a_volume_read_back_differs_as_it_did(tmp_path: Path) -> None:
    volume = velocities(40, 50, limits=(33.13,))
    cfradial.write(volume, tmp_path / "volume.nc")
    said = network({"latitude": -27.51, "altitude": 400.0}, sweeps=3)
    found = differences(volume, said)
    assert len(found) == 3
    assert differences(cfradial.read(tmp_path / "volume.nc"), said) == found


@pytest.mark.parametrize("identity", VOLUMES, ids=str)
def test_real_volumes_are_what_the_packaged_network_says(samples: Path, identity: VolumeId) -> None:
    packaged = load_network()
    known = packaged.strategy(identity.strategy, identity.volume)
    assert known
    assert None not in (known.sweeps, known.rays, known.gates, known.gate_size)
    names = [name for name in NAMES if name.id == identity]
    for chosen in (names, *([name] for name in names)):
        parts = read_parts(sample_path(samples, name) for name in chosen)
        assert differences(build_volume(packaged, parts), packaged) == ()


@pytest.mark.parametrize("scan", SCANS.values(), ids=lambda scan: scan.volume)
def test_simulated_volumes_are_what_the_packaged_network_says(scan) -> None:
    packaged = load_network()
    radar = packaged.radars["RMA2"]
    site = Site("RMA2", radar.latitude, radar.longitude, radar.altitude or 0.0)
    thin = dataclasses.replace(scan, fields=scan.fields[:1])
    identity = VolumeId("RMA2", scan.strategy, scan.volume, START)
    fields = scan_volume(site, thin, START, Weather())
    parts = {BufrName(identity, name): field for name, field in fields.items()}

    made = build_volume(packaged, Parts(fields=parts))
    assert made.nyquist_velocity or scan.volume == "01"
    assert differences(made, packaged) == ()
