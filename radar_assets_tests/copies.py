"""Copies of the package with files added, as the documents show them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import radar_assets
from radar_assets_tests.repository import ROOT


def block(document: Path, language: str, holding: str) -> str:
    """A document's one code block of a language that holds a text."""
    pattern = rf"```{language}\n(.*?)```"
    blocks = re.findall(pattern, document.read_text(encoding="utf-8"), re.DOTALL)
    (found,) = [text for text in blocks if holding in text]
    return found


def copied_package(folder: Path) -> Path:
    """Copy the package into a folder; returns the copy."""
    package = folder / "copy" / "radar_assets"
    shutil.copytree(Path(radar_assets.__file__).parent, package)
    return package


def run_in(copy: Path, folder: Path, code: str, *arguments: str, **environment: str) -> str:
    """Run code with the copy below `copy` as the package; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{copy}{os.pathsep}{ROOT}", **environment},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
