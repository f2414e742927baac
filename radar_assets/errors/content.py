"""Situations of settings, names and content: RA1xx to RA4xx."""

from __future__ import annotations

from radar_assets.errors.tree import RadarAssetsError


class SettingsError(
    RadarAssetsError,
    code="RA101",
    cause="a mistake in the network file, the environment or the command line",
    remedy="correct what the message names; `radar-assets doctor` checks all of it",
):
    """The network file, the environment or a choice of the user is wrong."""


class NoInstance(
    SettingsError,
    code="RA102",
    cause="DAGSTER_HOME is not set, or its folder or dagster.yaml is missing or wrong",
    remedy="set DAGSTER_HOME as `docs/guide.md` says, and copy dagster.yaml there",
):
    """Dagster's instance, where records are kept, cannot be opened."""


class BadName(
    RadarAssetsError,
    code="RA201",
    cause="a file of another kind, or one that was renamed",
    remedy="nothing, if it is no radar file; else give it the name that the radar gave it",
):
    """A file name, volume identifier or path does not follow the naming contract."""


class BufrError(
    RadarAssetsError,
    code="RA210",
    cause="the file is damaged, or the radar's software has changed",
    remedy="have the file sent again; `radar-assets inspect FILE` shows details",
):
    """A BUFR message cannot be decoded or encoded; `bit` is the offset in the file, if known."""

    def __init__(self, message: str, *, bit: int | None = None) -> None:
        where = "" if bit is None else f" (byte {bit // 8}, bit {bit % 8})"
        super().__init__(message + where)
        self.bit = bit


class BufrTruncated(
    BufrError,
    code="RA211",
    cause="the radar's upload to the server broke off",
    remedy="have the file sent again; the sensor takes it as soon as it changes",
):
    """The message ends before its announced length."""


class BufrCorrupt(
    BufrError,
    code="RA212",
    cause="the file was damaged where it was written or on its way to the server",
    remedy="have the file sent again; the sensor takes it as soon as it changes",
):
    """The message breaks the format: wrong marks, lengths, counts, dates or payload."""


class BufrUnsupported(
    BufrError,
    code="RA213",
    cause="the radar made a scan of a kind that is not processed",
    remedy="nothing, if it is an RHI or a test; else ask for support of it, with the file",
):
    """A well-formed message of a kind that is not read here (RHI, helical scan, other editions)."""


class BufrTooLarge(
    BufrError,
    code="RA214",
    cause="a damaged count, or a file that is meant to do harm",
    remedy="check the file on the server; it is never processed as it is",
):
    """The message announces more data than any radar volume holds."""


class FieldMismatch(
    RadarAssetsError,
    code="RA301",
    cause=(
        "files were renamed, or are in the folder of another volume, "
        "or the radar codes its site or sweeps wrongly"
    ),
    remedy=(
        "compare `radar-assets inspect FILE` with the file's name, "
        "and correct the name or have the radar corrected"
    ),
):
    """A file's content contradicts its name, or fields do not belong to one volume."""


class SiteMismatch(
    FieldMismatch,
    code="RA302",
    cause="files of another radar, or a wrong place in the network file",
    remedy="compare the place in the network file with `radar-assets inspect FILE`",
):
    """Files were measured far from where the network file has their radar."""


class VolumeIncomplete(
    RadarAssetsError,
    code="RA303",
    cause="the radar did not send all fields, and `allow_incomplete` is false",
    remedy="nothing, if that is meant; else set `allow_incomplete = true` and run the window again",
):
    """A volume lacks fields, and the network file says that such volumes are skipped."""


class CfRadialError(
    RadarAssetsError,
    code="RA401",
    cause="the NetCDF file was damaged on disk or comes from another program",
    remedy="`radar-assets verify --repair` makes damaged volumes again",
):
    """A NetCDF file is not a CF/Radial volume that can be read here."""


class ProductError(
    RadarAssetsError,
    code="RA410",
    cause="a product's name is misspelt, or a map on disk was damaged",
    remedy="choose one of the products in `docs/products.md`, or run the window's maps again",
):
    """A product is unknown or cannot be made."""


class ProductNotApplicable(
    ProductError,
    code="RA411",
    cause="the scan strategy does not measure the fields that the product needs",
    remedy="nothing; remove the product from the radar's `products` to hide the message",
):
    """A volume lacks the fields that a product needs; not a fault."""


class SweepMissing(
    ProductNotApplicable,
    code="RA412",
    cause="the parameter `sweep` is greater than the volume has sweeps",
    remedy="choose a lower `sweep`; the message says how many there are",
):
    """A volume has no sweep of the number that a product is to show; not a fault."""
