"""Connections to a real FTP server, shared by threads and processes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

import pytest

from radar_assets.errors import AccessDenied, RemoteFileMissing, SourceBusy, SourceUnreachable
from radar_assets.ingest.sources import connection
from radar_assets.ingest.sources import pool as module
from radar_assets.ingest.sources.network_sources import NetworkSources
from radar_assets_tests.ftp_server import GOODBYE, Server
from radar_assets_tests.ingest.networks import servers
from radar_assets_tests.ingest.tree import hourly
from radar_assets_tests.waiting import LONG, wait_until

ROOT = PurePosixPath()
WORK = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from radar_assets_tests.ingest.networks import servers

folder, url, limit, times = sys.argv[1:]
shared = servers(Path(folder), url, source={"max_connections": int(limit)})

def work(number):
    use = shared.listing if number % 2 else shared.fetching
    with use("s0") as lease:
        lease.list_folder(PurePosixPath())

print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(4) as threads:
    print(len(list(threads.map(work, range(int(times))))), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    hourly(tmp_path / "L2")
    with Server(tmp_path / "L2") as running:
        yield running


@pytest.fixture
def process(tmp_path: Path, server: Server) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts another process that uses connections some times, in four threads."""
    started: list[subprocess.Popen[str]] = []

    def start(limit: int, times: int) -> subprocess.Popen[str]:
        arguments = [str(tmp_path), server.url, str(limit), str(times)]
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", WORK, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.communicate()


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def shared(tmp_path: Path, server: Server, limit: int = 4) -> NetworkSources:
    return servers(tmp_path, server.url, source={"max_connections": limit})


@pytest.mark.parametrize("limit", [1, 3])
def test_all_processes_and_threads_together_keep_the_limit(
    limit: int, process: Callable[..., subprocess.Popen[str]], server: Server
) -> None:
    workers = [process(limit, 12) for _ in range(4)]
    assert [heard(worker) for worker in workers] == ["ready"] * 4
    for worker in workers:
        tell(worker)
    assert [heard(worker) for worker in workers] == ["12"] * 4
    assert len(server.sent("MLSD")) == 48
    assert server.peak == limit


def use(known: NetworkSources, purpose: str = "listing", patience: float = LONG) -> None:
    with getattr(known, purpose)("s0", patience) as lease:
        lease.list_folder(ROOT)


def test_who_asked_nothing_leaves_no_slot_taken(tmp_path: Path, server: Server) -> None:
    with shared(tmp_path, server, limit=1).fetching("s0"):
        pass
    use(shared(tmp_path, server, limit=1), patience=0)


@pytest.mark.parametrize("purpose", ["listing", "fetching"])
def test_a_connection_is_used_again(purpose: str, tmp_path: Path, server: Server) -> None:
    known = shared(tmp_path, server)
    for _ in range(5):
        use(known, purpose)
    assert server.connections == 1


def test_threads_have_a_connection_each_and_one_is_left_for_listing(
    tmp_path: Path, server: Server
) -> None:
    known = shared(tmp_path, server, limit=3)
    everybody = threading.Barrier(3)

    def fetch() -> None:
        with known.fetching("s0", 0) as lease:
            lease.list_folder(ROOT)
            everybody.wait(LONG)
            everybody.wait(LONG)

    with ThreadPoolExecutor(2) as threads:
        running = [threads.submit(fetch) for _ in range(2)]
        everybody.wait(LONG)
        with pytest.raises(SourceBusy, match="all connections for fetching"):
            use(known, "fetching", patience=0)
        use(known, "listing", patience=0)
        everybody.wait(LONG)
        for one in running:
            one.result()
    assert server.peak == 3


def test_listing_keeps_no_idle_connection_that_could_fetch(tmp_path: Path, server: Server) -> None:
    known = shared(tmp_path, server, limit=3)
    with known.listing("s0") as one, known.listing("s0") as other:
        one.list_folder(ROOT)
        other.list_folder(ROOT)
    with known.fetching("s0", 0), known.fetching("s0", 0):
        wait_until(lambda: server.open == 1, "the end of a connection")


