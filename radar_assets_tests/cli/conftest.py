from functools import partial
from pathlib import Path

import pytest

from radar_assets_tests.bare import enter
from radar_assets_tests.defs.shell import Write, write_platform


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty working folder, and none of the platform's variables."""
    enter(monkeypatch, tmp_path)


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a network file and sets the environment that belongs to it, which it returns."""
    return partial(write_platform, tmp_path, monkeypatch)
