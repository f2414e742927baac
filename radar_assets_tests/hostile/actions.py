"""What the platform does with a file, as functions of its path."""

from __future__ import annotations

from pathlib import Path

from radar_assets.ingest.sources.connection import ControlConnection
from radar_assets.maps import cog
from radar_assets.radar import cfradial
from radar_assets.radar.bufr import decode, frame
from radar_assets.radar.inspection import inspect


def decode_file(path: Path) -> None:
    decode(path.read_bytes())


def inspect_file(path: Path) -> None:
    inspect(path.read_bytes())


def check_frame(path: Path) -> None:
    frame.check_file(path)


def read_volume(path: Path) -> None:
    cfradial.read(path)


def check_volume(path: Path) -> None:
    cfradial.check_netcdf(path)


def check_map(path: Path) -> None:
    cog.check_cog(path)


def read_map(path: Path) -> None:
    cog.read(path)


class Endless:
    """A connection on which a server says the same for ever."""

    def __init__(self, block: bytes) -> None:
        self._block = block

    def settimeout(self, seconds: float) -> None:
        pass

    def recv(self, size: int) -> bytes:
        return (self._block * size)[:size]


def list_endlessly(block: bytes) -> None:
    client = ControlConnection()
    client.timeout = 30.0
    client.begin()
    client._listed(Endless(block))


def take(size: int) -> None:
    """Take so many MB."""
    held = bytearray(size << 20)
    held[:: 1 << 12] = b"\1" * len(held[:: 1 << 12])
