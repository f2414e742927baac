"""Adoption of an old tree: what is adopted, what is not, and that nothing is lost."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from radar_assets.ingest.archive.adopt import AdoptionOutcome, CandidateFile
from radar_assets.ingest.archive.state_db import StateDb
from radar_assets.ingest.download.store import UNKNOWN_TIME
from radar_assets.radar.names import BufrName
from radar_assets_tests.ingest.archive.old_tree import (
    MODIFIED,
    NAME,
    OTHER,
    OTHER_NAME,
    WHOLE,
    ZIPPED,
    Place,
    all_files,
    put,
)
from radar_assets_tests.ingest.old_database import SECOND, database, downloaded


def outcomes(found: Iterable[CandidateFile]) -> list[AdoptionOutcome]:
    return [item.outcome for item in found]


@pytest.mark.parametrize("folder", ["", "RMA11/2025/11/18/12/3020", "some/other/layout"])
def test_a_file_is_found_anywhere_and_stored_where_it_belongs(place: Place, folder: str) -> None:
    path = put(place.old / folder / str(NAME))
    assert place.adopt() == [CandidateFile(str(path), AdoptionOutcome.ADOPTED, "", NAME)]
    assert place.files() == {str(NAME.path): WHOLE}
    assert place.here().stat().st_mtime == UNKNOWN_TIME
    assert place.locked == ["RMA11"]


@pytest.mark.parametrize("name", [ZIPPED, NAME])
def test_a_gzipped_file_is_taken_as_it_is(place: Place, name: BufrName) -> None:
    packed = gzip.compress(WHOLE)
    put(place.old / str(name), packed)
    assert outcomes(place.adopt()) == [AdoptionOutcome.ADOPTED]
    assert place.files() == {str(name.path): packed}


def test_the_old_tree_is_not_touched(place: Place) -> None:
    path = put(place.old / str(NAME))
    place.adopt()
    assert path.read_bytes() == WHOLE
    assert path.stat().st_mtime == MODIFIED
    path.write_bytes(b"changed by the old daemon")
    assert place.here().read_bytes() == WHOLE


def test_a_second_time_does_nothing(place: Place) -> None:
    put(place.old / str(NAME))
    place.adopt()
    os.utime(place.here(), (MODIFIED, MODIFIED))
    before = place.here().stat()
    assert outcomes(place.adopt()) == [AdoptionOutcome.PRESENT]
    after = place.here().stat()
    assert (after.st_ino, after.st_mtime) == (before.st_ino, MODIFIED)


def test_moved_files_are_removed_from_the_old_tree(place: Place) -> None:
    inode = put(place.old / "a" / str(NAME)).stat().st_ino
    assert outcomes(place.adopt(is_move=True)) == [AdoptionOutcome.ADOPTED]
    assert all_files(place.old) == []
    assert place.files() == {str(NAME.path): WHOLE}
    assert place.here().stat().st_ino == inode
    assert place.here().stat().st_mtime == UNKNOWN_TIME


def test_files_are_moved_where_links_cannot_be_made(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    put(place.old / str(NAME))
    assert outcomes(place.adopt(is_move=True)) == [AdoptionOutcome.ADOPTED]
    assert all_files(place.old) == []
    assert place.files() == {str(NAME.path): WHOLE}


@pytest.mark.parametrize("here", [NAME, ZIPPED])
@pytest.mark.parametrize("old", [NAME, ZIPPED])
def test_what_is_here_in_either_form_is_not_taken_again(
    place: Place, old: BufrName, here: BufrName
) -> None:
    forms = {NAME: WHOLE, ZIPPED: gzip.compress(WHOLE)}
    put(place.old / str(old), forms[old])
    put(place.here(here), forms[here])
    before = place.files()
    assert outcomes(place.adopt(is_move=True)) == [AdoptionOutcome.PRESENT]
    assert place.files() == before
    assert all_files(place.old) == []


@pytest.mark.parametrize("here", [NAME, ZIPPED])
@pytest.mark.parametrize("content", [OTHER, b"damaged"])
def test_another_file_that_is_here_stays(place: Place, here: BufrName, content: bytes) -> None:
    path = put(place.old / str(NAME))
    put(place.here(here), content)
    before = place.files()
    (found,) = place.adopt(is_move=True)
    assert found.outcome == AdoptionOutcome.CONFLICT
    assert str(place.here(here)) in found.reason
    assert place.files() == before
    assert path.exists()


def test_two_files_of_one_name_are_distinguished(place: Place) -> None:
    put(place.old / "a" / str(NAME))
    put(place.old / "b" / str(NAME), OTHER)
    put(place.old / "c" / str(NAME))
    expected = [AdoptionOutcome.ADOPTED, AdoptionOutcome.CONFLICT, AdoptionOutcome.PRESENT]
    assert outcomes(place.adopt()) == expected
    assert place.files() == {str(NAME.path): WHOLE}


def test_the_data_folder_can_itself_be_the_tree(place: Place) -> None:
    put(place.here())
    place.old = place.root
    assert outcomes(place.adopt(is_move=True)) == [AdoptionOutcome.PRESENT]
    assert place.files() == {str(NAME.path): WHOLE}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        WHOLE[:-1],
        WHOLE + b"\n",
        b"\0" * len(WHOLE),
        gzip.compress(WHOLE)[:-9],
        gzip.compress(WHOLE[:-4]),
    ],
    ids=["empty", "cut", "longer", "zeros", "cut gzip", "cut inside gzip"],
)
def test_a_broken_file_is_not_adopted(place: Place, data: bytes) -> None:
    path = put(place.old / str(NAME), data)
    (found,) = place.adopt(is_move=True)
    assert (found.outcome, bool(found.reason)) == (AdoptionOutcome.BROKEN, True)
    assert place.files() == {}
    assert path.exists()


def test_what_has_no_name_of_a_bufr_file_is_ignored(place: Place) -> None:
    for name in ("state.db", "RMA11.BUFR", f"{NAME}.tmp", f".{NAME}"):
        put(place.old / name)
    assert outcomes(place.adopt()) == [AdoptionOutcome.IGNORED] * 4
    assert place.files() == {}


def test_links_are_not_followed(place: Place) -> None:
    put(place.folder / "elsewhere" / str(NAME))
    (place.old / "link").symlink_to(place.folder / "elsewhere")
    (place.old / str(NAME)).symlink_to(place.folder / "elsewhere" / str(NAME))
    (place.old / "loop").symlink_to(place.old)
    assert place.adopt() == []


def test_only_radars_of_the_network_that_are_asked_for_are_taken(place: Place) -> None:
    stranger = replace(NAME, id=replace(NAME.id, radar="RMA1"))
    put(place.old / "a" / str(NAME))
    put(place.old / "b" / str(stranger))
    assert outcomes(place.adopt(only="RMA1")) == [AdoptionOutcome.SKIPPED, AdoptionOutcome.UNKNOWN]
    assert outcomes(place.adopt()) == [AdoptionOutcome.ADOPTED, AdoptionOutcome.UNKNOWN]


def test_a_file_that_is_not_the_one_listed_is_not_adopted(place: Place) -> None:
    put(place.old / str(NAME))
    put(place.old / str(OTHER_NAME), OTHER)
    rows = (downloaded(str(NAME), file_size=7), downloaded(str(OTHER_NAME), file_size=len(OTHER)))
    with StateDb(database(place.folder, SECOND, *rows)) as state:
        found = place.adopt(state)
    assert outcomes(found) == [AdoptionOutcome.MISMATCH, AdoptionOutcome.ADOPTED]
    assert "7" in found[0].reason
    assert list(place.files()) == [str(OTHER_NAME.path)]


def listed(place: Place, local_path: object, also: Iterable[Path] = ()) -> list[CandidateFile]:
    """What becomes of a file that a state.db lists at a path."""
    row = downloaded(str(NAME), local_path=local_path)
    with StateDb(database(place.folder, SECOND, row)) as state:
        return place.adopt(state, also)


def test_a_file_of_another_name_is_found_by_the_state_db(place: Place) -> None:
    path = put(place.old / "download-17")
    found = listed(place, str(path))
    assert outcomes(found) == [AdoptionOutcome.IGNORED, AdoptionOutcome.ADOPTED]
    assert place.files() == {str(NAME.path): WHOLE}


def test_the_state_db_may_name_other_folders_only_if_they_are_allowed(place: Place) -> None:
    path = put(place.folder / "elsewhere" / "file")
    assert outcomes(listed(place, str(path))) == [AdoptionOutcome.MISSING]
    (place.folder / "a state.db").unlink()
    assert outcomes(listed(place, str(path), also=[path.parent])) == [AdoptionOutcome.ADOPTED]


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../secret", "link", "gone", "", None, "a\0b", "x" * 5000, "."]
)
def test_a_path_that_leads_out_or_nowhere_is_missing(place: Place, path: str | None) -> None:
    secret = put(place.folder / "secret")
    (place.old / "link").symlink_to(secret)
    (found,) = listed(place, path)
    assert found.outcome == AdoptionOutcome.MISSING
    assert place.files() == {}


def test_a_listed_name_is_no_path(place: Place) -> None:
    row = downloaded(f"../{NAME}", local_path=str(put(place.old / "file")))
    with StateDb(database(place.folder, SECOND, row)) as state:
        assert outcomes(place.adopt(state)) == [AdoptionOutcome.IGNORED, AdoptionOutcome.IGNORED]
    assert place.files() == {}


def test_files_of_one_name_come_in_the_order_of_their_folders(place: Place) -> None:
    for folder in ("b", "a/c", "a/b"):
        put(place.old / folder / "x")
    order = [path.parent.relative_to(place.old).as_posix() for path in all_files(place.old)]
    assert order == ["a/b", "a/c", "b"]
