"""Clients that are slow, or too many, keep nobody else from the map."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import psutil
import pytest
import requests
from fastapi import FastAPI
from fastapi.responses import FileResponse, PlainTextResponse

from radar_assets.stages.base.workspace import Workspace
from radar_assets.web.map import connections, serve
from radar_assets_tests.waiting import LONG, wait_until

LARGE = 100 * 1024**2


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The map's server with two answers: a short and a large one."""
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(LARGE)
    app = FastAPI()
    app.get("/")(lambda: PlainTextResponse("here"))
    app.get("/large")(lambda: FileResponse(large))
    monkeypatch.setattr(serve, "map_app", lambda _: app)
    monkeypatch.setattr(connections, "PATIENCE", 1.0)
    with serve.serve_map(cast("Workspace", None)) as address:
        yield address


def connect(url: str) -> socket.socket:
    host, _, port = urlsplit(url).netloc.partition(":")
    return socket.create_connection((host, int(port)), LONG)


def is_closed(client: socket.socket) -> bool:
    with suppress(ConnectionError):
        while client.recv(1 << 20):
            pass
    return True


WHOLE = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /", b"GET / HTTP/1.1\r\nHost: localhost\r\n", WHOLE + b"GET /", WHOLE * 3 + b"G"],
)
def test_a_request_that_does_not_end_is_given_up(url: str, sent: bytes) -> None:
    with closing(connect(url)) as client:
        client.sendall(sent)
        assert is_closed(client)


def test_a_request_that_drips_is_given_up(url: str) -> None:
    with closing(connect(url)) as client:
        client.sendall(b"GET /")

        def drip() -> bool:
            try:
                client.sendall(b"x")
            except ConnectionError:
                return True
            return False

        wait_until(drip, "the end of the connection", pause=0.1)


def open_connections() -> int:
    return sum(item.status == "ESTABLISHED" for item in psutil.Process().net_connections("tcp"))


def test_an_answer_that_is_not_read_is_given_up(url: str) -> None:
    before = open_connections()
    with closing(connect(url)) as client:
        client.sendall(WHOLE.replace(b"/ ", b"/large ", 1))
        assert client.recv(4) == b"HTTP"
        wait_until(lambda: open_connections() <= before + 1, "the end of the answer")


def test_an_answer_that_is_read_slowly_arrives(url: str) -> None:
    with requests.get(f"{url}/large", stream=True, timeout=LONG) as answer:
        assert sum(len(block) for block in answer.iter_content(1 << 20)) == LARGE


def test_idle_connections_keep_nobody_out_for_long(url: str) -> None:
    memory = psutil.Process().memory_info().rss
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(closing(connect(url))).sendall(b"GET /")

        def is_answered() -> bool:
            with suppress(requests.ConnectionError):
                return requests.get(url, timeout=LONG).ok
            return False

        wait_until(is_answered, "an answer")
    assert psutil.Process().memory_info().rss - memory < 64 * 1024**2
