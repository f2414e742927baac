"""Lines of FTP listings."""

from __future__ import annotations

import pytest

from radar_assets.ingest.sources.lines import (
    Line,
    NotUnderstood,
    from_list,
    from_mlsd,
    guess_name,
    is_like_an_entry,
)
from radar_assets_tests.ingest.tree import utc

FILE, FOLDER = Line("a.BUFR", is_folder=False, size=4711), Line("3020", is_folder=True)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("type=file;size=4711; a.BUFR", FILE),
        ("type=file;size=12; a b", Line("a b", is_folder=False, size=12)),
        (
            "Type=dir;Modify=20251118123020.123; 3020",
            Line("3020", is_folder=True, modified_at=utc("2025-11-18T12:30:20")),
        ),
        ("type=dir;sizd=4096; 3020/", FOLDER),
        ("type=file;size=4711; /L2/RMA1/2025/11/18/12/3020/a.BUFR", FILE),
        ("type=dir; ./3020", FOLDER),
        ("type=cdir;modify=20251118123020; .", None),
        ("type=cdir; /L2/RMA1/2025", None),
        ("type=dir; ..", None),
        ("type=file;size=-1;modify=nonsense; x", Line("x", is_folder=False)),
        ("type=file;size=9999999999999999999999; x", Line("x", is_folder=False)),
        ("type=file;modify=20251118123020; x", Line("x", False, None, utc("2025-11-18T12:30:20"))),
        ("type=OS.unix=symlink;size=27;modify=20251118123020; 3120", Line("3120", None)),
        ("type=OS.unix=slink:;size=21; 14", Line("14", None)),
        ("type=OS.unix=slink:/real/a b;size=21; 14", Line("14", None)),
        ("type=unknown;size=0; pipe", Line("pipe", None)),
        ("size=12; x", Line("x", None)),
        (" x", Line("x", None)),
    ],
)
def test_mlsd_lines(line: str, expected: Line | None) -> None:
    assert from_mlsd(line) == expected


@pytest.mark.parametrize(
    "line", ["nothing", "", "type=file;size=12;x", "type=dir; /", "type=dir;", "500 no"]
)
def test_strange_mlsd_lines(line: str) -> None:
    with pytest.raises(NotUnderstood):
        from_mlsd(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("drwxr-xr-x   2 ftp ftp     4096 Nov 18 12:30 3020", FOLDER),
        ("-rw-r--r--   1 ftp ftp     4711 Nov 18  2024 a.BUFR", FILE),
        ("-rw-r--r--   1 ftp ftp     4711 Nov 18  2024 a b", Line("a b", False, 4711)),
        ("-rw-r--r--   1 ftp Domain Users     4711 Nov 18  2024 a.BUFR", FILE),
        ("-rw-r--r--   1 Some One Domain 12 Users 4711 Nov 18  2024 a.BUFR", FILE),
        ("-rw-r--r--   1 1000 513     4711 18 nov. 2024 a.BUFR", FILE),
        ("-rw-r--r--   1 ftp ftp     4711 déc.  1 12:30 a.BUFR", FILE),
        ("-rw-r--r--   1 ftp ftp     4711 2025-11-18 12:30 a.BUFR", FILE),
        ("-rw-r--r--   1 ftp ftp     4711 2025-11-18 12:30:20.123456789 +0000 a.BUFR", FILE),
        ("-rw-r--r--   1 ftp ftp     4711 11-18 12:30 a.BUFR", FILE),
        ("-rw-r--r--   1 ftp     4711 Nov 18 12:30 a.BUFR", FILE),
        ("-rw-r--r--+  1 ftp ftp     4711 Nov 18 12:30 a.BUFR", FILE),
        ("-rw-r--r--   1 ftp ftp     4711 Nov 18 12:30 /L2/a.BUFR", FILE),
        ("lrwxrwxrwx   1 ftp ftp        7 Nov 18  2024 now -> then", Line("now", None)),
        ("drwxrwxrwx   1 ftp ftp        7 Nov 18  2024 now -> then", Line("now", None)),
        ("11-18-25  12:30PM       <DIR>          3020", FOLDER),
        ("11-18-25  12:30PM                 4711 a.BUFR", FILE),
        ("2025-11-18  12:30                4,711 a.BUFR", FILE),
        ("11/18/2025  12:30 PM              4711 a.BUFR", FILE),
        ("11-18-25  12:30PM       <SYMLINKD>     3020", Line("3020", None)),
        ("drwxr-xr-x   2 ftp ftp     4096 Nov 18 12:30 .", None),
        ("prw-r--r--   1 ftp ftp        0 Nov 18 12:30 pipe", None),
        ("total 8", None),
        ("total 8.0K", None),
        ("", None),
    ],
)
def test_list_lines(line: str, expected: Line | None) -> None:
    assert from_list(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "-rw-r--r-- 1 ftp ftp 4711 18.11.2024 a.BUFR",
        "-rw-r--r-- 1 ftp ftp many Nov 18 2024 a.BUFR",
        "-rw-r--r-- 1 ftp ftp 4711 Nov 18 2024",
        "11-18-25  12:30PM  <DIR>",
        "11-18-25  12:30PM  much a.BUFR",
        "a.BUFR",
        "x" * 10_000,
        "- " * 5_000,
    ],
)
def test_strange_list_lines(line: str) -> None:
    with pytest.raises(NotUnderstood):
        from_list(line)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("<drwx 2 ftp 3020", "3020"),
        ("?rwx 3020 -> /elsewhere", "3020"),
        ("+i8388621.48594,m825718503,r,s280,\ta.BUFR", "a.BUFR"),
        ("QSYS 4096 11/18/25 12:00:00 *DIR 3020/", "3020"),
        ("..", None),
        ("/", None),
        ("  ", None),
    ],
)
def test_the_last_word_is_likely_to_be_the_name(line: str, name: str | None) -> None:
    assert guess_name(line) == name


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-rw-r--r-- 1 x", True),
        ("11-18-25 x", True),
        ("type=file;x", True),
        ("Directory of /L2", False),
        ("", False),
    ],
)
def test_lines_that_are_no_entries(line: str, expected: bool) -> None:
    assert is_like_an_entry(line) == expected
