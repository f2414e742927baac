"""An FTP or FTPS server as a source: passive transfers, a timeout on every call, resumption."""

from __future__ import annotations

import ftplib
import re
import socket
import ssl
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Self
from urllib.parse import unquote, urlsplit

from radar_assets import settings
from radar_assets.ingest.source import BLOCK, MAX_ENTRIES, Entry, Stream
from radar_assets.radar.errors import (
    AccessDenied,
    BadName,
    RemoteFileMissing,
    SourceError,
    SourceUnreachable,
)

_UNKNOWN_COMMAND = ("500", "502", "504")
_NO_RESUMING = ("500", "501", "502", "503", "504")
_MISSING = ("501", "550")  # 501: MLSD of what is no folder
_UNIX = re.compile(r"([-dl])\S{9}\S*\s+\d+\s+\S+\s+\S+\s+(\d+)\s+\w+\s+\d+\s+[\d:]+\s(.+)")
_DOS = re.compile(r"[\d-]+\s+[\d:]+[AP]M\s+(?:(<DIR>)|(\d+))\s+(.+)")


class _Tls(ftplib.FTP_TLS):
    """Explicit FTPS whose data connections resume the session of the control connection.

    Servers demand that to be sure that both belong to the same client.
    """

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        """Open a data connection; `FTP_TLS` itself would start a new session."""
        data, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321
        control = self.sock
        session = control.session if isinstance(control, ssl.SSLSocket) else None
        return self.context.wrap_socket(data, server_hostname=self.host, session=session), size


