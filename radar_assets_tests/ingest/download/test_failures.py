"""Whatever a server does, a file is whole or the error says why; nothing half-written is seen."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar_assets.errors import (
    DownloadIncomplete,
    RadarAssetsError,
    RemoteFileMissing,
    SourceError,
    SourceUnreachable,
)
from radar_assets.ingest.download.one_file import Download
from radar_assets.ingest.sources.client import BLOCK
from radar_assets_tests.ftp_server import SILENCE, Fault, Server
from radar_assets_tests.ingest.place import BUFR, CONTENT, QUICK, SIZE, Place, announced
from radar_assets_tests.ingest.tree import message

OLD = message(1000)
IMPATIENT = {"timeout": timedelta(seconds=1)}
ALWAYS = 99


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Server]]:
    """A folder and a server that many examples share."""
    folder = tmp_path_factory.mktemp("failures")
    with Server(Place(folder).remote) as server:
        yield folder, server


_NUMBERS = count()


def fresh(folder: Path, server: Server, *, is_known: bool) -> Place:
    """A place that nothing was fetched to, or an old version before the server failed."""
    place = Place(folder)
    place.data = folder / str(next(_NUMBERS))
    place.target = place.data / BUFR.path
    server.drop_after, server.drops = None, 0
    if is_known:
        place.put(OLD, "2025-11-18T12:00:00")
        place.fetch(server)
        place.put(CONTENT)
    return place


@contextmanager
def watching(place: Place, server: Server) -> Iterator[None]:
    """Note the files of the data folder whenever the server acts, and all the time besides."""
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.001):
            place.note_files()

    thread = threading.Thread(target=watch)
    server.watch = place.note_files
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def attempt(place: Place, server: Server, **more: object) -> Download | RadarAssetsError:
    """Fetch the file under watch; returns what came of it."""
    with watching(place, server):
        try:
            return place.fetch(server, announced(), **more)
        except RadarAssetsError as error:
            return error


def check(place: Place, outcome: Download | RadarAssetsError, *, is_known: bool) -> None:
    """The file is whole or as before, and was at every moment."""
    place.note_files()
    before = {OLD} if is_known else set()
    if isinstance(outcome, Download):
        assert place.target.read_bytes() == CONTENT
        assert list(place.partials.glob("*")) == []
    else:
        assert isinstance(outcome, SourceError)
        assert str(outcome)
        assert place.target.exists() == is_known
    assert place.seen - before <= {CONTENT}
    assert (CONTENT in place.seen) == isinstance(outcome, Download)


@given(
    byte=st.integers(0, SIZE) | st.sampled_from([BLOCK, 4095, 4096, 4097, SIZE - 1]),
    fault=st.sampled_from(["drop", "hang up", "lie"]),
    drops=st.integers(1, 4),
    is_known=st.booleans(),
)
def test_wherever_a_transfer_breaks_off(
    lasting: tuple[Path, Server], byte: int, fault: Fault, drops: int, is_known: bool
) -> None:
    folder, server = lasting
    place = fresh(folder, server, is_known=is_known)
    server.drop_after, server.drops, server.fault = byte, drops, fault
    outcome = attempt(place, server)
    check(place, outcome, is_known=is_known)
    if isinstance(outcome, SourceError):
        assert drops >= QUICK.attempts == outcome.attempts
        server.drops = 0
        check(place, attempt(place, server), is_known=is_known)
    assert place.target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("byte", "drops", "arrives"),
    [
        (0, 1, True),
        (100_000, 2, True),
        (SIZE - 1, ALWAYS, True),
        (0, ALWAYS, False),
        (50_000, ALWAYS, False),
    ],
)
def test_wherever_a_transfer_stalls(
    byte: int, drops: int, arrives: bool, place: Place, server: Server
) -> None:
    server.drop_after, server.drops, server.fault = byte, drops, "stall"
    outcome = attempt(place, server, access=IMPATIENT)
    check(place, outcome, is_known=False)
    assert isinstance(outcome, Download) == arrives
    assert outcome.retry_reasons
    assert all("timed out" in reason for reason in outcome.retry_reasons)


@pytest.mark.parametrize("surplus", [-SIZE, -1, 1, 10**6])
def test_a_wrong_size_in_the_listing(surplus: int, place: Place, server: Server) -> None:
    server.surplus, blocks = surplus, []
    with watching(place, server), pytest.raises(DownloadIncomplete) as error:
        place.fetch(server, on_bytes=blocks.append)
    check(place, error.value, is_known=False)
    assert sum(blocks) <= QUICK.attempts * (min(SIZE, SIZE + surplus) + BLOCK)
    server.surplus = 0
    assert place.fetch(server).size_bytes == SIZE


@pytest.mark.parametrize("is_known", [False, True])
def test_a_folder_that_vanishes_after_it_was_listed(is_known: bool, place: Place) -> None:
    with Server(place.remote) as server:
        place = fresh(place.remote.parent, server, is_known=is_known)
        shutil.rmtree(place.remote / "RMA1")
        outcome = attempt(place, server)
        assert isinstance(outcome, RemoteFileMissing)
        check(place, outcome, is_known=is_known)


def test_a_folder_that_vanishes_while_it_is_read(place: Place, server: Server) -> None:
    server.drop_after = 100_000

    def vanish(_: int) -> None:
        shutil.rmtree(place.remote / "RMA1", ignore_errors=True)

    outcome = attempt(place, server, on_bytes=vanish)
    assert isinstance(outcome, RemoteFileMissing)
    check(place, outcome, is_known=False)


@pytest.mark.parametrize("command", ["MLSD", "REST", "MDTM"])
@pytest.mark.parametrize("fault", ["drop", "hang up"])
def test_a_server_that_lacks_commands(command: str, fault: Fault, place: Place) -> None:
    with Server(place.remote, refuse=["MLSD", command], drop_after=99_999, fault=fault) as server:
        check(place, attempt(place, server), is_known=False)
        assert place.fetch(server).attempts == 0


def test_half_of_the_radars_are_silent(tmp_path: Path) -> None:
    places = [Place(tmp_path / str(number)) for number in range(18)]

    def fetch(place: Place, server: Server) -> Download | RadarAssetsError:
        return attempt(place, server, access=IMPATIENT)

    with Server(places[0].remote) as loud, Server(places[0].remote) as silent:
        silent.replies["USER"] = [SILENCE] * ALWAYS
        servers = [loud, silent] * 9
        with ThreadPoolExecutor(18) as pool:
            outcomes = list(pool.map(fetch, places, servers))
    for place, server, outcome in zip(places, servers, outcomes, strict=True):
        check(place, outcome, is_known=False)
        assert type(outcome) is (Download if server is loud else SourceUnreachable)
