"""What a number of a map or volume says: a value, no echo, or that nothing was measured."""

from __future__ import annotations

import math
from typing import Literal

State = Literal["value", "undetect", "nodata", "outside"]
"""undetect: measured, and no echo; nodata: not measured; outside: beyond the map's edges"""


def state_of(number: float, *, is_class: bool = False) -> tuple[State, float | None]:
    """State of a number, and the number where it is a value; class 0 is not measured."""
    if math.isnan(number) or (is_class and number == 0):
        return "nodata", None
    return ("undetect", None) if number == -math.inf else ("value", number)
