"""What stands in a field where it has no value, and in its flags."""

import numpy as np

FILL = np.float32(-9999.0)
"""`_FillValue` of the fields"""
NODATA, UNDETECT, VALID = 0, 1, 2
"""values of the flags"""
