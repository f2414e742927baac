"""Opening a control connection to an FTP or FTPS server, up to the login."""

from __future__ import annotations

import ftplib
import re
import socket
import ssl
import time
from datetime import timedelta
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from radar_assets import settings
from radar_assets.errors import (
    AccessDenied,
    ConnectionLimit,
    SettingsError,
    TooManyEntries,
    UntrustedServer,
)
from radar_assets.ingest.sources.client import MAX_ENTRIES
from radar_assets.ingest.sources.kind import SourceSettings
from radar_assets.settings.types import FilePath, Size, Wait

_GOODBYE = 5.0
"""seconds to wait for each answer at the end"""
_PATIENCE = 2.0
"""time-outs that an operation may take in all, however steadily the server drips"""
_MOST_LINES = 200
"""of a reply"""
_BLOCK = 1 << 14
_LIMIT = re.compile(
    r"(?:421|450|530)\b(?!.*(?:attempt|fail|password)).*"
    r"(?:too many|maximum|max\b|limit|already|connections|clients|users|sessions)",
    re.IGNORECASE | re.DOTALL,
)
"""replies of servers that grant no more connections"""


class FtpSettings(SourceSettings):
    """An FTP or FTPS server."""

    max_connections: int = Field(default=4, ge=1, le=32)
    """connections at a time, of all runs and sensors of this machine"""
    timeout: Wait = timedelta(seconds=30)
    """of every wait for the server"""
    min_rate: Size = Field(default=100, ge=0)
    """bytes per second below which a transfer is broken off, on average over a minute"""
    mlsd: bool = True
    """whether folders are listed by MLSD where the server knows it; else by LIST"""
    passive: bool = True
    """whether the client opens data connections or, in active mode, the server"""
    ca_file: FilePath | None = None
    """certificates (PEM) that an ftps:// server's may be signed with; the system's when absent"""

    @model_validator(mode="after")
    def _has_a_host(self) -> FtpSettings:
        if not urlsplit(self.url).hostname:
            raise ValueError("url names no host")
        return self

    def listed_otherwise(self) -> Self:
        """Settings that list folders by LIST."""
        return self.model_copy(update={"mlsd": False})

    @property
    def connection_limit(self) -> int:
        """Connections that this machine may open at a time."""
        return self.max_connections


class ControlConnection(ftplib.FTP):
    """A control connection that limits what it reads in time and size.

    Times count from the latest `begin`. Raises `OSError` beyond them.
    """

    reply = ""
    """the latest reply to the end of a listing"""
    _rest = b""
    _type = ""
    _end = 0.0

    def begin(self, more: float = 0.0) -> None:
        """Give the next operation its time, and some seconds more."""
        self._end = time.monotonic() + _PATIENCE * (self.timeout or 0.0) + more

    def receive(self, sock: socket.socket) -> bytes:
        """Read what comes next; nothing at the end."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("it answers too slowly")
        sock.settimeout(min(left, self.timeout or left))
        return sock.recv(_BLOCK)

    def getline(self) -> str:
        """Read a line of a reply; never uses `file`, whose buffer knows no limit in time."""
        while b"\n" not in self._rest and len(self._rest) <= self.maxline:
            block = self.receive(self.sock) if self.sock else b""
            if not block:
                raise EOFError
            self._rest += block
        line, _, self._rest = self._rest.partition(b"\n")
        if len(line) > self.maxline:
            raise OSError("its reply is too long")
        return line.rstrip(b"\r").decode(self.encoding)

    def getmultiline(self) -> str:
        """Read a reply up to its last line, which alone has its code before a space."""
        lines = [self.getline()]
        if lines[0][3:4] == "-":
            while lines[-1][:3] != lines[0][:3] or lines[-1][3:4] == "-":
                if len(lines) == _MOST_LINES:
                    raise OSError("its reply is too long")
                lines.append(self.getline())
        return "\n".join(lines)

    def switch(self, kind: str) -> None:
        """Choose how data are sent: A as lines, I as they are."""
        if self._type != kind:
            self.voidcmd(f"TYPE {kind}")
            self._type = kind

    def lines(self, command: str) -> list[str]:
        """What a command lists; raises `TooManyEntries` when that is more than any folder has."""
        self.switch("A")
        with self.transfercmd(command) as data:
            listed = self._listed(data)
            if isinstance(data, ssl.SSLSocket):
                data.unwrap()
        self.reply = self.voidresp()
        return listed

    def _listed(self, data: socket.socket) -> list[str]:
        received, count = bytearray(), 0
        while block := self.receive(data):
            received += block
            count += block.count(b"\n")
            if count > MAX_ENTRIES or len(received) > MAX_ENTRIES * self.maxline:
                raise TooManyEntries(f"more than {MAX_ENTRIES} entries")
        return [line.rstrip("\r") for line in received.decode(self.encoding).split("\n") if line]


def connect(name: str, source: FtpSettings) -> ControlConnection:
    """Log in to the server of a source; every wait for it has the source's time-out.

    Raises what `ftplib` does, but for refusals: `AccessDenied`, `UntrustedServer` without TLS.
    Raises `SettingsError` when the credentials or the certificates are not there.
    """
    user, password = settings.credentials(source)
    if not is_sendable(user + password):
        raise AccessDenied(f"the user name or password of source {name} has a line break")
    ftp = _client(name, source)
    try:
        _greet(ftp, source)
        _login(ftp, name, source, user, password)
    except ftplib.Error as error:
        ftp.close()
        if not _LIMIT.match(str(error)):
            raise
        raise ConnectionLimit(
            f"{source.url} grants no more connections (reply {code_of(error)})"
        ) from None
    except BaseException:
        ftp.close()
        raise
    return ftp


def log_out(ftp: ControlConnection) -> None:
    """Log out and wait, not for long, until the server has closed its side of the connection.

    Before that it counts it, and may refuse another one. Raises what `ftplib` does.
    """
    if ftp.sock:
        ftp.timeout = min(_GOODBYE, ftp.timeout or _GOODBYE)
        ftp.begin()
        ftp.voidcmd("QUIT")
        ftp.sock.recv(1)


def is_sendable(text: str) -> bool:
    """Whether a text fits into one command."""
    return not any(character in text for character in "\r\n\0")


def wire(text: str) -> str:
    """What to give to a connection so that it sends a text as UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def code_of(error: ftplib.Error) -> str:
    """Reply code of an error; a server's words stay out of messages: they may be the password."""
    code = str(error)[:3]
    return code if code.isdecimal() else "without a code"


