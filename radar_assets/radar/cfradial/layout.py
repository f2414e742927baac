"""What a field has where it has no value, and its flags."""

import numpy as np

FILL = np.float32(-9999.0)
"""`_FillValue` of the fields"""
NODATA, UNDETECT, VALID = 0, 1, 2
"""values of the flags"""
FLAGS = "flags"
"""group of the flags, each named like its field: readers take what has gates for a field, and skip
groups"""


def flag_path(field: str) -> str:
    """Path of a field's flags in a file."""
    return f"{FLAGS}/{field}"
