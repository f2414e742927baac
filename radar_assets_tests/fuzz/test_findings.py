"""What fuzzing found once is tried again, and the targets find what they are to find."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from radar_assets.ingest.sources.lines import Line
from radar_assets_tests.fuzz import folders, structured, targets
from radar_assets_tests.fuzz.folders import KINDS, NAMES
from radar_assets_tests.fuzz.targets import SEEDS, TARGETS
from radar_assets_tests.repository import ROOT

FINDINGS = sorted((Path(__file__).parent / "findings").glob("*-*"))


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_pass(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)


def test_all_targets_are_fuzzed() -> None:
    (recipe,) = re.findall(r"for target in ([\w ]+); do", (ROOT / "Makefile").read_text("utf-8"))
    assert sorted(recipe.split()) == sorted(TARGETS)


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: path.name)
def test_what_was_found_is_mended(path: Path) -> None:
    TARGETS[path.name.split("-")[0]](path.read_bytes())


@pytest.mark.parametrize(
    ("target", "defect"),
    [
        ("values", "assemble"),
        ("sections", "decode"),
        ("volumes", "encode"),
        ("members", "inflate"),
    ],
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


def test_a_name_that_is_read_wrongly_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "parse", lambda *_: ([Line(" 3020", is_folder=True)], []))
    with pytest.raises(AssertionError, match="of 3020 is read as"):
        TARGETS["lines"](bytes([NAMES.index("3020"), KINDS.index("folder"), 0]))


def test_a_defect_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def choke(_: bytes) -> None:
        raise IndexError("a defect")

    monkeypatch.setattr(targets, "decode", choke)
    with pytest.raises(IndexError):
        TARGETS["edited"](b"")
