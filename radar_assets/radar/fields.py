"""The one table of the fields that SINARAME radars measure: names, units and codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class FieldInfo:
    """What is known of a field by its name."""

    name: str
    """as in the names of BUFR files"""
    long_name: str
    standard_name: str | None
    """as CF/Radial 1.4 lists it; None where it has no name for the field"""
    units: str
    """as CF/Radial writes them; "1" without dimension"""
    quantity: int
    """code of local table 0 30 196 that the field's BUFR files carry"""


_Z = "equivalent_reflectivity_factor"
_ZDR = "log_differential_reflectivity_hv"
_VRAD = "radial_velocity_of_scatterers_away_from_instrument"

FIELDS: Mapping[str, FieldInfo] = MappingProxyType(
    {
        info.name: info
        for info in (
            FieldInfo("DBZH", "Horizontal reflectivity", _Z, "dBZ", 0),
            FieldInfo("DBZV", "Vertical reflectivity", _Z, "dBZ", 233),
            FieldInfo("TH", "Horizontal reflectivity, uncorrected", _Z, "dBZ", 230),
            FieldInfo("TV", "Vertical reflectivity, uncorrected", _Z, "dBZ", 231),
            FieldInfo("ZDR", "Differential reflectivity", _ZDR, "dB", 80),
            FieldInfo("TDR", "Differential reflectivity, uncorrected", _ZDR, "dB", 242),
            FieldInfo(
                "RHOHV", "Co-polar correlation coefficient", "cross_correlation_ratio_hv", "1", 241
            ),
            FieldInfo("PHIDP", "Differential phase", "differential_phase_hv", "degrees", 239),
            FieldInfo(
                "KDP",
                "Specific differential phase",
                "specific_differential_phase_hv",
                "degrees/km",
                240,
            ),
            FieldInfo("VRAD", "Radial velocity away from the radar", _VRAD, "m/s", 40),
            FieldInfo("WRAD", "Doppler spectrum width", "doppler_spectrum_width", "m/s", 60),
            FieldInfo("CM", "Clutter map", None, "1", 243),
        )
    }
)
"""Known fields by name. A volume may hold others: they are kept, without units or products."""

REFLECTIVITY = ("DBZH", "TH")
"""Fields that products take for reflectivity, the best first."""
