"""A real HTTP server that receives notifications, and may refuse them."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Webhook:
    """Keeps what is posted to it."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.is_open = True
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200 if hook.is_open else 503)
                self.end_headers()
                if hook.is_open:
                    hook.messages.append(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"json://user:letter-secret@127.0.0.1:{self._server.server_port}/hook"

    @property
    def titles(self) -> list[str]:
        return [message["title"] for message in self.messages]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
