"""Every situation the platform can name, as one exception tree.

A message says what happened, where, and what to do about it. Anything that is not a
`RadarAssetsError` is a defect of the program, not of its input.
"""

from __future__ import annotations


class RadarAssetsError(Exception):
    """Root of all errors the platform raises on purpose.

    Where something is tried several times, `attempts` counts how often it was, and
    `retry_reasons` says why the attempts before the last one failed.
    """

    attempts: int = 0
    retry_reasons: tuple[str, ...] = ()


class SettingsError(RadarAssetsError):
    """The network file or the environment is wrong."""


class BadName(RadarAssetsError):
    """A file name, volume identifier or path does not follow the naming contract."""


class BufrError(RadarAssetsError):
    """A BUFR message cannot be decoded or encoded; `bit` is the offset in the file, if known."""

    def __init__(self, message: str, *, bit: int | None = None) -> None:
        where = "" if bit is None else f" (byte {bit // 8}, bit {bit % 8})"
        super().__init__(message + where)
        self.bit = bit


class BufrTruncated(BufrError):
    """The message ends before its announced length; fetch the file again."""


class BufrCorrupt(BufrError):
    """The message breaks the format: wrong marks, lengths, counts, dates or payload."""


class BufrUnsupported(BufrError):
    """A well-formed message of a kind that is not read here (RHI, helical scan, other editions)."""


class BufrTooLarge(BufrError):
    """The message announces more data than any radar volume holds."""


class FieldMismatch(RadarAssetsError):
    """A file's content contradicts its name, or fields do not belong to one volume."""


class SiteMismatch(FieldMismatch):
    """Files were measured far from where the network file has their radar."""


class CfRadialError(RadarAssetsError):
    """A NetCDF file is not a CF/Radial volume that can be read here."""


class ProductError(RadarAssetsError):
    """A product is unknown or cannot be made."""


class ProductNotApplicable(ProductError):
    """A volume lacks the fields that a product needs; not a fault."""


class SourceError(RadarAssetsError):
    """A source of BUFR files failed."""

    attempts: int = 1


class SourceUnreachable(SourceError):
    """The server does not answer or drops the connection; worth trying again."""


class SourceBusy(SourceError):
    """All connections that the network file allows to a source are in use; try again later."""


class AccessDenied(SourceError):
    """The server refuses the login; retrying will not help, the credentials must change."""


class UntrustedServer(AccessDenied):
    """The server has no TLS, or shows a certificate that is not trusted."""


class RemoteFileMissing(SourceError):
    """A file or folder is not on the server."""


class TooManyEntries(SourceError):
    """A folder has more entries than any folder of a radar archive."""


class DownloadIncomplete(SourceError):
    """What arrived is not what the server announced or had begun; worth trying again."""


class FileTooLarge(SourceError):
    """A file is larger than any BUFR message can be."""


class VolumeIncomplete(RadarAssetsError):
    """A volume lacks fields, and the network file says that such volumes are left."""


class StorageError(RadarAssetsError):
    """A stored file cannot be written or read."""


class NoSpace(StorageError):
    """The disk is full, or would have less free space than the settings want to keep."""
