"""What the documents show in Python runs: the page as a whole, and the notebook cell by cell."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from radar_assets.radar.names import VolumeId
from radar_assets.simulator.publish import publish_volume
from radar_assets.simulator.scan import REFLECTIVITY_SCAN, Site, scan_volume
from radar_assets.simulator.storms import Weather
from radar_assets_tests.repository import ROOT
from radar_assets_tests.waiting import LONG

PAGE = ROOT / "docs/python.md"
NOTEBOOK = ROOT / "docs/first-ten-minutes.ipynb"
TIME = datetime(2025, 11, 18, 12, 30, 20, tzinfo=UTC)


def run(code: str, folder: Path) -> str:
    """Run code in a process of its own, without a screen; return what it prints."""
    (folder / "code.py").write_text(code, "utf-8")
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, "code.py"],
        cwd=folder,
        env={**os.environ, "MPLBACKEND": "agg", "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files of a small volume in `3020`."""
    fields = scan_volume(
        Site("RMA1", -31.4413, -64.1919, 484.0), REFLECTIVITY_SCAN.coarser(4), TIME, Weather()
    )
    identity = VolumeId("RMA1", "0315", "01", TIME)
    paths = publish_volume(tmp_path / "server", identity, fields)
    paths[0].parent.rename(tmp_path / "3020")
    return tmp_path


def test_the_snippets_of_the_page_run_one_after_the_other(folder: Path) -> None:
    snippets = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(snippets) == 7
    check = "assert 0 < float(echo.notnull().mean()) < float(measured.mean())\n"
    check += "assert np.isfinite(profile).any() and profile.dims == zdr.dims == height.dims\n"
    check += "assert grid.fields['DBZH']['data'].count() and np.isfinite(raster.values).any()\n"
    check += "assert float(rate.max()) > 0 and (rate.isnull() == ~measured).all()\n"
    printed = run("\n".join([*snippets, check]), folder)
    assert "EPSG:3857" in printed
    assert (folder / "dbzh.png").stat().st_size > 10_000


def test_the_notebook_runs_and_is_kept_without_outputs(tmp_path: Path) -> None:
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    assert (notebook["nbformat"], len({cell["id"] for cell in notebook["cells"]})) == (
        4,
        len(notebook["cells"]),
    )
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] for cell in cells)
    check = "assert np.isfinite(raster.values).any() and profile.max() > 0 and target.is_file()"
    run("\n".join(["".join(cell["source"]) for cell in cells] + [check]), tmp_path)
