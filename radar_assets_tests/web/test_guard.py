"""Which requests the guard lets through, as data and before a real server."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar_assets.web.guard import Guard, Message, Receive, Request, Scope, Send, refusal

OWN = Request("POST", "/graphql", "localhost:3000", "http://localhost:3000", "same-origin", "cors")
PAGE = Request("GET", "/assets/RMA1/png", "localhost:3000", mode="navigate", destination="document")


@pytest.mark.parametrize(
    "request_",
    [
        OWN,
        replace(OWN, path="/view/graphql"),
        replace(OWN, method="WEBSOCKET", site=""),
        replace(OWN, origin="", site="", mode=""),  # a script
        replace(OWN, host="127.0.0.1:3000", origin="http://127.0.0.1:3000"),
        replace(OWN, host="[::1]:3000", origin="http://[::1]:3000"),
        replace(OWN, host="LocalHost", origin="https://localhost"),
        PAGE,
        replace(PAGE, site="none"),
        replace(PAGE, site="cross-site"),  # a link in a message
        replace(PAGE, site="same-site", method="HEAD"),
    ],
)
def test_own_pages_scripts_and_links_pass(request_: Request) -> None:
    assert refusal(request_) is None


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (replace(OWN, host="evil.example"), "unknown Host"),
        (replace(OWN, host="evil.example:3000", origin="http://evil.example:3000"), "unknown Host"),
        (replace(PAGE, host="localhost.evil.example"), "unknown Host"),
        (replace(PAGE, host="127.0.0.1.evil.example"), "unknown Host"),
        (replace(PAGE, host="localhost:3000, evil.example:3000"), "unknown Host"),
        (replace(PAGE, host="evil.example@localhost"), "unknown Host"),
        (replace(PAGE, host=""), "unknown Host"),
        (replace(OWN, origin="http://evil.example"), "another origin"),
        (replace(OWN, origin="http://localhost:3001"), "another origin"),
        (replace(OWN, origin="http://127.0.0.1:3000"), "another origin"),
        (replace(OWN, origin="null"), "another origin"),
        (replace(OWN, origin="file://"), "another origin"),
        (replace(OWN, method="WEBSOCKET", origin="http://evil.example"), "another origin"),
        (replace(OWN, origin="", site="cross-site"), "another site"),
        (replace(OWN, origin="", site="same-site"), "another site"),
        (replace(OWN, origin="", path="/report_asset_check/a", site="cross-site"), "another site"),
        (replace(PAGE, site="cross-site", destination="iframe"), "another site"),
        (replace(PAGE, site="cross-site", mode="no-cors", destination="image"), "another site"),
        (replace(PAGE, site="cross-site", path="/graphql"), "another site"),
        (replace(PAGE, site="cross-site", method="POST"), "another site"),
        (replace(PAGE, path="/graphql"), "by POST"),
        (replace(PAGE, path="/view/graphql/"), "by POST"),
        (replace(OWN, method="PUT"), "by POST"),
        (replace(OWN, method="HEAD"), "by POST"),
    ],
)
def test_what_another_page_asks_for_is_refused(request_: Request, reason: str) -> None:
    refused = refusal(request_)
    assert refused
    assert reason in refused


TEXT = st.text(st.characters(codec="latin-1"), max_size=30)


@given(host=TEXT, origin=TEXT, site=TEXT, mode=TEXT, method=st.sampled_from(["GET", "POST"]))
def test_only_a_browser_at_a_local_address_may_query(
    host: str, origin: str, site: str, mode: str, method: str
) -> None:
    request = Request(method, "/graphql", host, origin, site, mode, "document")
    if refusal(request) is None:
        assert method == "POST"
        assert host.lower().startswith(("localhost", "[", *"0123456789."))
        assert origin == "" or origin.lower().endswith(f"://{host.lower()}")
        assert site in ("", "same-origin", "none")


def answer(app: Guard, scope: Scope) -> list[Message]:
    """What an application sends to a client that says nothing more."""
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body is not read")

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await send({"type": "lifespan.startup.complete"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b"reached"})


def scope(kind: str = "http", **headers: str) -> Scope:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    method = {"method": "POST"} if kind == "http" else {}
    return {"type": kind, "path": "/graphql", "headers": pairs, **method}


def test_what_passes_reaches_the_application_and_no_frame() -> None:
    start, body = answer(Guard(application), scope(host="localhost"))
    assert (start["status"], body["body"]) == (200, b"reached")
    assert start["headers"] == [(b"a", b"b"), (b"x-frame-options", b"DENY")]
    (message,) = answer(Guard(application), {"type": "lifespan"})
    assert message["type"] == "lifespan.startup.complete"


def test_a_refused_request_gets_the_reason_before_its_body_is_read() -> None:
    for headers in ({"host": "evil.example"}, {"host": "localhost", "sec_fetch_site": "same-site"}):
        start, body = answer(Guard(application), scope(**headers))
        assert start["status"] == 403
        assert body["body"].startswith(b"refused: ")
    twice = scope(host="localhost")
    twice["headers"] += [(b"host", b"evil.example")]
    assert answer(Guard(application), twice)[0]["status"] == 403
    (closed,) = answer(Guard(application), scope("websocket", host="localhost", origin="null"))
    assert closed["type"] == "websocket.close"
