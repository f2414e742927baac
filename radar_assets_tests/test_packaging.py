"""The package that is installed elsewhere has every file that the code reads."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import radar_assets

PACKAGE = Path(radar_assets.__file__).parent


def test_a_wheel_holds_all_data_files(tmp_path: Path):
    source = tmp_path / "source"
    shutil.copytree(PACKAGE, source / "radar_assets")
    for name in ("pyproject.toml", "setup.cfg", "README.md", "LICENSE"):
        shutil.copy(PACKAGE.parent / name, source)
    command = ["wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(source)]
    subprocess.run([sys.executable, "-m", "pip", *command], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    needed = {
        str(path.relative_to(PACKAGE.parent))
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert len(needed) > 50
    assert needed <= packed
