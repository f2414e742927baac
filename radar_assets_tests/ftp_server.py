"""A real FTP server on loopback that serves a folder and can be made to misbehave."""

from __future__ import annotations

import errno
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, Self

from OpenSSL import SSL
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.filesystems import AbstractedFS
from pyftpdlib.handlers import DTPHandler, FTPHandler, TLS_DTPHandler, TLS_FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

SILENCE = ""
"""reply of a server that hangs"""
GOODBYE = "\0"
"""reply of a server that closes the control connection instead"""

Fault = Literal["drop", "stall", "hang up", "lie"]
"""closes the data connection with a reply; goes silent; closes both connections; claims that the
transfer is complete"""


class Server:
    """Serves `folder` until the `with` block ends, over TLS when there is a `certificate` (PEM).

    `refuse` names commands the server does not know. Setting `drop_after` makes the next transfer
    of a file fail after that many bytes, by its `fault`; `drops` says how many transfers. The
    replies to a command in `replies` are used up before the command is obeyed again. `surplus` is
    added to the sizes in MLSD. Folders of the names in `locked` are shown and not listed;
    with `endless`, folders have 20 000 entries, so many seconds apart; with `strange_lists`, nobody
    can read what LIST says. While `is_down`, connections are closed instead of served; beyond
    `most` at a time they are refused, by `refusal`: at once, or at the login where that is a 530.
    `after_listing` is said at the end of listings, and `rewrite` has functions of the lines of a
    listing, by command (MLSD, LIST or NLST). `watch` is called whenever the server does something.
    `commands` records what clients sent; of control connections, `connections` counts all, `open`
    those there are, and `peak` the most that there were at a time.
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
        fault: Fault = "drop",
        certificate: Path | None = None,
        strange_lists: bool = False,
    ) -> None:
        self.drop_after, self.drops, self.fault = drop_after, drops, fault
        self.surplus = 0
        self.locked: set[str] = set()
        self.endless: float | None = None
        self.strange_lists = strange_lists
        self.is_down = False
        self.most = 99
        self.refusal = "421 Too many connections."
        self.after_listing = ""
        self.rewrite: dict[str, Callable[[list[str]], list[str]]] = {}
        self.replies: dict[str, list[str]] = defaultdict(list)
        self.watch: Callable[[], object] = lambda: None
        self.commands: list[str] = []
        self.connections = self.open = self.peak = 0
        self._scheme = "ftps" if certificate else "ftp"
        self._serving = threading.Event()
        handler = self._handler(certificate)
        handler.authorizer = DummyAuthorizer()
        if user is None:
            handler.authorizer.add_anonymous(str(folder))
        else:
            handler.authorizer.add_user(user, password, str(folder))
        handler.proto_cmds = {k: v for k, v in handler.proto_cmds.items() if k not in refuse}
        self._server = FTPServer(("127.0.0.1", 0), handler, IOLoop())
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        return self._server.address[1]

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

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
            self._server.ioloop.loop(0.01, blocking=False)
        self._server.close_all()

    def _handler(self, certificate: Path | None) -> type[FTPHandler]:
        bases = (TLS_FTPHandler, TLS_DTPHandler) if certificate else (FTPHandler, DTPHandler)
        common = {"owner": self}
        parts = {
            "abstracted_fs": type("Files", (_Files,), common),
            "dtp_handler": type("Data", (_Data, bases[1]), common),
            "certfile": certificate,
        }
        return type("Control", (_Control, bases[0]), common | parts)


class _Files(AbstractedFS):
    owner: Server

    def listdir(self, path: str) -> list[str]:
        if Path(path).name in self.owner.locked:
            raise PermissionError(errno.EACCES, "Permission denied")
        return super().listdir(path)

    def format_mlsx(self, *args: object, **more: object) -> Iterator[bytes]:
        for number in range(20_000 if self.owner.endless is not None else 0):
            time.sleep(self.owner.endless or 0)
            yield b"type=file;size=1; %d\r\n" % number
        for line in super().format_mlsx(*args, **more):
            yield re.sub(rb"size=(\d+)", self._announced, line)

    def format_list(self, *args: object, **more: object) -> Iterator[bytes]:
        for line in super().format_list(*args, **more):
            yield b"<" + line if self.owner.strange_lists else line

    def _announced(self, size: re.Match[bytes]) -> bytes:
        return b"size=%d" % (int(size[1]) + self.owner.surplus)


class _Control:
    owner: Server
    auth_failed_timeout = 0
    use_sendfile = False

    def on_connect(self) -> None:
        self.owner.connections += 1
        self.owner.open += 1
        self.owner.peak = max(self.owner.peak, self.owner.open)
        if self.owner.is_down:
            self.close()
        elif self.owner.open > self.owner.most and not self.owner.refusal.startswith("530"):
            self._refuse()

    def _refuse(self) -> None:
        self.push(f"{self.owner.refusal}\r\n")
        self.close_when_done()

    def on_disconnect(self) -> None:
        self.owner.open -= 1

    def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
        self.owner.commands.append(line)
        self.owner.watch()
        replies = self.owner.replies[cmd]
        reply = replies.pop(0) if replies else None
        if reply == GOODBYE or self.owner.is_down:
            self.close()
        elif cmd == "USER" and self.owner.open > self.owner.most:
            self._refuse()
        elif reply:
            self.push(f"{reply}\r\n")
        elif reply is None:
            super().pre_process_command(line, cmd, arg)

    def push_dtp_data(
        self, data: Any, isproducer: bool = False, file: Any = None, cmd: str | None = None
    ) -> None:
        if cmd in self.owner.rewrite:
            text = b"".join(iter(data.more, b"")) if isproducer else data
            lines = self.owner.rewrite[cmd](text.decode().splitlines())
            data, isproducer = "".join(f"{line}\r\n" for line in lines).encode(), False
        super().push_dtp_data(data, isproducer=isproducer, file=file, cmd=cmd)


class _Data:
    owner: Server

    def handle_ssl_established(self) -> None:
        if not SSL._lib.SSL_session_reused(self.socket._ssl):
            self._leave("522 The session of the control connection must be resumed.")

    def send(self, data: bytes) -> int:
        self.owner.watch()
        limit = self.owner.drop_after
        if self.file_obj is None or limit is None or not self.owner.drops:
            return super().send(data)
        count = super().send(data[: limit - self.tot_bytes_sent])
        if self.tot_bytes_sent >= limit:
            self.owner.drops -= 1
            self._fail()
        return count

    def close(self) -> None:
        if self.owner.after_listing and self._resp and self._resp[0].startswith("226"):
            self._resp = (self.owner.after_listing, lambda *_: None)
        super().close()

    def _fail(self) -> None:
        if self.owner.fault == "stall":
            self.modify_ioloop_events(0)
        elif self.owner.fault == "hang up":
            self.ioloop.call_later(0, self.cmd_channel.close)
            self.close()
        else:
            self._leave("226 Complete." if self.owner.fault == "lie" else "426 Aborted.")

    def _leave(self, reply: str) -> None:
        self._resp = (reply, lambda *_: None)
        self.close()
