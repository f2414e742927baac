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


def _parts(line: str, change: Callable[[str], str]) -> Iterator[str]:
    facts, _, name = line.rpartition("; ")
    yield from (change(facts), name)


def _entry(line: str) -> tuple[str, bool, int]:
    """Name, kind and size of what a line of the test's server is of."""
    words = line.split()
    is_folder = line.startswith("d") or "type=dir" in line
    return words[-1], is_folder, 4096 if is_folder else SIZE


def as_list(name: str, is_folder: bool, size: int) -> str:
    return f"{'d' if is_folder else '-'}rwxr-xr-x 1 ftp ftp {size} Nov 18 12:30 {name}"


def in_form(of_folder: str, of_file: str) -> Rewrite:
    """Lines of LIST in another form, of name and size."""

    def rewrite(line: str) -> str:
        name, is_folder, size = _entry(line)
        return (of_folder if is_folder else of_file).format(name, size)

    return each(rewrite)


def with_date(date: str) -> Rewrite:
    return in_form(f"drwxr-xr-x 2 a b 4096 {date} {{}}", f"-rw-r--r-- 1 a b {{1}} {date} {{0}}")


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
    "links as small files": each(
        lambda line: re.sub(r"size=\d+", "size=63", line.replace("type=dir", "type=file"))
    ),
    "links as empty files": each(lambda line: re.sub(r"size=\d+", "size=0", line)),
    "files as folders": each(lambda line: line.replace("type=file", "type=dir")),
    "folders as folders themselves": each(lambda line: line.replace("type=dir", "type=cdir")),
    "facts in capitals": each(lambda line: "; ".join([*_parts(line, str.upper)])),
    "facts with spaces": each(lambda line: f"x.y=a b; c;{line}"),
    "no space before the name": each(lambda line: line.replace("; ", ";")),
    "two spaces before the name": each(lambda line: line.replace("; ", ";  ")),
    "space behind": each(lambda line: f"{line} \t"),
    "quotes": each(lambda line: line.replace("; ", '; "') + '"'),
    "versions": each(lambda line: f"{line};1"),
    "backslashes": each(lambda line: line.replace("; ", "; \\RMA1\\2025\\")),
    "sizes with a sign": each(lambda line: line.replace("size=", "size=+")),
    "sizes with decimals": each(lambda line: re.sub(r"(size=\d+)", r"\1.0", line)),
    "times with fractions": each(lambda line: re.sub(r"(modify=\d+)", r"\1.123", line)),
    "times of another form": each(lambda line: line.replace("modify=", "modify=2025-")),
    "lines of LIST": each(lambda line: as_list(*_entry(line))),
    "a page of HTML": lambda _: ["<html><body>Please log in.</body></html>"],
    "lines apart by CR alone": lambda lines: ["\r".join(lines)],
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
    "two spaces before the name": each(lambda line: re.sub(r" (\S+)$", r"  \1", line)),
    "space behind": each(lambda line: f"{line}  "),
    "quotes": each(lambda line: re.sub(r" (\S+)$", r" '\1'", line)),
    "marks of kinds": in_form(
        "drwxr-xr-x 2 a b 4096 Nov 18 12:30 {}/", "-rwxr-xr-x 1 a b {1} Nov 18 12:30 {0}*"
    ),
    "marks of links": each(lambda line: f"l{line[1:]}@ -> somewhere"),
    "links as small files": in_form(
        "-rw-r--r-- 1 a b 27 Nov 18 12:30 {}", "-rw-r--r-- 1 a b 63 Nov 18 12:30 {}"
    ),
    "seconds and a year": with_date("Nov 18 12:30:20 2025"),
    "a year and a time": with_date("Nov 18 2025 12:30"),
    "a time and a zone": with_date("2025-11-18 12:30 -03"),
    "a named zone": with_date("2025-11-18 12:30:20 ART"),
    "words of another language": with_date("18 de nov de 2025"),
    "letters of another alphabet": with_date("11\u6708 18 12:30"),
    "lists of access": in_form(
        "drwxr-xr-x+ 2 a b 4096 Nov 18 12:30 {}", "-rw-r--r--. 1 a b {1} Nov 18 12:30 {0}"
    ),
    "rounded sizes": in_form(
        "drwxr-xr-x 2 a b 4.0K Nov 18 12:30 {}", "-rw-r--r-- 1 a b 1.2K Nov 18 12:30 {}"
    ),
    "inodes in front": each(lambda line: f"  4711 4 {line}"),
    "IIS": in_form("11-18-25  12:30PM       <DIR>  {}", "11-18-25  12:30PM      {1} {0}"),
    "IIS with four digits": in_form("11-18-2025  12:30 <DIR> {}", "11-18-2025  12:30 {1} {0}"),
    "IIS in small letters": in_form("11-18-25 12:30pm <DIR> {}", "11-18-25 12:30pm {1} {0}"),
    "IIS in Spanish": in_form("18/11/25 12:30 p. m. <DIR> {}", "18/11/25 12:30 p. m. {1} {0}"),
    "IIS with junctions": in_form(
        "11-18-25  12:30PM  <JUNCTION> {} [C:\\x]", "11-18-25  12:30PM  <SYMLINK> {} [C:\\x]"
    ),
    "NetWare": in_form(
        "d [RWCEAFMS] admin 512 Nov 18 12:30 {}", "- [RWCEAFMS] admin {1} Nov 18 12:30 {0}"
    ),
    "EPLF": in_form("+i8.4,m82,/,\t{}", "+i8.4,m82,r,s{1},\t{0}"),
    "AS/400": in_form(
        "QSYS 4096 11/18/25 12:00:00 *DIR {}/", "QSYS {1} 11/18/25 12:00:00 *STMF {0}"
    ),
    "lines of MLSD": in_form("type=dir; {}", "type=file;size={1}; {0}"),
    "sums": lambda lines: ["total 8,0K", *lines, "", "2 archivos 1.234 bytes", "1 File(s)"],
    "an error in between": lambda lines: [*lines, "ls: cannot access 'x': No such file"],
    "a page of HTML": lambda _: ["<html><body>Please log in.</body></html>"],
    "lines apart by CR alone": lambda lines: ["\r".join(lines)],
    "lines that end in CR CR LF": each(lambda line: f"{line}\r"),
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


