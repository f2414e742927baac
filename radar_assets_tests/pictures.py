"""Files of the products folder: a PNG has two more beside it."""

from __future__ import annotations

PNG = ("png", "pgw", "png.aux.xml")
"""endings of a PNG map and of the files beside it"""


def map_of(name: str) -> str:
    """The map that a file is, or that it lies beside."""
    for ending in PNG:
        if name.endswith(f".{ending}"):
            return f"{name.removesuffix(ending)}png"
    return name
