"""What holds for every request: headers of the answer, limits of size, and who may read."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from radar_assets.web.guard import App, Message, Receive, Request, Scope, Send, refusal
from radar_assets.web.map.problems import problem

LONGEST_BODY = 64 * 1024
"""bytes of a request's body"""
MOST_RANGES = 16
"""ranges of bytes that one request may ask for"""

_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; connect-src 'self' blob:; worker-src blob:; "
    "child-src blob:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


class Limits:
    """ASGI middleware that refuses what is too large, and what pages of other sites may not ask.

    Reading is open to pages of the `origins`; whatever changes something, to the map's own only.
    """

    def __init__(self, app: App, origins: Sequence[str]) -> None:
        self._app, self._origins = app, origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = HttpRequest(scope)
        send = self._with_headers(request.headers.get("origin", ""), send)
        if (answer := _refused(request)) is not None:
            await answer(scope, receive, send)
        else:
            await self._app(scope, _bounded(receive), send)

    def _with_headers(self, origin: str, send: Send) -> Send:
        more = [*_HEADERS]
        if "*" in self._origins:
            more.append((b"access-control-allow-origin", b"*"))
        elif self._origins:
            more.append((b"vary", b"Origin"))
            if origin in self._origins:
                more.append((b"access-control-allow-origin", origin.encode("latin-1")))

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *more]}
            await send(message)

        return sent


def _refused(request: HttpRequest) -> Response | None:
    """The answer to a request that is not handled any further."""
    if request.method not in ("GET", "HEAD"):
        reason = refusal(Request.of(request.scope))
        if reason:
            return problem(403, reason)
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > LONGEST_BODY:
        return problem(413, f"a body has at most {LONGEST_BODY} bytes")
    if request.headers.get("range", "").count(",") >= MOST_RANGES:
        return problem(416, f"a request asks for at most {MOST_RANGES} ranges")
    return None


def _bounded(receive: Receive) -> Receive:
    """Bodies without a length in their header are bounded, too."""
    size = 0

    async def received() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        return message if size <= LONGEST_BODY else {"type": "http.disconnect"}

    return received
