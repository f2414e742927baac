"""HTTP/1.1 connections with deadlines: no client holds one by sending or reading slowly."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

SENDING = 10.0
"""seconds that a client has for a whole request, from its first byte or the connection"""
READING = 30.0
"""seconds for which a client may take in nothing of an answer that waits for it"""
LONGEST_HEAD = 32 * 1024
"""bytes of a request line with its headers"""


class DeadlineProtocol(H11Protocol):
    """uvicorn's protocol, which ends connections whose clients keep it waiting."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*arguments, **options)
        self._sending: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request."""
        super().connection_made(transport)
        self._expect_request()

    def data_received(self, data: bytes) -> None:
        """Take a piece of a request; the deadline ends with its last one."""
        super().data_received(data)
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._expect_request()
        else:
            self._end("_sending")

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        self._end("_reading")
        self._reading = self.loop.call_later(READING, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        self._end("_reading")
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadlines."""
        self._end("_sending")
        self._end("_reading")
        super().connection_lost(exc)

    def _expect_request(self) -> None:
        if self._sending is None:
            self._sending = self.loop.call_later(SENDING, self.transport.abort)

    def _end(self, name: str) -> None:
        timer: asyncio.TimerHandle | None = getattr(self, name)
        if timer is not None:
            timer.cancel()
        setattr(self, name, None)
