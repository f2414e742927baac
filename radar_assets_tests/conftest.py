"""Fixtures of all tests, and the one rule about real files.

Real BUFR files come from the folder that RADAR_SAMPLES names (`L2/` and `expected.json` inside).
Unset, the tests that need them are skipped; set to a folder without them, those tests fail.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from radar_assets.errors import masking
from radar_assets_tests.samples import SAMPLES_VARIABLE, check_samples

settings.register_profile(
    "unhurried", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def samples() -> Path:
    """Folder of real files."""
    folder = os.environ.get(SAMPLES_VARIABLE)
    if not folder:
        pytest.skip(f"{SAMPLES_VARIABLE} names no folder of real BUFR files")
    return check_samples(Path(folder).resolve())


@pytest.fixture(autouse=True)
def forget_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test mask what another one has read as a secret."""
    monkeypatch.setattr(masking, "_known", set())
