"""The command `export`, and what holds for every format: whole files, the same bytes each time."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from radar_assets.formats.export import export
from radar_assets.radar import cfradial
from radar_assets.radar.volume import Volume
from radar_assets.settings import load_network
from radar_assets.settings.types import ExportFormat
from radar_assets_tests.command import call


@pytest.mark.parametrize("kind", ExportFormat)
def test_a_volume_and_its_files_give_the_same_bytes(
    kind: ExportFormat, paths: list[Path], tmp_path: Path
):
    assert call("volume", *paths, "-o", "volume.nc").exit_code == 0
    for given, name in ((["volume.nc"], "one"), (paths, "other")):
        done = call("export", *given, "-o", name, "--format", kind)
        assert done.exit_code == 0
        assert f"{name}: RMA11_0315_01_2025-11-18T12:30:20Z, 2 sweeps, DBZH" in done.output
    digests = {hashlib.sha256(Path(name).read_bytes()).digest() for name in ("one", "other")}
    assert len(digests) == 1
    assert {path.name for path in tmp_path.iterdir() if path not in paths} == {
        "volume.nc", "one", "other",
    }  # fmt: skip


def test_standard_output_gets_the_file(paths: list[Path]):
    done = call("export", *paths, "-o", "-", "--format", "odim")
    assert done.stdout_bytes.startswith(b"\x89HDF")


def test_what_is_no_volume_or_format_is_refused(paths: list[Path], tmp_path: Path):
    (tmp_path / "other.nc").write_bytes(b"no volume")
    done = call("export", "other.nc", "-o", "out.h5", "--format", "odim")
    assert (done.exit_code, "other.nc is no CF/Radial volume" in done.output) == (1, True)
    assert call("export", *paths, "-o", "out.h5", "--format", "uf").exit_code == 2
    assert not (tmp_path / "out.h5").exists()


def test_a_volume_that_is_not_as_it_should_be_is_refused(volume: Volume, tmp_path: Path):
    wrong = replace(volume, fields={"DBZH": volume.fields["DBZH"].astype(np.float64)})
    for kind in ExportFormat:
        with pytest.raises(ValueError, match="DBZH holds float64"):
            export(wrong, tmp_path / f"volume.{kind}", kind, load_network())


def test_cfradial2_is_what_its_standard_wants(volume: Volume, tmp_path: Path):
    export(volume, tmp_path / "volume.nc", ExportFormat.CFRADIAL2, load_network())
    cfradial.write(volume, tmp_path / "flat.nc")
    with (
        netCDF4.Dataset(tmp_path / "volume.nc") as data,
        netCDF4.Dataset(tmp_path / "flat.nc") as flat,
    ):
        assert "CfRadial" in data.Conventions
        assert data.provenance == flat.provenance
        assert data["sweep_group_name"][:].tolist() == ["sweep_0", "sweep_1"]
        sizes = [len(data.groups[name].dimensions["range"]) for name in data.groups]
        assert sizes == [20, 12]
        field = data["sweep_1/DBTH"]
        field.set_auto_mask(False)
        assert field.dimensions == ("time", "range")
        assert field._Undetect == -np.inf
        assert field._FillValue == cfradial.FILL
        kinds = [np.count_nonzero(field[:] == code) for code in (field._FillValue, field._Undetect)]
        wanted = volume.sweep_values("TH", 1)
        assert kinds == [np.isnan(wanted).sum(), np.isneginf(wanted).sum()]
        assert all(kinds)
