"""Situations: why a window's files are here, or are not, and what to do about it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

import pytest

from radar_assets import errors
from radar_assets.ingest.download.situation import Situation, is_final, is_refusal, judge


def classes(names: Iterable[str]) -> list[type[errors.RadarAssetsError]]:
    """Classes of errors by their names."""
    return [getattr(errors, name) for name in names]


@pytest.mark.parametrize(
    ("failures", "situation"),
    [
        (["NoSpace"], "no space left"),
        (["StorageError"], "cannot be stored"),
        (["SettingsError"], "settings wrong"),
        (["AccessDenied"], "access denied"),
        (["SourceError"], "access denied"),
        (["SourceUnreachable"], "server unreachable"),
        (["DownloadIncomplete"], "server unreachable"),
        (["SourceBusy"], "all connections in use"),
        (["RemoteFileMissing"], "gone"),
        (["TooManyEntries"], "folder too full"),
        (["FileTooLarge"], "not usable"),
        (["BufrTruncated"], "not usable"),
        (["BadName"], "not usable"),
        (["VolumeIncomplete"], "left incomplete"),
        (["BadName", "SourceUnreachable", "VolumeIncomplete"], "server unreachable"),
        (["SourceUnreachable", "NoSpace"], "no space left"),
    ],
)
def test_the_gravest_failure_counts(failures: list[str], situation: str) -> None:
    kinds = classes(failures)
    assert judge(kinds, has_files=True, is_over=True) == situation
    assert judge(kinds, has_files=False, is_over=False) == situation


@pytest.mark.parametrize(
    ("has_files", "is_over", "situation"),
    [
        (True, True, "fetched"),
        (True, False, "fetched"),
        (False, False, "not yet available"),
        (False, True, "never existed"),
    ],
)
def test_nothing_to_fetch_is_no_error(has_files: bool, is_over: bool, situation: str) -> None:
    assert judge([], has_files=has_files, is_over=is_over) == situation


def test_every_error_has_a_situation_and_every_situation_its_own_advice() -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    assert len(kinds) > 15
    for kind in kinds:
        assert judge([kind], has_files=False, is_over=True) in Situation
    assert len({situation.describe() for situation in Situation}) == len(Situation)


def test_what_is_broken_on_the_server_is_not_tried_again_and_again() -> None:
    final = {"FileTooLarge", "VolumeIncomplete", "BufrTruncated", "BufrCorrupt", "BadName"}
    external = {
        "SourceUnreachable",
        "AccessDenied",
        "DownloadIncomplete",
        "NoSpace",
        "SourceBusy",
    }
    assert {kind for kind in classes(final | external) if is_final(kind)} == set(classes(final))


def test_a_refused_file_differs_from_a_server_that_is_down() -> None:
    refused = {"RemoteFileMissing", "DownloadIncomplete", "SourceError"}
    down = {"SourceUnreachable", "AccessDenied", "SourceBusy", "NoSpace", "SettingsError"}
    assert {kind for kind in classes(refused | down) if is_refusal(kind)} == set(classes(refused))
