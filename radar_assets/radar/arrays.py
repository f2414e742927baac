"""Types of arrays."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
"""values of gates, or of cells made of them"""
