"""Transfers that bring too little are broken off."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import PurePosixPath

import pytest

from radar_assets.errors import SourceUnreachable
from radar_assets.ingest.sources import pace
from radar_assets.ingest.sources.pace import Flow
from radar_assets.ingest.sources.registry import open_source
from radar_assets.settings import Source
from radar_assets_tests.ingest.clock import Clock


def wait(flow: Flow, clock: Clock, seconds: float, size: int) -> None:
    with flow.waiting():
        clock.now += seconds
        flow.add(size)


def drip(flow: Flow, clock: Clock, seconds: int) -> None:
    for _ in range(seconds):
        wait(flow, clock, 1, 1)


def test_a_slow_stream_is_broken_off_after_a_minute() -> None:
    clock = Clock()
    flow = Flow(100, clock)
    with pytest.raises(TimeoutError, match="sends only 1 bytes a second"):
        drip(flow, clock, 100)
    assert clock.now - 1000 == pytest.approx(60)


def test_a_stream_that_is_fast_enough_goes_on_and_old_speed_does_not_count() -> None:
    clock = Clock()
    flow = Flow(100, clock)
    for _ in range(10_000):
        wait(flow, clock, 1, 100)
    wait(flow, clock, 1, 10**9)
    with pytest.raises(TimeoutError):
        drip(flow, clock, 130)


def test_time_that_the_reader_takes_does_not_count() -> None:
    clock = Clock()
    flow = Flow(100, clock)
    for _ in range(1000):
        clock.now += 1000
        wait(flow, clock, 0.1, 10)


def test_no_least_rate_means_no_end() -> None:
    clock = Clock()
    flow = Flow(0, clock)
    for _ in range(1000):
        wait(flow, clock, 1, 0)


@pytest.fixture
def dripping() -> Iterator[int]:
    """Port of a server whose files come a byte every 20 ms; it ends with the test."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as control:
        thread = threading.Thread(target=_drip, args=[control, over])
        thread.start()
        yield control.getsockname()[1]
        over.set()
        thread.join()


def _drip(control: socket.socket, over: threading.Event) -> None:
    client, _ = control.accept()
    with client, socket.create_server(("127.0.0.1", 0)) as passive, client.makefile("rb") as lines:
        client.sendall(b"220 here\r\n")
        port = passive.getsockname()[1]
        replies = {b"USER": b"230 in", b"TYPE": b"200 fine", b"RETR": b"150 it comes"}
        replies[b"EPSV"] = b"229 (|||%d|)" % port
        replies[b"PASV"] = b"227 (127,0,0,1,%d,%d)" % divmod(port, 256)
        for line in lines:
            client.sendall(replies.get(line[:4], b"502 no") + b"\r\n")
            if line.startswith(b"RETR"):
                break
        data, _ = passive.accept()
        with data:
            while not over.wait(0.02):
                try:
                    data.sendall(b"x")
                except OSError:
                    return


def test_a_dripping_server_is_given_up(dripping: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_SPAN", 0.5)
    chosen = Source(url=f"ftp://127.0.0.1:{dripping}", timeout=timedelta(seconds=5), min_rate="1kB")
    started = time.monotonic()
    with closing(open_source("here", chosen)) as source:
        stream = source.fetch(PurePosixPath("x"))
        with pytest.raises(SourceUnreachable, match="sends only"), closing(stream.blocks) as blocks:
            for _ in blocks:
                pass
    assert time.monotonic() - started < 5
