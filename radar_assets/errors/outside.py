"""Situations of the world outside: sources RA5xx, storage RA6xx, the platform's processes RA7xx."""

from __future__ import annotations

from radar_assets.errors.tree import RadarAssetsError


class SourceError(
    RadarAssetsError,
    code="RA501",
    cause="the server refuses a command or answers as no FTP server does",
    remedy="read the server's own log; the sensor retries",
):
    """A source of BUFR files failed."""

    attempts: int = 1


class SourceUnreachable(
    SourceError,
    code="RA502",
    cause="the server or the network between is down, or overloaded",
    remedy="nothing at first: it is retried with growing pauses; if it lasts, check the server",
):
    """The server does not answer or drops the connection; worth trying again."""


class SourceBusy(
    SourceError,
    code="RA503",
    cause="other runs use all of the source's `max_connections`",
    remedy="nothing: it is tried again; raise `max_connections` if the server can bear it",
):
    """All connections that the network file allows to a source are in use; try again later."""


class AccessDenied(
    SourceError,
    code="RA504",
    cause="user name, password or permissions on the server are wrong or were changed",
    remedy="correct the login in the environment, then restart daemon and webserver",
):
    """The server refuses the login; retrying will not help, the credentials must change."""

    is_of_login: bool = False
    """whether the login itself was refused; some servers refuse connections over a limit so"""


class UntrustedServer(
    AccessDenied,
    code="RA505",
    cause="the certificate has expired, is of a private authority, or the server is another one",
    remedy="renew the certificate, or name its authority's file as `ca_file`",
):
    """The server has no TLS, or shows a certificate that is not trusted."""


class RemoteFileMissing(
    SourceError,
    code="RA506",
    cause="the server removed the file, or the radar replaces it at this moment",
    remedy="nothing: the sensor polls again; run backfills before the server removes files",
):
    """A file or folder is not on the server."""


class TooManyEntries(
    SourceError,
    code="RA507",
    cause="`url` points to a folder that is no radar archive, or the server is faulty",
    remedy="correct `url` in the network file, or clean the folder up on the server",
):
    """A folder has more entries than any folder of a radar archive."""


class ConnectionLimit(
    SourceUnreachable,
    code="RA510",
    cause="the server grants no more connections to this address, login or at all",
    remedy="nothing: it is tried again; lower `max_connections` to what the server grants",
):
    """The server refuses another connection; those that it grants go on working."""


class ListingUnclear(
    SourceError,
    code="RA511",
    cause="a link leads nowhere or out of what is shown, or a line has an unknown form",
    remedy="correct the entry on the server, or try `mlsd = false` in the source's table",
):
    """A listing has something that is not understood, or hides what another command shows."""


class DownloadIncomplete(
    SourceError,
    code="RA508",
    cause="the connection broke off, or the file changed while it was read",
    remedy="nothing: the download goes on where it stopped",
):
    """What arrived is not what the server announced or had begun; worth trying again."""


class FileTooLarge(
    SourceError,
    code="RA509",
    cause="something that is no BUFR message has the name of one",
    remedy="check the file on the server; it is not downloaded as it is",
):
    """A file is larger than any BUFR message can be."""


class StorageError(
    RadarAssetsError,
    code="RA601",
    cause="wrong permissions, a disk that is read-only or failing, or a missing folder",
    remedy="repair the disk or its permissions; `radar-assets doctor` checks it",
):
    """A stored file cannot be written or read."""


class NoSpace(
    StorageError,
    code="RA602",
    cause="the disk is full, or has as many files as it can hold",
    remedy="free space, or set `keep_bufr` and `keep_volumes`; the windows are run again",
):
    """The disk is full, or would have less free space than the settings want to keep."""


class FolderMissing(
    StorageError,
    code="RA603",
    cause="a path is misspelt, or its disk is not mounted",
    remedy="correct the path or mount the disk",
):
    """A folder that a command is to read is not there."""


class InputMissing(
    RadarAssetsError,
    code="RA604",
    cause="files were removed, by retention or by hand, after they were recorded",
    remedy="run the window with all stages, so that they are made again",
):
    """What an earlier stage recorded is not stored any more."""


class PlatformError(
    RadarAssetsError,
    code="RA701",
    cause="a process of the platform ended or did not get ready",
    remedy="read the log that the message names",
):
    """A process that belongs to the platform failed."""


class NotDelivered(
    PlatformError,
    code="RA703",
    cause="an address is wrong, or the service behind it is down or refuses the message",
    remedy="correct the addresses, and try them with `radar-assets notify --test`",
):
    """No address accepted a notification."""


class PortTaken(
    PlatformError,
    code="RA702",
    cause="another program, or an earlier start of this one, listens there",
    remedy="end it, or choose another port",
):
    """A port to listen on is in use or not allowed."""
