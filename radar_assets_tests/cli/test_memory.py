"""Where memory runs out: one line with a code of its own, and nothing half-written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from radar_assets.errors import CfRadialError, StorageError
from radar_assets.errors.advice import MEMORY, SYSTEM, advice, full_text
from radar_assets.radar.bufr import encode
from radar_assets_tests.defs.platforms import RADAR, at
from radar_assets_tests.fields import bufr_field, bufr_name, field_sweep

LIMITED = """
import resource, sys
from importlib import import_module
for name in ("netCDF4", "h5py", "scipy.ndimage", "rasterio", "radar_assets.radar.cfradial",
             "radar_assets.radar.inspection", "radar_assets.stages.building", *sys.argv[2].split()):
    import_module(name)
from radar_assets.cli import app
(used,) = (int(line.split()[1]) << 10 for line in open("/proc/self/status") if "VmSize" in line)
resource.setrlimit(resource.RLIMIT_AS, (used + (int(sys.argv[1]) << 20),) * 2)
app(sys.argv[3:])
"""


def call_with(megabytes: int, *arguments: object, modules: str = "") -> subprocess.CompletedProcess:
    """Run the command in a process that gets only so much memory beyond what its code takes."""
    return subprocess.run(
        [sys.executable, "-c", LIMITED, str(megabytes), modules, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def write_large(folder: Path, time: str = "12:30:20") -> Path:
    """A file of one small size on disk and 90 MB of values in memory."""
    values = np.full((360, 4000), 20.0, np.float32)
    sweeps = [field_sweep(values, start=at(time), elevation=0.5 + i) for i in range(8)]
    field = bufr_field("DBZH", *sweeps, radar=RADAR, time=at(time))
    path = folder / str(bufr_name(field))
    path.write_bytes(encode(field))
    return path


@pytest.mark.parametrize("megabytes", [8, 24])
def test_a_volume_that_memory_does_not_hold_is_one_line(tmp_path: Path, megabytes: int) -> None:
    file = write_large(tmp_path)
    for command in (("inspect", file), ("volume", file, "-o", tmp_path / "v.nc")):
        done = call_with(megabytes, *command)
        assert (done.returncode, done.stdout) == (1, ""), done.stderr
        assert done.stderr.startswith("error: ")
        assert "RA691" in done.stderr
        assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        np.exceptions.AxisError("out of memory"),
        OSError(12, "Cannot allocate memory"),
        OSError("Unable to synchronously open object (memory allocation failed)"),
        RuntimeError("can't start new thread"),
    ],
    ids=repr,
)
def test_libraries_say_it_in_their_own_words(error: Exception) -> None:
    assert advice(error) is MEMORY
    assert "RA691" in full_text(error)
    wrapped = CfRadialError("cannot be read")
    wrapped.__cause__ = error
    assert advice(wrapped) is MEMORY


def test_other_errors_are_not_taken_for_it() -> None:
    assert advice(OSError(13, "Permission denied")) is SYSTEM
    assert advice(StorageError("out of memory, says its name")).code == "RA601"
