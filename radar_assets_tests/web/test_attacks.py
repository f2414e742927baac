"""Pages of other sites, open in a real browser, attack Dagster's UI."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import dagster as dg
import pytest
import requests

from radar_assets_tests.browser import Browser, browser
from radar_assets_tests.nginx import LOGINS, NAME, proxy
from radar_assets_tests.ports import free_port
from radar_assets_tests.waiting import LONG, wait_until

EVIL = "evil.example"
BARE = ("dagster-webserver",)
GUARDED = ("radar-assets", "webserver")
KEY = dg.AssetKey("recorded")
WIPE = (
    'mutation { wipeAssets(assetPartitionRanges: [{assetKey: {path: ["recorded"]}}])'
    " { __typename } }"
)

ATTACKS = {
    "image": """
        await new Promise((end) => {
            const image = new Image(); image.onload = image.onerror = end;
            image.src = graphql + '?query=' + encodeURIComponent(query);
        });""",
    "fetch by GET": """
        await fetch(graphql + '?query=' + encodeURIComponent(query),
                    {mode: 'no-cors', credentials: 'include'});""",
    "fetch by POST": """
        await fetch(graphql, {method: 'POST', mode: 'no-cors', credentials: 'include',
                              body: new URLSearchParams({query})});
        await fetch(graphql + '?query=' + encodeURIComponent(query),
                    {method: 'POST', mode: 'no-cors', credentials: 'include'});""",
    "fetch of JSON": """
        await fetch(graphql, {method: 'POST', credentials: 'include', body: JSON.stringify({query}),
                              headers: {'Content-Type': 'application/json'}});""",
    "socket": """
        await new Promise((end) => {
            const socket = new WebSocket(graphql.replace('http', 'ws'), 'graphql-ws');
            socket.onclose = socket.onerror = end;
            socket.onopen = () => {
                socket.send(JSON.stringify({type: 'connection_init'}));
                socket.send(JSON.stringify({type: 'start', id: '1', payload: {query}}));
            };
            socket.onmessage = (event) => { if (JSON.parse(event.data).id) end(); };
        });""",
    "frame": """
        const frame = document.createElement('iframe');
        await new Promise((end) => {
            frame.onload = frame.onerror = end;
            frame.src = graphql + '?query=' + encodeURIComponent(query);
            document.body.append(frame);
        });""",
}
"""scripts that send the query to the address `graphql`"""


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>page</title><p>harmless")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def evil() -> Iterator[str]:
    """A page of another site."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{EVIL}:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for which all names are this machine, as after DNS rebinding."""
    with browser(f"--host-resolver-rules=MAP {EVIL} 127.0.0.1, MAP {NAME} 127.0.0.1") as session:
        yield session


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    home = tmp_path_factory.mktemp("home")
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\nnux: {enabled: false}\n")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


@pytest.fixture(autouse=True)
def _recorded(instance: dg.DagsterInstance) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization(KEY))


@contextmanager
def webserver(home: str, program: Sequence[str]) -> Iterator[int]:
    """Run a webserver without code; yields its port."""
    port = free_port()
    command = [str(Path(sys.executable).with_name(program[0])), *program[1:]]
    process = subprocess.Popen(
        [*command, "--empty-workspace", "-h", "127.0.0.1", "-p", str(port)],
        env={"DAGSTER_HOME": home, "PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def is_up() -> bool:
        assert process.poll() is None
        with suppress(requests.ConnectionError):
            return requests.get(f"http://127.0.0.1:{port}/server_info", timeout=LONG).ok
        return False

    try:
        wait_until(is_up, "the webserver")
        yield port
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def guarded(instance: dg.DagsterInstance) -> Iterator[int]:
    with webserver(instance.root_directory, GUARDED) as port:
        yield port


@pytest.fixture
def proxied(chromium: Browser, guarded: int, tmp_path: Path) -> Iterator[int]:
    """Port of the proxy, where the browser has logged in."""
    user, password = LOGINS["operators"]
    with proxy(tmp_path / "nginx", tmp_path, operators=guarded) as site:
        chromium.open(f"https://{user}:{password}@{NAME}:{site.port}/server_info")
        assert "dagster_version" in chromium.text()
        yield site.port


def attack(chromium: Browser, page: str, graphql: str, name: str) -> None:
    chromium.open(page)
    assert chromium.text() == "harmless"
    script = f"const [graphql, query] = arguments; {ATTACKS[name]}"
    chromium.run(script, graphql, WIPE)


def is_recorded(instance: dg.DagsterInstance) -> bool:
    return instance.get_latest_materialization_event(KEY) is not None


def test_an_unguarded_webserver_does_what_any_page_asks_for(
    chromium: Browser, instance: dg.DagsterInstance, evil: str
) -> None:
    with webserver(instance.root_directory, BARE) as port:
        attack(chromium, evil, f"http://localhost:{port}/graphql", "fetch by GET")
    assert not is_recorded(instance)


@pytest.mark.parametrize("name", ATTACKS)
def test_no_page_makes_the_guarded_webserver_do_anything(
    chromium: Browser, guarded: int, instance: dg.DagsterInstance, evil: str, name: str
) -> None:
    for host in ("localhost", "127.0.0.1", EVIL):
        attack(chromium, evil, f"http://{host}:{guarded}/graphql", name)
        assert is_recorded(instance)


def test_a_rebound_name_shows_nothing(chromium: Browser, guarded: int) -> None:
    for path in ("", "graphql", "server_info"):
        chromium.open(f"http://{EVIL}:{guarded}/{path}")
        assert chromium.text().startswith("refused: unknown Host")


def test_a_link_to_a_mutation_is_not_executed(
    chromium: Browser, guarded: int, instance: dg.DagsterInstance, evil: str
) -> None:
    chromium.open(evil)
    target = requests.Request("GET", f"http://localhost:{guarded}/graphql", params={"query": WIPE})
    chromium.open(str(target.prepare().url))
    assert chromium.text().startswith("refused: ")
    assert is_recorded(instance)


def test_the_guarded_ui_works(
    chromium: Browser, guarded: int, instance: dg.DagsterInstance
) -> None:
    chromium.open(f"http://localhost:{guarded}/assets")
    wait_until(lambda: KEY.to_user_string() in chromium.text(), "the asset's name")
    assert wipe_from(chromium) == "AssetWipeSuccess"
    assert not is_recorded(instance)


def test_no_page_uses_the_login_at_the_proxy(
    chromium: Browser, proxied: int, instance: dg.DagsterInstance, evil: str
) -> None:
    for name in ATTACKS:
        attack(chromium, evil, f"https://{NAME}:{proxied}/graphql", name)
        assert is_recorded(instance), name


def test_the_ui_works_behind_the_proxy(
    chromium: Browser, proxied: int, instance: dg.DagsterInstance
) -> None:
    chromium.open(f"https://{NAME}:{proxied}/assets")
    wait_until(lambda: KEY.to_user_string() in chromium.text(), "the asset's name")
    assert wipe_from(chromium) == "AssetWipeSuccess"
    assert not is_recorded(instance)


def wipe_from(chromium: Browser) -> str:
    """Let the open page send the mutation to its own server; its answer."""
    answer = chromium.run(
        """
        const headers = {'Content-Type': 'application/json'};
        const body = JSON.stringify({query: arguments[0]});
        const answer = await fetch('/graphql', {method: 'POST', headers, body});
        return await answer.text();
        """,
        WIPE,
    )
    return str(json.loads(answer)["data"]["wipeAssets"]["__typename"])