def test_an_idle_connection_is_given_up_for_another_process(
    process: Callable[..., subprocess.Popen[str]], tmp_path: Path, server: Server
) -> None:
    known = shared(tmp_path, server, limit=1)
    use(known, "fetching")
    worker = process(1, 4)
    assert heard(worker) == "ready"
    assert server.open == 1
    tell(worker)
    assert heard(worker) == "4"
    assert server.peak == 1


def test_an_idle_connection_is_not_kept_for_ever(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_KEEP", 0.0)
    use(shared(tmp_path, server))
    wait_until(lambda: not server.open, "the end of the connections")
    assert server.sent("QUIT") == [""]


def test_closing_ends_idle_connections_and_later_use_connects_anew(
    tmp_path: Path, server: Server
) -> None:
    known = shared(tmp_path, server)
    with known.fetching("s0") as lease:
        lease.list_folder(ROOT)
        use(known, "listing")
        known.close()
        wait_until(lambda: server.open == 1, "the end of a connection")
    known.close()
    wait_until(lambda: server.open == 0, "the end of the connections")
    use(known)
    assert server.connections == 3


def test_a_slot_is_free_when_the_server_has_closed_the_connection_but_not_long_after(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_GOODBYE", 0.3)
    known = shared(tmp_path, server)
    use(known)
    server.replies["QUIT"] = ["221 Goodbye, some time later."]
    started = time.monotonic()
    known.close()
    assert 0.3 <= time.monotonic() - started < 60


@pytest.mark.parametrize("reply", [GOODBYE, "421 Timeout."], ids=["reset", "421"])
def test_an_idle_connection_that_the_server_has_closed_is_replaced(
    reply: str, tmp_path: Path, server: Server
) -> None:
    known = shared(tmp_path, server)
    use(known)
    server.replies["MLSD"] = [reply]
    use(known)
    assert known.health("s0").failures == 0
    assert server.connections == 2


def test_a_connection_in_use_that_breaks_is_an_error(tmp_path: Path, server: Server) -> None:
    known = shared(tmp_path, server)
    server.replies["MLSD"] = [GOODBYE]
    with pytest.raises(SourceUnreachable):
        use(known)
    assert known.health("s0").failures == 1
    use(known)
    assert known.health("s0").failures == 0


def test_a_connection_that_was_interrupted_is_not_used_again(
    tmp_path: Path, server: Server
) -> None:
    known = shared(tmp_path, server)

    def interrupted() -> None:
        with known.listing("s0") as lease:
            lease.list_folder(ROOT)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    wait_until(lambda: server.open == 0, "the end of the connections")
    use(known)
    assert server.connections == 2


def test_a_source_that_lacks_a_folder_serves_all_the_same(tmp_path: Path, server: Server) -> None:
    known = shared(tmp_path, server)
    known.failed("s0", SourceUnreachable("gone"))
    with pytest.raises(RemoteFileMissing), known.listing("s0") as lease:
        lease.list_folder(PurePosixPath("none"))
    assert known.health("s0").failures == 0


@pytest.mark.parametrize("kind", [SourceUnreachable, AccessDenied])
def test_nothing_is_fetched_from_a_source_that_was_just_found_down(
    kind: type[AccessDenied], tmp_path: Path, server: Server
) -> None:
    known = shared(tmp_path, server)
    known.check("s0")
    known.failed("s0", kind("gone"))
    with pytest.raises(kind, match="not tried, because before: gone") as error:
        known.check("s0")
    assert error.value.attempts == 0
    use(known)
    known.check("s0")


def test_a_source_is_tried_again_a_little_after_another_process_has_found_it_back(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = shared(tmp_path, server)
    known.failed("s0", SourceUnreachable("gone"))
    use(shared(tmp_path, server))
    with pytest.raises(SourceUnreachable):
        known.check("s0")
    monkeypatch.setattr("radar_assets.ingest.sources.network_sources._RETRY_AFTER", 0.0)
    known.check("s0")
    known.failed("s0", SourceUnreachable("gone"))
    with pytest.raises(SourceUnreachable):
        known.check("s0")


def test_what_is_known_is_shared(tmp_path: Path, server: Server) -> None:
    use(shared(tmp_path, server))
    measured = shared(tmp_path, server).health("s0").listing
    assert measured
    assert 0 < measured.value < 2
