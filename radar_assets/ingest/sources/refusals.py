"""What an FTP server means when it refuses a connection, a login or a command."""

from __future__ import annotations

import ftplib
import re
from urllib.parse import urlsplit

from radar_assets.errors import (
    AccessDenied,
    ConnectionLimit,
    SettingsError,
    SourceUnreachable,
)
from radar_assets.settings import Source

_NOT_OF_LIMIT = r"attempt|intento|fail|fall|password|contrase"
_LIMIT = re.compile(
    rf"(?:421|450|530)\b(?!.*(?:{_NOT_OF_LIMIT})).*"
    r"(?:too many|demasiad|m\S{1,2}xim|max\b|limit|l\S{1,2}mite|already"
    r"|connections|clients|users|sessions|conexiones|clientes|usuarios|sesiones)",
    re.IGNORECASE | re.DOTALL,
)
"""replies of servers that grant no more connections, in English and Spanish of any coding"""
_TLS = re.compile(r"\b(?:tls|ssl|encrypt\w*|cleartext|use auth|cifrad\w*)\b", re.IGNORECASE)
_WRONG_LOGIN = ("430", "530", "532")


def code_of(error: ftplib.Error) -> str:
    """Reply code of an error; a server's words stay out of messages: they may be the password."""
    code = str(error)[:3]
    return code if code.isdecimal() else "without a code"


def of_connection(error: ftplib.Error, name: str, source: Source) -> Exception | None:
    """What a refusal before the end of the login means, if it is not the login's own."""
    if is_for_tls(error, source):
        return needs_tls(error, name, source)
    if _LIMIT.match(str(error)):
        return ConnectionLimit(f"{source.url} grants no more connections (reply {code_of(error)})")
    if isinstance(error, ftplib.error_proto):
        return SourceUnreachable(
            f"what answers at {source.url} on port {_port(source)} is no FTP server; check the "
            f"url of source {name}"
        )
    return None


def of_login(error: ftplib.Error, name: str, source: Source, user: str) -> Exception | None:
    """What a refusal of the login means; None for what is no refusal of it."""
    code = code_of(error)
    if of_connection(error, name, source) or (code[:1] == "4" and code not in _WRONG_LOGIN):
        return None
    advice = (
        f"check the credentials of source {name}"
        if code in _WRONG_LOGIN
        else "that is not about the password: the server's own log says more"
    )
    denied = AccessDenied(
        f"{source.url} refuses the login of user {user!r} (reply {code}); {advice}"
    )
    denied.is_of_login = code in _WRONG_LOGIN
    return denied


def hung_up(source: Source) -> SourceUnreachable:
    """The error of a connection that is closed before the server greets."""
    error = SourceUnreachable(
        f"{source.url} closes connections on port {_port(source)} before it greets: it is "
        "overloaded, or grants no more"
    )
    error.has_hung_up = True
    return error


def is_for_tls(error: ftplib.Error, source: Source) -> bool:
    """Whether a server refuses something because it comes without TLS."""
    return urlsplit(source.url).scheme == "ftp" and bool(_TLS.search(str(error)))


def needs_tls(error: ftplib.Error, name: str, source: Source) -> SettingsError:
    """The error of a server that serves nobody without TLS."""
    return SettingsError(
        f"{source.url} serves nobody without TLS (reply {code_of(error)}); let the url of source "
        f"{name} begin with ftps://"
    )


def _port(source: Source) -> int:
    return urlsplit(source.url).port or ftplib.FTP_PORT
