"""Connections to the map's server, which end when a client neither asks nor reads.

uvicorn bounds the pause between two requests, and neither the time that a request takes to arrive
nor that in which an answer is read; so a few hundred idle clients would keep all others out.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE = 10.0
"""seconds that a request may take to arrive, and a full buffer of an answer to be read"""


class Connection(H11Protocol):
    """A connection that is closed when its client is too slow."""

    _request: asyncio.TimerHandle | None = None
    """runs while a request is waited for"""
    _answer: asyncio.TimerHandle | None = None
    """runs while an answer waits to be read"""

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - as in uvicorn
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Go on waiting, unless a request is complete."""
        super().data_received(data)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        _cancel(self._request)
        _cancel(self._answer)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait until the client has read."""
        super().pause_writing()
        self._answer = self.loop.call_later(PATIENCE, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on when the client has read."""
        _cancel(self._answer)
        super().resume_writing()

    def _wait(self) -> None:
        is_answered = self.cycle is None or self.cycle.response_complete
        if is_answered and self._request is None:
            self._request = self.loop.call_later(PATIENCE, self.transport.close)
        elif not is_answered:
            _cancel(self._request)
            self._request = None


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer:
        timer.cancel()
