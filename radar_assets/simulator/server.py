"""A real FTP server over a folder, for demonstrations and tests."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

from radar_assets.errors import FolderMissing, PortTaken

_READ = "elr"
_READ_AND_WRITE = "elradfmwMT"
_TICK = 0.1  # seconds between checks of the stop signal
_CONNECTIONS = 64
_REFUSAL_DELAY = 0.2  # seconds before a wrong login is answered


class FtpServer:
    """Serves a folder tree over FTP in a daemon thread while the context is open.

    Without `user` anybody may log in as anonymous; port 0 takes a free port.

    Raises:
        FolderMissing, PortTaken: on entering.
    """

    def __init__(
        self,
        root: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        user: str | None = None,
        password: str | None = None,
        read_only: bool = True,
    ) -> None:
        self.root = root
        self.host = host
        self.port = port
        """where the server listens, once it is entered"""
        self._login = (user, password or "")
        self._rights = _READ if read_only else _READ_AND_WRITE
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Address of the folder that holds the radars: L2 where there is one, else the root."""
        address = f"ftp://{self.host}:{self.port}"
        return f"{address}/L2" if (self.root / "L2").is_dir() else address

    def __enter__(self) -> Self:
        _silence_logger()
        if not self.root.is_dir():
            raise FolderMissing(f"there is no folder {self.root} to serve")
        try:
            server = FTPServer((self.host, self.port), self._handler(), ioloop=IOLoop())
        except OSError as error:
            address = f"{self.host}:{self.port}"
            reason = error.strerror or error
            raise PortTaken(f"cannot listen on {address}: {reason}") from None
        server.max_cons = _CONNECTIONS
        self.port = server.address[1]
        self._stop.clear()
        self._thread = threading.Thread(target=self._serve, args=(server,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _handler(self) -> type[FTPHandler]:
        authorizer = DummyAuthorizer()
        user, password = self._login
        if user is None:
            authorizer.add_anonymous(str(self.root), perm=self._rights)
        else:
            authorizer.add_user(user, password, str(self.root), perm=self._rights)
        attributes = {
            "authorizer": authorizer,
            "banner": "radar_assets",
            "auth_failed_timeout": _REFUSAL_DELAY,
        }
        return type("Handler", (FTPHandler,), attributes)

    def _serve(self, server: FTPServer) -> None:
        try:
            while not self._stop.is_set():
                server.ioloop.loop(_TICK, blocking=False)
        finally:
            server.close_all()


def _silence_logger() -> None:
    """Keep pyftpdlib from logging every command, and from setting up a handler of its own."""
    logger = logging.getLogger("pyftpdlib")
    logger.setLevel(logging.WARNING)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