def test_many_dead_links_are_one_fault_that_counts_them(root: Path) -> None:
    volume = root / VOLUME.remote_path.parent
    for number in range(30):
        late = name("2025-11-18T12:30:20", f"X{number}")
        (volume / str(late)).symlink_to(root / "none")
        (volume.parent / f"50{number:02d}").symlink_to(root / "none")
    found = list_radar(FolderClient("here", root), "RMA1", hours_of(*HOUR))
    (fault,) = found.faults
    assert "has 31 entries that are unclear; the first: " in fault.message
    assert fault.span == HOUR
    assert sizes(found) == BOTH
    assert found.covered == ()


def test_lines_that_nobody_understands_are_one_fault(root: Path) -> None:
    with Server(root, refuse=["MLSD", "NLST"]) as server:
        server.rewrite["LIST"] = lambda lines: [*lines, *("-rw ? is what there is",) * 3000]
        found = listed(server)
    assert sizes(found) == BOTH
    assert len(found.faults) == 3, "one of each folder"
    for fault in found.faults:
        assert "and 2999 more, of its listing is not understood" in fault.message


@pytest.mark.parametrize("refuse", [[], ["MLSD"]], ids=["MLSD", "LIST"])
def test_the_server_is_not_asked_for_names_that_no_archive_has(
    refuse: list[str], root: Path
) -> None:
    for number in range(300):
        (root / VOLUME.remote_path.parent / f"junk{number}").symlink_to(root)
        (root / VOLUME.remote_path.parent / f"more junk{number}").touch()
    with Server(root, refuse=refuse) as server:
        server.rewrite["MLSD"] = as_symlinks("OS.unix=symlink")
        found = listed(server)
    assert sizes(found) == BOTH
    assert len(server.commands) < 60


def test_a_listing_that_ends_within_a_line_is_not_believed(server: Server, root: Path) -> None:
    server.cut = {"MLSD": 3}
    assert sizes(listed(server)) == BOTH
    server.cut = {"MLSD": 3, "LIST": 3}
    assert sizes(listed(server)) == BOTH
    server.cut = {"MLSD": 3, "LIST": 3, "NLST": 99}
    found = listed(server)
    assert not found.is_sure(*HOUR)
    assert "is not understood" in found.faults[0].message


def test_a_disk_that_is_not_mounted_is_no_empty_archive(tmp_path: Path) -> None:
    (tmp_path / "empty/RMA1").mkdir(parents=True)
    with Server(tmp_path / "empty") as server:
        found = listed(server)
    assert found.covered == ()
    assert "the disk of the server is not mounted" in found.faults[0].message
