"""A platform whose server wants a login."""

from __future__ import annotations

from pathlib import Path

from radar_assets_tests.defs.platforms import FIELDS, File
from radar_assets_tests.defs.shell import Write
from radar_assets_tests.ftp_server import Server

SECRET = "Tr0ub4dor&3"
VARIABLES = {"PLATFORM_USER": "radar", "PLATFORM_PASSWORD": SECRET}
LOGIN = 'username_env = "PLATFORM_USER"\npassword_env = "PLATFORM_PASSWORD"\n[strategies'


def publish(folder: Path, write: Write, server: Server) -> dict[str, str]:
    """Put a volume on a server that wants a login; the environment of a platform for it."""
    for name in FIELDS:
        File(name).publish(folder / "L2")
    environment = write(f"{server.url}/L2")
    network = folder / "network.toml"
    network.write_text(network.read_text("utf-8").replace("[strategies", LOGIN, 1), "utf-8")
    return environment | VARIABLES
