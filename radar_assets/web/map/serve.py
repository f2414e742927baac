"""The server of the map, beside other work or as the whole of a process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from radar_assets.errors import PortTaken
from radar_assets.stages.base.workspace import Workspace
from radar_assets.web.map.app import map_app

_CONNECTIONS = 256
_GRACE = 2
"""seconds in which open answers end when the server does"""


def run_map(workspace: Workspace, host: str, port: int) -> None:
    """Serve the map until the process is interrupted; `PortTaken` when another has the port."""
    with _listener(host, port) as listener:
        _server(workspace).run([listener])


@contextmanager
def serve_map(workspace: Workspace, port: int = 0) -> Iterator[str]:
    """Serve the map on loopback while the context is open; yields the URL.

    Port 0 takes a free port. Raises `PortTaken` when the port is taken.
    """
    with _listener("127.0.0.1", port) as listener:
        server = _server(workspace)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _server(workspace: Workspace) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            map_app(workspace),
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=_CONNECTIONS,
            timeout_keep_alive=10,
            timeout_graceful_shutdown=_GRACE,
        )
    )


def _listener(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=128)
    except OSError as error:
        raise PortTaken(f"port {port} of {host} cannot be used: {error}; choose --port") from None
