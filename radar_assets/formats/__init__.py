"""Volumes for others: the model of FM 301 in xarray and NetCDF, and ODIM_H5."""

from __future__ import annotations

from enum import StrEnum


class ExportFormat(StrEnum):
    """Formats of volumes that others read."""

    CFRADIAL2 = "cfradial2"
    ODIM = "odim"
