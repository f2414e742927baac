from __future__ import annotations

from pathlib import Path

import pytest

from radar_assets_tests.ingest.archive.old_tree import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)
