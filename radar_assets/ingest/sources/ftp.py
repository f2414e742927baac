"""An FTP or FTPS server as a source: listing, resumable transfers, errors by their meaning."""

from __future__ import annotations

import ftplib
import socket
import ssl
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from radar_assets.errors import (
    AccessDenied,
    BadName,
    RemoteFileMissing,
    SourceError,
    SourceUnreachable,
    TooManyEntries,
    UntrustedServer,
)
from radar_assets.ingest.sources.client import Entry, Stream, missing, named
from radar_assets.ingest.sources.connection import (
    ControlConnection,
    FtpSettings,
    code_of,
    connect,
    is_sendable,
    log_out,
    wire,
)
from radar_assets.ingest.sources.ftp_folder import FtpFolder, Habits, NotListable
from radar_assets.ingest.sources.kind import SourceKind
from radar_assets.ingest.sources.pace import Flow, Pace

_NO_RESUMING = ("451", "500", "501", "502", "503", "504", "554")  # 451: of proftpd
_MISSING = ("501", "550")  # 501: MLSD of what is no folder


class FtpClient:
    """Reads a server named by an ftp:// or ftps:// URL; see `SourceClient`."""

    def __init__(self, name: str, source: FtpSettings, pace: Pace | None = None) -> None:
        self.name = name
        self.url = source.url
        self._settings = source
        parts = urlsplit(source.url)
        self._root = PurePosixPath(unquote(parts.path) or "/")
        self._port = parts.port or ftplib.FTP_PORT
        self._pace = pace or Pace()
        self._connection: ControlConnection | None = None
        self._habits = Habits(has_mlsd=source.mlsd)

    def list_folder(self, path: PurePosixPath) -> list[Entry]:
        """Entries of a folder; see `FtpFolder`."""
        with self._explained(path):
            return self._folder(path).entries()

    def list_names(self, path: PurePosixPath) -> list[str]:
        """Names in a folder by another command than `list_folder`'s."""
        with self._explained(path):
            return self._folder(path).names()

    def fetch(self, path: PurePosixPath, offset: int = 0) -> Stream:
        """Read a file from a byte offset, or from 0 where the server refuses to resume."""
        with self._explained(path):
            ftp = self._connected()
            command = f"RETR {self._absolute(path)}"
            ftp.switch("I")
            try:
                data = ftp.transfercmd(command, offset or None)
            except (ftplib.error_temp, ftplib.error_perm) as error:
                if not (offset and str(error).startswith(_NO_RESUMING)):
                    raise
                offset, data = 0, ftp.transfercmd(command)
        return Stream(offset, self._blocks(path, ftp, data))

    def close(self) -> None:
        """Log out and disconnect."""
        if self._connection is not None:
            with suppress(*ftplib.all_errors):
                log_out(self._connection)
        self._drop()

    def _blocks(
        self, path: PurePosixPath, ftp: ControlConnection, data: socket.socket
    ) -> Generator[bytes]:
        finished = False
        flow = Flow(self._settings.min_rate)
        try:
            with data:
                while block := self._receive(path, data, flow):
                    yield block
                    self._pace.spend(len(block))
            with self._explained(path):
                ftp.begin()
                ftp.voidresp()
            finished = True
        finally:
            if not finished:
                self._drop()

    def _receive(self, path: PurePosixPath, data: socket.socket, flow: Flow) -> bytes:
        with self._explained(path), flow.waiting():
            block = data.recv(self._pace.block)
            flow.add(len(block))
            return block

    def _folder(self, path: PurePosixPath) -> FtpFolder:
        return FtpFolder(self._connected(), self._absolute(path), self._habits)

    def _connected(self) -> ControlConnection:
        if self._connection is None:
            self._connection = connect(self.name, self._settings)
        self._connection.begin()
        return self._connection

    def _absolute(self, path: PurePosixPath) -> str:
        whole = str(self._root / path)
        if not is_sendable(whole) or ".." in path.parts or path.is_absolute():
            raise BadName(f"{whole[:120]!r} is not a path below {self.url}")
        return wire(whole)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    @contextmanager
    def _explained(self, path: PurePosixPath) -> Iterator[None]:
        """Turn what the protocol raises into the platform's errors, without the server's words."""
        try:
            yield
        except TooManyEntries as error:
            self._drop()
            raise TooManyEntries(f"{path} on {self.url} has {error}") from None
        except NotListable:
            raise SourceError(
                f"{self.url} has a folder {path} that it does not list; check its permissions"
            ) from None
        except ftplib.error_perm as error:
            raise self._refusal(path, code_of(error)) from None
        except ftplib.Error as error:
            self._drop()
            raise SourceUnreachable(
                f"{self.url} broke off at {named(path)} (reply {code_of(error)})"
            ) from None
        except ssl.SSLCertVerificationError as error:
            self._drop()
            raise UntrustedServer(
                f"the certificate of {self.url} is not trusted: {error.verify_message}; let "
                f"ca_file of source {self.name} name the certificate that it is signed with"
            ) from None
        except (OSError, EOFError, OverflowError, ValueError) as error:
            self._drop()
            raise SourceUnreachable(
                f"{self.url} does not answer on port {self._port} for {named(path)}: "
                f"{_reason(error)}"
            ) from None

    def _refusal(self, path: PurePosixPath, code: str) -> SourceError:
        if code in _MISSING:
            return RemoteFileMissing(missing(path, self.url))
        self._drop()
        if code == "530":
            return AccessDenied(f"{self.url} asks for another login to read {named(path)}")
        return SourceError(f"{self.url} refuses {named(path)} (reply {code})")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return "connection closed" if isinstance(error, EOFError) else "its reply makes no sense"


KIND = SourceKind(("ftp", "ftps"), FtpSettings, FtpClient)
