"""The version of this code, as what it makes tells it."""

from functools import cache
from importlib.metadata import version


@cache
def release() -> str:
    """Version of the installed package."""
    return version("radar_assets")
