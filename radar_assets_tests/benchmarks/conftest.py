"""What is measured: a real volume where there are real files, else a simulated one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from radar_assets.radar.bufr import encode
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.radar.volume import Volume
from radar_assets.settings import load_network
from radar_assets.simulator.scan import REFLECTIVITY_SCAN, Site, scan_volume
from radar_assets.simulator.storms import Weather
from radar_assets.stages.building import Parts, build_volume, read_parts
from radar_assets_tests.samples import SAMPLES_VARIABLE, TRUNCATED, check_samples

FIELDS = ("DBZH", "KDP", "ZDR")
"""of the volume of 15 sweeps"""


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of radars that holds one volume: of three fields and 15 sweeps."""
    folder = os.environ.get(SAMPLES_VARIABLE)
    if folder:
        return check_samples(Path(folder).resolve()) / "L2"
    root = tmp_path_factory.mktemp("source")
    site = Site(TRUNCATED.radar, -27.5026, -64.90575, 313.0)
    measured = scan_volume(site, REFLECTIVITY_SCAN, TRUNCATED.time, Weather())
    for field in FIELDS:
        path = root / BufrName(TRUNCATED, field).remote_path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(measured[field]))
    return root


@pytest.fixture(scope="session")
def identity() -> VolumeId:
    return TRUNCATED


@pytest.fixture(scope="session")
def paths(source: Path, identity: VolumeId) -> list[Path]:
    """The BUFR files of the volume."""
    return [source / BufrName(identity, field).remote_path for field in FIELDS]


@pytest.fixture(scope="session")
def parts(paths: list[Path]) -> Parts:
    return read_parts(paths)


@pytest.fixture(scope="session")
def volume(parts: Parts) -> Volume:
    return build_volume(load_network(), parts)
