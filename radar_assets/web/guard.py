"""A guard for a web application without a login: it refuses what pages of other sites ask for.

Any page that is open in a browser may send requests to addresses of its own machine and network
(cross-site request forgery), or have its own name resolve to them (DNS rebinding). Dagster's
webserver executes mutations by GET and checks neither Origin nor Host, so such a page could launch
runs and wipe records. The headers that give it away are set by the browser, never by the page:
Host, Origin (Fetch standard) and Sec-Fetch-Site (W3C Fetch Metadata).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Self

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_LOCAL = re.compile(r"(localhost|[0-9.]+|\[[0-9a-f:.]+\])(:[0-9]+)?", re.IGNORECASE)
"""a Host that no name server of somebody else can point anywhere"""

_READING = ("GET", "HEAD")
_OWN = ("same-origin", "none")
"""Sec-Fetch-Site of the application's own pages, and of what the user does in the browser"""


@dataclass(frozen=True)
class Request:
    """What the guard reads of a request; headers that are absent are empty."""

    method: str
    """GET, POST, …; WEBSOCKET for an upgrade"""

    path: str
    """decoded, without the query"""

    host: str
    origin: str = ""
    site: str = ""
    """Sec-Fetch-Site"""

    mode: str = ""
    """Sec-Fetch-Mode"""

    destination: str = ""
    """Sec-Fetch-Dest"""

    @classmethod
    def of(cls, scope: Scope) -> Self:
        """The request of an ASGI scope; a header that is sent twice has both values."""
        headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return cls(
            method=scope.get("method", "WEBSOCKET"),
            path=scope["path"],
            host=headers.get("host", ""),
            origin=headers.get("origin", ""),
            site=headers.get("sec-fetch-site", ""),
            mode=headers.get("sec-fetch-mode", ""),
            destination=headers.get("sec-fetch-dest", ""),
        )

    @property
    def is_query(self) -> bool:
        """Whether GraphQL would execute it."""
        return self.path.rstrip("/").endswith("/graphql")

    @property
    def is_link(self) -> bool:
        """Whether a link was followed to a page in a tab of its own."""
        opens_page = (self.mode, self.destination) == ("navigate", "document")
        return opens_page and self.method in _READING and not self.is_query


def refusal(request: Request) -> str | None:
    """Why a request is refused; None when it is let through."""
    if not _LOCAL.fullmatch(request.host):
        return (
            "unknown Host: open this page by localhost or an IP address; "
            "a proxy with a name of its own must check Host and Origin, and send "
            "'Host: localhost' and no Origin"
        )
    if request.origin and not _is_same(request.origin, request.host):
        return "the request comes from a page of another origin"
    if request.site and request.site not in _OWN and not request.is_link:
        return "the request comes from a page of another site"
    if request.is_query and request.method not in ("POST", "WEBSOCKET"):
        return "queries are sent by POST"
    return None


def _is_same(origin: str, host: str) -> bool:
    scheme, _, rest = origin.partition("://")
    return scheme in ("http", "https") and rest.lower() == host.lower()


class Guard:
    """ASGI middleware that refuses foreign requests, and that other sites frame its pages.

    A refused request gets status 403 and the reason; its body is not read.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif reason := refusal(Request.of(scope)):
            await _refuse(scope, send, reason)
        else:
            await self._app(scope, receive, _unframed(send))


async def _refuse(scope: Scope, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": f"refused: {reason}\n".encode()})


def _unframed(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ()), (b"x-frame-options", b"DENY")]
            message = {**message, "headers": headers}
        await send(message)

    return sent
