"""Lines of FTP listings."""

from __future__ import annotations

import pytest

from radar_assets.ingest.sources.lines import from_list, from_mlsd


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("type=file;size=12;modify=20251118123020; a b", ("a b", False, 12)),
        ("Type=dir;Modify=20251118123020.123; 3020", ("3020", True, 0)),
        ("type=cdir;modify=20251118123020; .", None),
        ("type=file;size=-1;modify=nonsense; x", ("x", False, 0)),
        ("type=file;size=9999999999999999999999; x", ("x", False, 0)),
        ("nothing", None),
        ("", None),
    ],
)
def test_mlsd_lines(line: str, expected: tuple[str, bool, int] | None) -> None:
    entry = from_mlsd(line)
    assert (entry and (entry.name, entry.is_folder, entry.size)) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("drwxr-xr-x   2 ftp ftp     4096 Nov 18 12:30 3020", ("3020", True, 0)),
        ("-rw-r--r--   1 ftp ftp   123456 Nov 18  2024 a b.BUFR", ("a b.BUFR", False, 123456)),
        ("lrwxrwxrwx   1 ftp ftp        7 Nov 18  2024 now -> then", ("now", False, 7)),
        ("11-18-25  12:30PM       <DIR>          3020", ("3020", True, 0)),
        ("11-18-25  12:30PM                 4711 a.BUFR", ("a.BUFR", False, 4711)),
        ("drwxr-xr-x   2 ftp ftp     4096 Nov 18 12:30 .", None),
        ("total 8", None),
    ],
)
def test_list_lines(line: str, expected: tuple[str, bool, int] | None) -> None:
    entry = from_list(line)
    found = entry and (entry.name, entry.is_folder, 0 if entry.is_folder else entry.size)
    assert found == expected
