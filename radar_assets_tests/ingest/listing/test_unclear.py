"""What servers list in odd ways: nothing of it counts as absent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from radar_assets.ingest.listing.model import Listing, hours_of
from radar_assets.ingest.listing.query import list_files
from radar_assets.ingest.listing.walk import list_radar
from radar_assets.ingest.sources.folder import FolderClient
from radar_assets.ingest.sources.registry import open_source
from radar_assets.settings import Source
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.networks import servers
from radar_assets_tests.ingest.tree import name, noise, put, utc

VOLUME, OTHER = name("2025-11-18T12:30:20"), name("2025-11-18T12:40:20")
HOUR = utc("2025-11-18T12:00"), utc("2025-11-18T13:00")
SIZE = 1234
Rewrite = Callable[[list[str]], list[str]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for bufr in (VOLUME, OTHER):
        put(tmp_path / "L2", bufr, noise(SIZE))
    return tmp_path / "L2"


@pytest.fixture
def server(root: Path) -> Iterator[Server]:
    with Server(root) as running:
        yield running


def listed(server: Server, **settings: object) -> Listing:
    with closing(open_source("here", Source(url=server.url, **settings))) as source:
        return list_radar(source, "RMA1", hours_of(*HOUR))


def each(change: Callable[[str], str]) -> Rewrite:
    return lambda lines: [change(line) for line in lines]


def sizes(listing: Listing) -> dict[str, int]:
    return {str(file.name): file.size for file in listing.files}


BOTH = {str(VOLUME): SIZE, str(OTHER): SIZE}


def as_symlinks(kind: str) -> Rewrite:
    """As servers list links: with the length of the link."""
    change = re.compile(r"type=(?:file|dir)")

    def rewrite(line: str) -> str:
        return re.sub(r"size=\d+", "size=63", change.sub(f"type={kind}", line))

    return each(rewrite)


MLSD: dict[str, Rewrite] = {
    "links, as proftpd lists them": as_symlinks("OS.unix=symlink"),
    "links, as pure-ftpd lists them": as_symlinks("OS.unix=slink:"),
    "links with their target": as_symlinks("OS.unix=slink:/somewhere else"),
    "no types": each(lambda line: re.sub(r"type=\w+;", "", line)),
    "unknown types": each(lambda line: re.sub(r"type=\w+;", "type=unknown;", line)),
    "no sizes": each(lambda line: re.sub(r"size=\d+;", "", line)),
    "no facts": each(lambda line: " " + line.rpartition("; ")[2]),
    "folders in front": each(lambda line: line.replace("; ", "; /RMA1/2025/x/")),
    "slashes behind": each(lambda line: f"{line}/" if "type=dir" in line else line),
    "nothing": lambda _: [],
    "only itself": lambda _: ["type=cdir; .", "type=pdir; .."],
    "nonsense": each(lambda line: f"? {line.rpartition(' ')[2]}"),
    "some nonsense": lambda lines: [lines[0].replace("; ", " "), *lines[1:]],
}


@pytest.mark.parametrize("kind", MLSD)
def test_odd_lines_of_mlsd(kind: str, server: Server) -> None:
    server.rewrite["MLSD"] = MLSD[kind]
    found = listed(server)
    assert sizes(found) == BOTH, found.faults
    assert found.is_sure(*HOUR)


LIST: dict[str, Rewrite] = {
    "links": each(lambda line: f"l{line[1:]} -> somewhere"),
    "a group with a space": each(
        lambda line: re.sub(r"(\S+ +\d+ +\S+ +)\S+", r"\1Domain Users", line, count=1)
    ),
    "dates of another form": each(
        lambda line: re.sub(r"[A-Z][a-z]{2} \d\d .{5}", "18.11.2025", line)
    ),
    "a head": lambda lines: ["total 8", *lines],
    "a strange head": lambda lines: ["Contents of the folder:", "", *lines],
    "folders in front": each(lambda line: re.sub(r" (\S+)$", r" /RMA1/2025/x/\1", line)),
    "slashes behind": each(lambda line: f"{line}/" if line.startswith("d") else line),
    "nonsense": each(lambda line: f"? {line.rpartition(' ')[2]}"),
    "names first": each(lambda line: f"{line.rpartition(' ')[2]} is there"),
}


@pytest.mark.parametrize("kind", LIST)
def test_odd_lines_of_list(kind: str, server: Server) -> None:
    server.rewrite["LIST"] = LIST[kind]
    found = listed(server, mlsd=False)
    assert server.sent("MLSD") == []
    assert sizes(found) == BOTH, found.faults
    assert found.is_sure(*HOUR)


def test_a_line_that_nobody_understands_is_a_fault_that_names_it(root: Path) -> None:
    def hide(lines: list[str]) -> list[str]:
        return [re.sub(r"^(.{10}).*3020", r"\1 3020 is what there is", line) for line in lines]

    with Server(root, refuse=["MLSD", "NLST"]) as server:
        server.rewrite["LIST"] = hide
        found = listed(server)
    assert sizes(found) == {str(OTHER): SIZE}
    assert [type(fault.error).__name__ for fault in found.faults] == ["ListingUnclear"]
    assert "is what there is" in found.faults[0].message
    assert not found.is_sure(*HOUR)


@pytest.mark.parametrize("code", ["501", "550", "553", "500", "502", "504"])
def test_mlsd_that_is_refused_is_replaced_by_list(code: str, server: Server) -> None:
    server.replies["MLSD"] = [f"{code} no"] * 9
    assert sizes(listed(server)) == BOTH


@pytest.mark.parametrize("refuse", [[], ["MLSD"]], ids=["MLSD", "LIST"])
def test_a_dead_link_makes_its_volume_unsure_and_no_other(refuse: list[str], root: Path) -> None:
    hour = root / VOLUME.remote_path.parents[1]
    (hour / "5010").symlink_to(root / "none")
    (hour / "dead").symlink_to(root / "none")

    def show(lines: list[str]) -> list[str]:
        shown = "type=OS.unix=symlink;size=5; {}".format
        return [*lines, shown("5010"), shown("dead")] if any("3020" in n for n in lines) else lines

    with Server(root, refuse=refuse) as server:
        server.rewrite["MLSD"] = show
        found = listed(server)
    assert sizes(found) == BOTH
    assert [fault.span for fault in found.faults] == [
        (utc("2025-11-18T12:50:10"), utc("2025-11-18T12:50:11"))
    ]
    assert "3020/5010" not in found.faults[0].message
    assert found.is_sure(HOUR[0], utc("2025-11-18T12:50"))
    assert not found.is_sure(utc("2025-11-18T12:50"), HOUR[1])
    assert found.within(utc("2025-11-18T12:50"), HOUR[1]).covered == ()


@pytest.mark.parametrize("is_folder", [False, True])
def test_dead_links_of_a_local_folder_are_unclear(is_folder: bool, root: Path) -> None:
    volume = root / VOLUME.remote_path.parent
    late = name("2025-11-18T12:30:20", "VRAD")
    dead = volume.parent / "5010" if is_folder else volume / str(late)
    dead.symlink_to(root / "none")
    found = list_radar(FolderClient("here", root), "RMA1", hours_of(*HOUR))
    assert sizes(found) == BOTH
    assert [fault.is_unclear for fault in found.faults] == [True]
    assert "link to nowhere" in found.faults[0].message
    assert not found.is_sure(*HOUR)


@pytest.mark.parametrize("level", [2, 1, 0])
def test_links_to_folders_are_followed(level: int, tmp_path: Path, root: Path) -> None:
    """Folders of a day, an hour and a volume."""
    folder = root / VOLUME.remote_path.parents[level]
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    found = list_radar(FolderClient("here", root), "RMA1", hours_of(*HOUR))
    assert (sizes(found), found.faults) == (BOTH, ())


@pytest.mark.parametrize("form", [".bufr", ".Bufr", ".BUFR.GZ"])
def test_the_end_of_a_name_may_be_in_any_case(form: str, server: Server, root: Path) -> None:
    path = root / VOLUME.remote_path
    spelled = path.with_name(path.name.replace(".BUFR", form))
    path.rename(spelled)
    (file,) = (file for file in listed(server).files if file.name.id == VOLUME.id)
    assert (file.name.field, file.name.gzipped) == ("DBZH", form.endswith("GZ"))
    assert file.path == VOLUME.remote_path.with_name(spelled.name)
    with closing(open_source("here", Source(url=server.url))) as source:
        assert b"".join(source.fetch(file.path).blocks) == noise(SIZE)


def test_a_second_spelling_of_a_file_is_ignored(root: Path) -> None:
    path = root / VOLUME.remote_path
    path.with_name(path.name.replace(".BUFR", ".bufr")).write_bytes(noise(5))
    found = list_radar(FolderClient("here", root), "RMA1", hours_of(*HOUR))
    assert len(found.files) == 2
    assert [item.reason for item in found.ignored] == ["the same file under another spelling"]


def test_junk_is_counted_and_not_listed(root: Path) -> None:
    for number in range(500):
        (root / VOLUME.remote_path.parent / f"junk{number}").touch()
        (root / VOLUME.remote_path.parents[1] / f"junk{number}").touch()
    found = list_radar(FolderClient("here", root), "RMA1", hours_of(*HOUR))
    assert len(found.ignored) == 2 * 21
    assert sum("480 more names" in item.reason for item in found.ignored) == 2
    assert sizes(found) == BOTH


def test_what_is_unclear_on_one_server_is_looked_for_on_the_next(
    tmp_path: Path, root: Path
) -> None:
    dead, late = root / VOLUME.remote_path.parents[1] / "5010", name("2025-11-18T12:50:10")
    dead.symlink_to(root / "none")
    for bufr in (VOLUME, OTHER):
        put(tmp_path / "mirror", bufr, noise(SIZE))
    known = servers(tmp_path, str(root), str(tmp_path / "mirror"))
    found = list_files(known, "RMA1", [HOUR])
    assert sizes(found) == BOTH
    assert {file.server for file in found.files} == {"s0"}
    assert not found.is_sure(*HOUR), "the mirror may lack it as well"
    put(tmp_path / "mirror", late, noise(SIZE))
    found = list_files(known, "RMA1", [HOUR])
    assert sizes(found) == {**BOTH, str(late): SIZE}
    assert found.is_sure(*HOUR)
    assert [fault.is_unclear for fault in found.faults] == [True]
