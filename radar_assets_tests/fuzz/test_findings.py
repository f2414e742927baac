"""What fuzzing found once is tried again, and the targets find what they are to find."""

from __future__ import annotations

from pathlib import Path

import pytest

from radar_assets_tests.fuzz import structured, targets
from radar_assets_tests.fuzz.targets import SEEDS, TARGETS

FINDINGS = sorted((Path(__file__).parent / "findings").glob("*-*"))


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_pass(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: path.name)
def test_what_was_found_is_mended(path: Path) -> None:
    TARGETS[path.name.split("-")[0]](path.read_bytes())


@pytest.mark.parametrize(
    ("target", "defect"),
    [("values", "assemble"), ("volumes", "encode"), ("members", "inflate")],
)
def test_a_defect_behind_the_structure_is_a_finding(
    target: str, defect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choke(*_: object, **__: object) -> None:
        raise TypeError("a defect")

    monkeypatch.setattr(structured, defect, choke)
    with pytest.raises(TypeError):
        TARGETS[target](SEEDS["volumes"][0] if target == "volumes" else b"")


def test_what_is_read_wrongly_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structured, "inflate", lambda packed: packed)
    with pytest.raises(AssertionError, match="read wrongly"):
        TARGETS["members"](b"")


def test_a_defect_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def choke(_: bytes) -> None:
        raise IndexError("a defect")

    monkeypatch.setattr(targets, "decode", choke)
    with pytest.raises(IndexError):
        TARGETS["edited"](b"")
