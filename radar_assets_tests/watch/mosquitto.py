"""A real broker on loopback, and one who listens to it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from radar_assets_tests.ports import free_port
from radar_assets_tests.waiting import LONG, wait_until

USER, PASSWORD = "announcer", "mosquitto-secret-7"


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin")


needs_mosquitto = pytest.mark.skipif(
    not (_program("mosquitto") and _program("mosquitto_passwd")), reason="there is no mosquitto"
)


class Broker:
    """Mosquitto, which keeps sessions and messages over its restarts."""

    def __init__(self, folder: Path, certificate: Path | None = None, ca: str = "") -> None:
        folder.mkdir()
        self.port = free_port()
        self._folder, self._process = folder, None
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            "autosave_interval 1",
            f"persistence_location {folder}/",
            "log_dest file " + str(folder / "log"),
            "user root",
            f"password_file {folder / 'passwords'}",
        ]
        if certificate:
            lines += [f"certfile {certificate}", f"keyfile {certificate}", f"cafile {ca}"]
        made = [_program("mosquitto_passwd"), "-b", "-c", folder / "passwords", USER, PASSWORD]
        subprocess.run([str(part) for part in made], check=True, capture_output=True)
        (folder / "conf").write_text("\n".join(lines) + "\n")

    def start(self) -> None:
        self._process = subprocess.Popen(
            [str(_program("mosquitto")), "-c", str(self._folder / "conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._answers, "the broker")

    def _answers(self) -> bool:
        assert self._process.poll() is None, (self._folder / "log").read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(LONG)
        self._process = None


class Listener:
    """Gets every message of a broker, also those that came while it was not connected."""

    def __init__(self, broker: Broker, heard: Callable[[int], None] = lambda _: None) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id="listener", clean_session=False
        )
        self._client.reconnect_delay_set(min_delay=1, max_delay=1)
        self._client.username_pw_set(USER, PASSWORD)
        self._heard = heard
        subscribed: list[int] = []
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._client.on_subscribe = lambda *_: subscribed.append(1)
        self._client.on_message = self._hear
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        wait_until(lambda: subscribed, "the subscription")

    def _hear(self, _client: Client, _data: object, message: Any) -> None:
        self.messages.append((message.topic, json.loads(message.payload)))
        self._heard(len(self.messages))

    def wait_for(self, count: int) -> list[tuple[str, dict[str, Any]]]:
        wait_until(lambda: len(self.messages) >= count, f"message {count}")
        return self.messages

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
