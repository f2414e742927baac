"""Volumes as CF/Radial 1.4 NetCDF files.

Each field is float32 (time, range) with `_FillValue` where there is no value; a byte of the same
name in the group `flags` is nodata (not measured) or undetect (measured, no echo) there. Files that
have it as `<FIELD>_flag` beside the field are read as well. The same volume gives the same bytes: a
file holds no time of its own making.
"""

from radar_assets.radar.cfradial.layout import FILL
from radar_assets.radar.cfradial.reading import check_netcdf, read
from radar_assets.radar.cfradial.writing import write, write_in_place

__all__ = ["FILL", "check_netcdf", "read", "write", "write_in_place"]
