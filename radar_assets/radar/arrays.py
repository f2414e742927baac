"""Kinds of arrays that modules of radar data share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
"""values; where they may be missing, NaN is nodata and -inf undetect"""
Mask = NDArray[np.bool_]
Reals = NDArray[np.floating[Any]]
"""numbers of either precision"""
