"""Adoption of an old tree that changes meanwhile, or that the disk has no room for."""

from __future__ import annotations

import shutil

import pytest

from radar_assets.errors import NoSpace
from radar_assets.ingest.archive.adopt import AdoptionOutcome, find
from radar_assets.ingest.archive.adoption_report import AdoptionReport
from radar_assets_tests.ingest.archive.old_tree import (
    MODIFIED,
    NAME,
    OTHER,
    OTHER_NAME,
    WHOLE,
    Place,
    all_files,
    put,
)

HUGE = 2**62


def test_a_file_that_vanishes_meanwhile_fails_and_the_others_are_adopted(place: Place) -> None:
    gone, _ = put(place.old / str(NAME)), put(place.old / str(OTHER_NAME), OTHER)
    paths = all_files(place.old)
    gone.unlink()
    found = [place.adoption().adopt(path) for path in paths]
    assert [item.outcome for item in found] == [AdoptionOutcome.FAILED, AdoptionOutcome.ADOPTED]
    assert "No such file" in found[0].reason
    assert place.files() == {str(OTHER_NAME.path): OTHER}


def test_a_folder_that_vanishes_meanwhile_fails_and_the_others_are_listed(
    place: Place,
) -> None:
    for folder in ("a", "b", "c"):
        put(place.old / folder / str(NAME))
    summary = AdoptionReport()
    paths = find(place.old, summary.add_folder)
    seen = [next(paths)]
    shutil.rmtree(place.old / "b")
    seen += paths
    assert [path.parent.name for path in seen] == ["a", "c"]
    assert [(item.path, item.outcome) for item in summary.not_adopted] == [
        (str(place.old / "b"), AdoptionOutcome.FAILED)
    ]


def test_nothing_is_written_when_too_little_space_would_stay(place: Place) -> None:
    path = put(place.old / str(NAME))
    with pytest.raises(NoSpace, match="min_free"):
        place.adopt(min_free=HUGE)
    assert place.files() == {}
    assert path.exists()


def test_a_move_within_a_disk_needs_no_space(place: Place) -> None:
    put(place.old / str(NAME))
    place.adopt(is_move=True, min_free=HUGE)
    assert place.files() == {str(NAME.path): WHOLE}


def test_a_file_that_cannot_be_stored_where_it_belongs_stays_as_it_was(place: Place) -> None:
    path = put(place.old / str(NAME))
    put(place.root / "bufr", b"no folder")
    (found,) = place.adopt(is_move=True)
    assert (found.outcome, found.name) == (AdoptionOutcome.FAILED, NAME)
    assert path.stat().st_mtime == MODIFIED
    assert path.stat().st_nlink == 1
    assert place.files() == {"bufr": b"no folder"}
