"""A shell without a platform: an empty folder, and a small BUFR file in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from radar_assets.radar.bufr import NODATA, UNDETECT, encode
from radar_assets_tests.fields import bufr_field, bufr_name, climbing

VALUES = np.array([[NODATA, UNDETECT, 30.0, 20.0]] * 4, np.float32)


def enter(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Work in a folder, with none of the platform's variables."""
    for name in ("DATA", "NETWORK", "PUBLIC_URL"):
        patch.delenv(f"RADAR_ASSETS_{name}", raising=False)
    patch.chdir(folder)


def write_bufr(folder: Path, quantity: str = "DBZH", *, radar: str = "RMA11") -> Path:
    """A BUFR file of two small sweeps, named after its content."""
    field = bufr_field(quantity, *climbing(VALUES, VALUES), radar=radar)
    path = folder / str(bufr_name(field))
    path.write_bytes(encode(field))
    return path
