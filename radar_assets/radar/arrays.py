"""Types of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
"""values of gates, or of cells made of them: NaN is nodata, -inf undetect"""
Mask = NDArray[np.bool_]
Reals = NDArray[np.floating[Any]]
"""numbers of either precision"""
