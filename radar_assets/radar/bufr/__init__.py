"""SINARAME level-2 BUFR: one message is one field of one volume, all sweeps."""

from radar_assets.radar.bufr.decode import CodedField, CodedSweep, decode, read
from radar_assets.radar.bufr.encode import encode
from radar_assets.radar.bufr.field import NODATA, UNDETECT, Field, FieldSweep

__all__ = [
    "NODATA",
    "UNDETECT",
    "AnyField",
    "AnySweep",
    "CodedField",
    "CodedSweep",
    "Field",
    "FieldSweep",
    "decode",
    "encode",
    "read",
]

AnySweep = FieldSweep | CodedSweep
"""a sweep; a coded one inflates its values each time they are asked for"""
AnyField = Field | CodedField
