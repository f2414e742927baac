"""Ports for servers that tests start."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack, suppress


def free_port(number: int = 1) -> int:
    """The first of so many ports that are free, below those of outgoing connections."""
    while True:
        port = random.randrange(20_000, 32_000)
        with suppress(OSError), ExitStack() as servers:
            for each in range(port, port + number):
                servers.enter_context(socket.create_server(("127.0.0.1", each)))
            return port
