"""The version of this code, as files made by it state it."""

from functools import cache
from importlib.metadata import version


@cache
def release() -> str:
    """Version of the installed package."""
    return version("radar_assets")
