"""Map files over HTTP, for the pictures in the UI and for web maps.

`/` is the products folder, `/quicklooks/` that of annotated pictures, `/thumbnails/` that of small
ones; nothing else is served, and nothing that a symbolic link inside of them leads to.
"""

from __future__ import annotations

import io
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote_to_bytes, urlsplit

_BESIDE = ("/quicklooks/", "/thumbnails/")
"""folders beside that of the products"""

_CONNECTIONS = 32
"""that are answered at once, each by a thread"""

_QUEUE = 128
"""connections that wait for a thread"""

_TIMEOUT = 10
"""seconds that a request, and each piece of 64 KiB of its answer, may take"""

_LONGEST = 32 * 1024
"""bytes of a request with its headers"""


class _Request(io.RawIOBase):
    """Bytes that a client sends, within the limits of time and length.

    Raises `TimeoutError` and `ConnectionAbortedError` beyond them.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._deadline = time.monotonic() + _TIMEOUT
        self._left = _LONGEST

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - as in typeshed
        if self._left <= 0:
            raise ConnectionAbortedError("the request is too long")
        self._connection.settimeout(max(0.001, self._deadline - time.monotonic()))
        number = self._connection.recv_into(buffer)
        self._connection.settimeout(_TIMEOUT)
        self._left -= number
        return number


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args: object, root: Path, **kwargs: object) -> None:
        self._root = root
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.rfile = io.BufferedReader(_Request(self.connection))

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        if not _is_text(self.path):
            self.send_error(HTTPStatus.BAD_REQUEST)
            return None
        path = Path(self.translate_path(self.path))
        if not self._is_own(path):
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        if path.is_dir() and urlsplit(self.path).path.endswith("/"):
            return self.list_directory(path)  # never an index.html, which may be a link
        return super().send_head()

    def _is_own(self, path: Path) -> bool:
        """Whether a path is a file or folder below its base, without a link on the way."""
        base = self._root / path.relative_to(self._root).parts[0]
        real = Path(os.path.realpath(base)) / path.relative_to(base)
        return Path(os.path.realpath(path)) == real and (real.is_file() or real.is_dir())

    def translate_path(self, path: str) -> str:
        self.directory = str(self._root)
        inside = super().translate_path(path).removeprefix(self.directory)  # free of ".."
        is_beside = inside.startswith(_BESIDE)
        return f"{self.directory}{'' if is_beside else '/products'}{inside}"

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def _is_text(path: str) -> bool:
    """Whether a path can be one of a file."""
    try:
        return "\0" not in unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        return False


class _Server(ThreadingHTTPServer):
    request_queue_size = _QUEUE

    def __init__(self, port: int, handler: partial[_Handler]) -> None:
        self._free = threading.Semaphore(_CONNECTIONS)
        super().__init__(("127.0.0.1", port), handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        if self._free.acquire(timeout=1):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        if not isinstance(sys.exception(), OSError):  # a client that went away
            super().handle_error(request, client_address)


@contextmanager
def serve_products(data_root: Path, port: int = 0) -> Iterator[str]:
    """Serve the map files below a data root on loopback while the context is open; yields the URL.

    Port 0 takes a free port. Raises `OSError` when the port is taken.
    """
    with _Server(port, partial(_Handler, root=data_root.absolute())) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
