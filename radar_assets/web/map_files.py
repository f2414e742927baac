"""Map files over HTTP, for the pictures in the UI and for web maps.

`/` is the products folder, `/quicklooks/` that of annotated pictures, `/thumbnails/` that of small
ones; nothing else is served.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_BESIDE = ("/quicklooks/", "/thumbnails/")
"""folders beside that of the products"""


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args: object, root: Path, **kwargs: object) -> None:
        self._root = root
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def translate_path(self, path: str) -> str:
        self.directory = str(self._root)
        inside = super().translate_path(path).removeprefix(self.directory)  # free of ".."
        is_beside = inside.startswith(_BESIDE)
        return f"{self.directory}{'' if is_beside else '/products'}{inside}"

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def serve_products(data_root: Path, port: int = 0) -> Iterator[str]:
    """Serve the map files below a data root on loopback while the context is open; yields the URL.

    Port 0 takes a free port. Raises `OSError` when the port is taken.
    """
    handler = partial(_Handler, root=data_root.absolute())
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