class _Tls(ControlConnection, ftplib.FTP_TLS):
    """Explicit FTPS whose data connections resume the session of the control connection.

    Servers demand that to be sure that both belong to the same client.
    """

    def auth(self) -> str:
        """Begin TLS; what came before it is not trusted."""
        reply = super().auth()
        self._rest = b""
        return reply

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        """Open a data connection; `FTP_TLS` itself would start a new session."""
        data, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321
        control = self.sock
        session = control.session if isinstance(control, ssl.SSLSocket) else None
        return self.context.wrap_socket(data, server_hostname=self.host, session=session), size


def _client(name: str, source: FtpSettings) -> ControlConnection:
    ftp = _Tls(context=_trust(name, source)) if _has_tls(source) else ControlConnection()
    ftp.encoding = "latin-1"  # decodes any name; `wire` makes what is sent UTF-8
    ftp.set_pasv(source.passive)
    return ftp


def _has_tls(source: FtpSettings) -> bool:
    return urlsplit(source.url).scheme == "ftps"


def _trust(name: str, source: FtpSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=source.ca_file)
    except OSError as error:
        raise SettingsError(
            f"cannot read certificates from {source.ca_file}, the ca_file of source {name}: "
            f"{error.strerror}"
        ) from None


def _greet(ftp: ControlConnection, source: FtpSettings) -> None:
    address = urlsplit(source.url)
    ftp.timeout = source.timeout.total_seconds()
    ftp.begin()
    ftp.connect(address.hostname or "", address.port or 21)
    if not isinstance(ftp, ftplib.FTP_TLS):
        return
    try:
        ftp.auth()
    except ftplib.error_perm as error:
        raise UntrustedServer(
            f"{source.url} offers no TLS (reply {code_of(error)}), and ftps:// asks for it"
        ) from None


def _login(
    ftp: ControlConnection, name: str, source: FtpSettings, user: str, password: str
) -> None:
    try:
        ftp.login(wire(user), wire(password))
    except ftplib.error_perm as error:
        if _LIMIT.match(str(error)):
            raise
        denied = AccessDenied(
            f"{source.url} refuses the login of user {user!r} (reply {code_of(error)}); "
            f"check the credentials of source {name}"
        )
        denied.is_of_login = code_of(error) == "530"
        raise denied from None
    if not isinstance(ftp, ftplib.FTP_TLS):
        return
    try:
        ftp.prot_p()
    except ftplib.error_perm as error:
        raise UntrustedServer(
            f"{source.url} does not encrypt data connections (reply {code_of(error)}), and "
            "ftps:// asks for it"
        ) from None
