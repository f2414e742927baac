"""What fuzzing found once is tried again, and the targets find what they are to find."""

from __future__ import annotations

from pathlib import Path

import pytest

from radar_assets_tests.fuzz import targets
from radar_assets_tests.fuzz.targets import SEEDS, TARGETS

FINDINGS = sorted((Path(__file__).parent / "findings").glob("*-*"))


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_pass(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: path.name)
def test_what_was_found_is_mended(path: Path) -> None:
    TARGETS[path.name.split("-")[0]](path.read_bytes())


def test_a_defect_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def choke(_: bytes) -> None:
        raise IndexError("a defect")

    monkeypatch.setattr(targets, "decode", choke)
    with pytest.raises(IndexError):
        TARGETS["edited"](b"")
