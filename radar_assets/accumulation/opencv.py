"""OpenCV, loaded when it is first needed: that takes a third of a second."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any


@cache
def opencv() -> Any:  # noqa: ANN401 - a module
    """OpenCV with one thread: its optical flow depends on how many there are."""
    module = import_module("cv2")
    module.setNumThreads(1)
    return module
