"""Small BUFR files of one volume: ragged sweeps, every kind of gate, a KDP that is shorter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from radar_assets.radar.bufr import NODATA, UNDETECT, Field, encode
from radar_assets.radar.volume import Volume
from radar_assets.settings import load_network
from radar_assets.stages.building import build_volume, read_parts
from radar_assets_tests.bare import enter
from radar_assets_tests.fields import bufr_field, bufr_name, climbing, ramp


def small_fields() -> list[Field]:
    """Reflectivity and velocity of two sweeps of 36 rays, of 20 and 12 gates, and one not scanned.

    KDP has eight gates fewer.
    """
    first, second, silent = ramp(36, 20) / 1000, ramp(36, 12) / 1000, np.full((36, 9), NODATA)
    first[1, 2:5], first[2, 3], second[:, 4], second[5] = UNDETECT, NODATA, UNDETECT, NODATA
    sweeps = climbing(first, second, silent, first_azimuth=100.0)
    short = climbing(first[:, 4:16], second[:, 4:8], silent[:, :1], first_azimuth=100.0)
    return [
        bufr_field("DBZH", *sweeps),
        bufr_field("KDP", *short),
        bufr_field("TH", *sweeps),
        bufr_field("VRAD", *sweeps),
    ]


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """BUFR files of a volume, in the folder where the test runs."""
    enter(monkeypatch, tmp_path)
    for field in small_fields():
        (tmp_path / str(bufr_name(field))).write_bytes(encode(field))
    return sorted(tmp_path.glob("*.BUFR"))


@pytest.fixture
def volume(paths: list[Path]) -> Volume:
    """The volume that the platform makes of these files."""
    return build_volume(load_network(), read_parts(paths))
