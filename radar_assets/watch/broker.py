"""A connection to an MQTT broker that publishes one message after the other (QoS 1)."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from radar_assets.settings.messages import Messages

_TIMEOUT = 10.0
"""seconds in which a broker must answer"""


class Publisher:
    """A connection that is open; messages arrive in the order in which they are published."""

    def __init__(self, client: Client) -> None:
        """Publish by a client whose loop runs."""
        self._client = client

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish a message and wait for the broker to have it; `OSError` where it may not."""
        sent = self._client.publish(topic, payload, qos=1)
        try:
            sent.wait_for_publish(_TIMEOUT)
            has_it = sent.is_published()
        except (RuntimeError, ValueError) as error:  # the connection is gone, or its queue full
            raise ConnectionError(f"the broker is gone: {error}") from error
        if not has_it:
            raise TimeoutError(f"the broker does not answer within {_TIMEOUT:g} s")


@contextmanager
def connected(wanted: Messages, login: tuple[str, str] | None) -> Iterator[Publisher]:
    """Connect to a broker while the context is open; `OSError` says why that is not possible."""
    answered, reasons = threading.Event(), list[ReasonCode]()
    client = Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
    client.connect_timeout = _TIMEOUT

    def answer(_client: Client, _data: Any, _flags: Any, reason: ReasonCode, _: Any) -> None:  # noqa: ANN401
        reasons.append(reason)
        answered.set()

    client.on_connect = answer
    if login:
        client.username_pw_set(*login)
    if wanted.has_tls:
        client.tls_set_context(ssl.create_default_context(cafile=wanted.ca_file))
    client.connect(*wanted.address)
    client.loop_start()
    try:
        if not answered.wait(_TIMEOUT):
            raise TimeoutError(f"the broker does not answer within {_TIMEOUT:g} s")
        if reasons[0].is_failure:
            raise ConnectionRefusedError(f"the broker refuses the connection: {reasons[0]}")
        yield Publisher(client)
    finally:
        client.disconnect()
        client.loop_stop()
