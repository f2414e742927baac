"""A real FTP server on loopback that serves a folder and can be told to misbehave."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import DTPHandler, FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer


class Server:
    """Serves `folder` until the `with` block ends.

    `refuse` names commands the server does not know. Setting `drop_after` closes the data
    connection of the next transfer after that many bytes; `drops` says for how many transfers.
    `commands` records what clients sent.
    """

    def __init__(
        self,
        folder: Path,
        *,
        user: str | None = None,
        password: str = "",
        refuse: Iterable[str] = (),
        drop_after: int | None = None,
        drops: int = 1,
    ) -> None:
        self.drop_after, self.drops = drop_after, drops
        self.commands: list[str] = []
        self.connections = 0
        self._serving = threading.Event()
        self._server = FTPServer(
            ("127.0.0.1", 0), self._handler(folder, user, password, refuse), IOLoop()
        )
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        return self._server.address[1]

    @property
    def url(self) -> str:
        return f"ftp://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._serving.set()
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Close every connection, as a server that goes down does."""
        self._serving.clear()
        self._thread.join()

    def sent(self, command: str) -> list[str]:
        """Arguments of a command that clients sent."""
        return [line.partition(" ")[2] for line in self.commands if line.split(" ")[0] == command]

    def _serve(self) -> None:
        while self._serving.is_set():
            self._server.serve_forever(timeout=0.01, blocking=False)
        self._server.close_all()

    def _handler(
        self, folder: Path, user: str | None, password: str, refuse: Iterable[str]
    ) -> type[FTPHandler]:
        server = self
        authorizer = DummyAuthorizer()
        if user is None:
            authorizer.add_anonymous(str(folder))
        else:
            authorizer.add_user(user, password, str(folder))

        class Data(DTPHandler):
            def send(self, data: bytes) -> int:
                limit = server.drop_after if self.file_obj is not None and server.drops else None
                if limit is None or self.tot_bytes_sent + len(data) < limit:
                    return super().send(data)
                count = super().send(data[: limit - self.tot_bytes_sent])
                if self.tot_bytes_sent >= limit:
                    server.drops -= 1
                    self._resp = ("426 Connection closed; transfer aborted.", lambda *_: None)
                    self.close()
                return count

        class Control(FTPHandler):
            dtp_handler = Data
            use_sendfile = False

            def on_connect(self) -> None:
                server.connections += 1

            def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
                server.commands.append(line)
                super().pre_process_command(line, cmd, arg)

        Control.proto_cmds = {k: v for k, v in FTPHandler.proto_cmds.items() if k not in refuse}
        Control.authorizer = authorizer
        Control.auth_failed_timeout = 0
        return Control
