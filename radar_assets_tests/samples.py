"""The real files that tests may use; the fixture `samples` names their folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from radar_assets import files
from radar_assets.radar.assembly import assemble
from radar_assets.radar.bufr import Field, decode
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.radar.volume import Volume

SAMPLES_VARIABLE = "RADAR_SAMPLES"

CONVECTION = VolumeId.parse("RMA1_0301_02_2018-11-11T00:04:57Z")
"""three sweeps of 120 m gates, nine fields"""
TRUNCATED = VolumeId.parse("RMA11_0315_01_2025-10-20T15:28:28Z")
"""ragged sweeps, two of fifteen never radiated, a KDP with its own geometry"""
DOPPLER = VolumeId.parse("RMA11_0315_02_2025-10-20T15:24:29Z")
"""five sweeps of velocity and width"""

_FIELDS = {
    CONVECTION: ("CM", "DBZH", "KDP", "PHIDP", "RHOHV", "TH", "VRAD", "WRAD", "ZDR"),
    TRUNCATED: ("DBZH", "KDP", "ZDR"),
    DOPPLER: ("VRAD", "WRAD"),
}
VOLUMES = tuple(_FIELDS)
NAMES = tuple(BufrName(identity, field) for identity in VOLUMES for field in _FIELDS[identity])


def check_samples(folder: Path) -> Path:
    """Return `folder`; fail the test when it does not hold the real files."""
    wanted = [Path("expected.json"), *(Path("L2", name.remote_path) for name in NAMES)]
    missing = [str(path) for path in wanted if not (folder / path).is_file()]
    if missing:
        pytest.fail(f"{SAMPLES_VARIABLE} is {folder}, which lacks {', '.join(missing)}")
    return folder


def sample_path(samples: Path, name: BufrName) -> Path:
    return samples / "L2" / name.remote_path


@cache
def sample_field(samples: Path, name: BufrName) -> Field:
    return decode(sample_path(samples, name).read_bytes())


@cache
def sample_volume(samples: Path, identity: VolumeId) -> Volume:
    names = [name for name in NAMES if name.id == identity]
    return assemble(
        {name: sample_field(samples, name) for name in names},
        digests={str(name): files.sha256(sample_path(samples, name)) for name in names},
    )