class FtpSource:
    """Reads a server named by an ftp:// or ftps:// URL; see `Source`."""

    def __init__(self, name: str, source: settings.Source) -> None:
        self.name = name
        self.url = source.url
        self._source = source
        self._root = PurePosixPath(unquote(urlsplit(source.url).path) or "/")
        self._connection: ftplib.FTP | None = None
        self._has_mlsd = True
        self._has_mdtm = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._connection is not None:
            with suppress(*ftplib.all_errors):
                self._connection.quit()
        self._drop()

    def list_folder(self, path: PurePosixPath) -> list[Entry]:
        """Entries of a folder, by MLSD or, where the server has none, by LIST and MDTM."""
        with self._explained(path):
            ftp = self._connected()
            if self._has_mlsd:
                try:
                    lines = _lines(ftp, f"MLSD {self._absolute(path)}")
                    return [entry for line in lines if (entry := _from_mlsd(line))]
                except ftplib.error_perm as error:
                    if not str(error).startswith(_UNKNOWN_COMMAND):
                        raise
                    self._has_mlsd = False
            return self._list_plainly(ftp, path)

    def fetch(self, path: PurePosixPath, offset: int = 0) -> Stream:
        """Read a file from a byte offset, or from 0 where the server refuses to resume."""
        with self._explained(path):
            ftp = self._connected()
            command = f"RETR {self._absolute(path)}"
            ftp.voidcmd("TYPE I")
            try:
                data = ftp.transfercmd(command, offset or None)
            except ftplib.error_perm as error:
                if not (offset and str(error).startswith(_NO_RESUMING)):
                    raise
                offset, data = 0, ftp.transfercmd(command)
        return Stream(offset, self._blocks(path, ftp, data))

    def _blocks(
        self, path: PurePosixPath, ftp: ftplib.FTP, data: socket.socket
    ) -> Generator[bytes]:
        finished = False
        try:
            with data:
                while block := self._receive(path, data):
                    yield block
            with self._explained(path):
                ftp.voidresp()
            finished = True
        finally:
            if not finished:
                self._drop()

    def _receive(self, path: PurePosixPath, data: socket.socket) -> bytes:
        with self._explained(path):
            return data.recv(BLOCK)

    def _list_plainly(self, ftp: ftplib.FTP, path: PurePosixPath) -> list[Entry]:
        # Many servers answer LIST of a missing folder with an empty listing, but never CWD.
        ftp.voidcmd(f"CWD {self._absolute(path)}")
        entries = [entry for line in _lines(ftp, "LIST") if (entry := _from_list(line))]
        return [self._dated(ftp, path, entry) for entry in entries]

    def _dated(self, ftp: ftplib.FTP, path: PurePosixPath, entry: Entry) -> Entry:
        """Add a file's time: LIST has it in an unknown zone, to the minute."""
        if entry.is_folder or not self._has_mdtm or not _is_sendable(entry.name):
            return entry
        try:
            reply = ftp.sendcmd(f"MDTM {self._absolute(path / entry.name)}")
        except ftplib.error_perm as error:
            self._has_mdtm = not str(error).startswith(_UNKNOWN_COMMAND)
            return entry
        return Entry(entry.name, is_folder=False, size=entry.size, modified_at=_time(reply[4:]))

    def _connected(self) -> ftplib.FTP:
        if self._connection is None:
            self._connection = self._login(*settings.credentials(self._source))
        return self._connection

    def _login(self, user: str, password: str) -> ftplib.FTP:
        if not _is_sendable(user + password):
            raise AccessDenied(f"the user name or password of source {self.name} has a line break")
        address = urlsplit(self._source.url)
        ftp = _client(address.scheme)
        ftp.encoding = "latin-1"  # decodes any name; `_wire` makes what is sent UTF-8
        try:
            ftp.connect(
                address.hostname or "", address.port or 21, self._source.timeout.total_seconds()
            )
            ftp.login(_wire(user), _wire(password))
            if isinstance(ftp, ftplib.FTP_TLS):
                ftp.prot_p()
        except ftplib.error_perm as error:
            ftp.close()
            raise AccessDenied(
                f"{self.url} refuses the login of user {user!r} (reply {str(error)[:3]}); "
                f"check the credentials of source {self.name}"
            ) from None
        except BaseException:
            ftp.close()
            raise
        return ftp

    def _absolute(self, path: PurePosixPath) -> str:
        whole = str(self._root / path)
        if not _is_sendable(whole) or ".." in path.parts or path.is_absolute():
            raise BadName(f"{whole[:120]!r} is not a path below {self.url}")
        return _wire(whole)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    @contextmanager
    def _explained(self, path: PurePosixPath) -> Iterator[None]:
        """Turn what the protocol raises into the platform's errors.

        A server's words stay out of the message: it may repeat the password.
        """
        try:
            yield
        except ftplib.error_perm as error:
            raise self._refusal(path, str(error)[:3]) from None
        except ftplib.Error as error:
            self._drop()
            raise SourceUnreachable(
                f"{self.url} broke off at {path} (reply {str(error)[:3]!r})"
            ) from None
        except (OSError, EOFError, OverflowError, UnicodeError) as error:
            self._drop()
            reason = getattr(error, "strerror", None) or str(error) or "connection closed"
            raise SourceUnreachable(f"{self.url} does not answer for {path}: {reason}") from None

    def _refusal(self, path: PurePosixPath, code: str) -> SourceError:
        if code in _MISSING:
            return RemoteFileMissing(f"no {path} on {self.url}")
        self._drop()
        if code == "530":
            return AccessDenied(f"{self.url} asks for another login to read {path}")
        return SourceError(f"{self.url} refuses {path} (reply {code})")


def _client(scheme: str) -> ftplib.FTP:
    if scheme == "ftps":
        return _Tls(context=ssl.create_default_context())
    return ftplib.FTP()  # noqa: S321


def _lines(ftp: ftplib.FTP, command: str) -> list[str]:
    lines: list[str] = []
    ftp.retrlines(command, lambda line: lines.append(line) if len(lines) <= MAX_ENTRIES else None)
    return lines


def _from_mlsd(line: str) -> Entry | None:
    head, _, name = line.partition(" ")
    facts = {key.lower(): value for key, _, value in (f.partition("=") for f in head.split(";"))}
    kind, size = facts.get("type", "").lower(), facts.get("size", "")
    if not name or kind in ("cdir", "pdir"):
        return None
    return Entry(name, kind == "dir", _count(size), _time(facts.get("modify", "")))


def _from_list(line: str) -> Entry | None:
    if match := _UNIX.fullmatch(line):
        name = match[3].split(" -> ")[0] if match[1] == "l" else match[3]
        return None if name in (".", "..") else Entry(name, match[1] == "d", _count(match[2]))
    if match := _DOS.fullmatch(line):
        return Entry(match[3], match[1] is not None, _count(match[2] or ""))
    return None


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _time(text: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.strptime(text.strip()[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return None


def _is_sendable(text: str) -> bool:
    return not any(character in text for character in "\r\n\0")


def _wire(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("latin-1")
