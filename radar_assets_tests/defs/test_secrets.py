"""A password goes to the server and nowhere else, whatever the server says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from radar_assets.ingest.listing.query import list_files
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.ingest.scheduling.decide import decide
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.polling import hours_to_list
from radar_assets.ingest.sources.network_sources import NetworkSources
from radar_assets.settings import load_network
from radar_assets_tests.command import spawn
from radar_assets_tests.defs.login import SECRET, VARIABLES, publish
from radar_assets_tests.defs.platforms import RADAR
from radar_assets_tests.defs.shell import Write
from radar_assets_tests.ftp_server import Server

REPLIES = [
    {},
    {"PASS": [f"530 {SECRET} is wrong"]},
    {"MLSD": [f"550 {SECRET}"]},
    {"MLSD": [f"421 {SECRET}"]},
    {"RETR": [f"550 {SECRET}"]},
]

SERVED = REPLIES[:1] + REPLIES[2:3]
"""replies with which a run goes well: folders that MLSD is refused for are listed by LIST"""


def titles() -> str:
    """Titles of all processes there are."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().decode(errors="replace"))
        except OSError:  # it has ended
            continue
    return "\n".join(found)


@pytest.mark.parametrize("replies", REPLIES)
def test_a_run_leaves_no_trace_of_it(
    replies: dict[str, list[str]], platform: Write, tmp_path: Path
) -> None:
    seen: set[str] = set()
    with Server(tmp_path, user="radar", password=SECRET) as server:
        environment = publish(tmp_path, platform, server)
        server.replies.update({command: words * 99 for command, words in replies.items()})
        server.watch = lambda: seen.add(titles())
        times = ("--from", "2025-11-18T12:30", "--to", "2025-11-18T12:40")
        done = spawn("run", "--radar", RADAR, *times, **environment)
    assert "PASS" in {line.split(" ")[0] for line in server.commands}
    assert (done.returncode, "success" in done.stdout) == (
        (0, True) if replies in SERVED else (1, False)
    )
    assert any("run" in title for title in seen)
    assert SECRET not in done.stdout + done.stderr + "".join(seen)
    stored = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in stored)
    assert not [path for path in stored if SECRET.encode() in path.read_bytes()]


@pytest.mark.parametrize("replies", REPLIES)
def test_a_look_leaves_no_trace_of_it(
    replies: dict[str, list[str]],
    platform: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    with Server(tmp_path, user="radar", password=SECRET) as server:
        publish(tmp_path, platform, server)
        server.replies.update({command: words * 99 for command, words in replies.items()})
        network, now = load_network(tmp_path / "network.toml"), datetime.now(UTC)
        plan = Plan.of(network, RADAR)
        spans = hours_to_list(Cursor(), plan, now)
        listing = list_files(NetworkSources(network, tmp_path / "data"), RADAR, spans)
        decision = decide(Cursor(), listing, now, plan, expected=lambda _: frozenset(), outcomes={})
    assert server.connections
    assert SECRET not in f"{listing} {decision} {caplog.text}"
