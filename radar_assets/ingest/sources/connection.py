"""Opening a control connection to an FTP or FTPS server, up to the login."""

from __future__ import annotations

import ftplib
import socket
import ssl
from urllib.parse import urlsplit

from radar_assets import settings
from radar_assets.radar.errors import AccessDenied, SettingsError, UntrustedServer

_GOODBYE = 5.0
"""seconds to wait for each answer at the end"""


def connect(name: str, source: settings.Source) -> ftplib.FTP:
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
    except BaseException:
        ftp.close()
        raise
    return ftp


def leave(ftp: ftplib.FTP) -> None:
    """Log out and wait, not for long, until the server has closed its side of the connection.

    Before that it counts it, and may refuse another one. Raises what `ftplib` does.
    """
    if ftp.sock:
        ftp.sock.settimeout(min(_GOODBYE, ftp.timeout or _GOODBYE))
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


def _client(name: str, source: settings.Source) -> ftplib.FTP:
    ftp = _Tls(context=_trust(name, source)) if _has_tls(source) else ftplib.FTP()  # noqa: S321
    ftp.encoding = "latin-1"  # decodes any name; `wire` makes what is sent UTF-8
    ftp.set_pasv(source.passive)
    return ftp


def _has_tls(source: settings.Source) -> bool:
    return urlsplit(source.url).scheme == "ftps"


def _trust(name: str, source: settings.Source) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=source.ca_file)
    except OSError as error:
        raise SettingsError(
            f"cannot read certificates from {source.ca_file}, the ca_file of source {name}: "
            f"{error.strerror}"
        ) from None


def _greet(ftp: ftplib.FTP, source: settings.Source) -> None:
    address = urlsplit(source.url)
    ftp.connect(address.hostname or "", address.port or 21, source.timeout.total_seconds())
    if not isinstance(ftp, ftplib.FTP_TLS):
        return
    try:
        ftp.auth()
    except ftplib.error_perm as error:
        raise UntrustedServer(
            f"{source.url} offers no TLS (reply {code_of(error)}), and ftps:// asks for it"
        ) from None


def _login(ftp: ftplib.FTP, name: str, source: settings.Source, user: str, password: str) -> None:
    try:
        ftp.login(wire(user), wire(password))
        if isinstance(ftp, ftplib.FTP_TLS):
            ftp.prot_p()
    except ftplib.error_perm as error:
        raise AccessDenied(
            f"{source.url} refuses the login of user {user!r} (reply {code_of(error)}); "
            f"check the credentials of source {name}"
        ) from None
