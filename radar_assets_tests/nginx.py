"""A real nginx on loopback with the site of deploy/, and the servers behind it that tests need."""

from __future__ import annotations

import base64
import http.client
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from radar_assets_tests.ports import free_port
from radar_assets_tests.repository import DEPLOY
from radar_assets_tests.waiting import LONG, wait_until

NAME = "radar.example.org"
LOGINS = {"operators": ("operator", "operate-secret"), "viewers": ("viewer", "view-secret")}
SITE = DEPLOY / "nginx.conf"
_NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass(frozen=True)
class Site:
    """The running proxy, as a client of its own address on loopback sees it."""

    port: int
    client: str = "127.0.0.1"

    @contextmanager
    def connected(self, sni: str = NAME) -> Iterator[ssl.SSLSocket]:
        """A connection on which nothing was sent yet."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        raw = socket.create_connection(("127.0.0.1", self.port), LONG, (self.client, 0))
        with raw, context.wrap_socket(raw, server_hostname=sni) as connection:
            yield connection

    def ask(
        self,
        path: str,
        method: str = "GET",
        sni: str = NAME,
        body: bytes = b"",
        **headers: str | None,
    ) -> Answer:
        """Send one request; `Some_Name` is the header Some-Name, None leaves one out."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Host": f"{NAME}:{self.port}"} | named
        if body:
            sent["Content-Length"] = str(len(body))
        lines = [f"{name}: {value}" for name, value in sent.items() if value is not None]
        whole = "\r\n".join((f"{method} {path} HTTP/1.1", *lines, "Connection: close", "", ""))
        with self.connected(sni) as connection:
            with suppress(ConnectionError):  # it may answer before it has read all
                connection.sendall(whole.encode() + body)
            with closing(http.client.HTTPResponse(connection, method=method)) as answer:
                answer.begin()
                return Answer(answer.status, answer.headers, answer.read())


def login(role: str, password: str | None = None) -> str:
    """The header Authorization of a role."""
    user, right = LOGINS[role]
    return "Basic " + base64.b64encode(f"{user}:{password or right}".encode()).decode()


def prepared(
    folder: Path, data: Path, port: int, operators: int = 3000, viewers: int = 3001
) -> Path:
    """The site with its files in `folder`, its maps in `data`, its ports, as a whole file."""
    _write_secrets(folder)
    text = SITE.read_text("utf-8")
    for old, new in (
        ("/etc/radar_assets", str(folder)),
        ("/srv/radar", str(data)),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("127.0.0.1:3000", f"127.0.0.1:{operators}"),
        ("127.0.0.1:3001", f"127.0.0.1:{viewers}"),
        ("client_header_timeout 10s", "client_header_timeout 1s"),
        ("client_body_timeout  10s", "client_body_timeout  1s"),
    ):
        assert old in text
        text = text.replace(old, new)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if Path(folder).owner() == "root" else ""
    whole = folder / "nginx.conf"
    whole.write_text(
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}}\n"
        f"http {{ access_log off;\n{temporary}{text}}}\n"
    )
    return whole


@contextmanager
def proxy(folder: Path, data: Path, **upstreams: int) -> Iterator[Site]:
    """Run the site before webservers. Skips the test where nginx is not installed."""
    port = free_port()
    folder.mkdir()
    config = prepared(folder, data, port, **upstreams)
    process = subprocess.Popen([nginx(), "-p", folder, "-c", config])
    try:
        wait_until(lambda: process.poll() is not None or _listens(port), "nginx")
        assert process.poll() is None, (folder / "errors").read_text()
        yield Site(port)
    finally:
        process.terminate()
        process.wait(LONG)


def nginx() -> str:
    """Path of nginx. Skips the test where there is none."""
    return _NGINX or pytest.skip("nginx is not installed")


class Upstream(ThreadingHTTPServer):
    """A webserver that answers everything and remembers what reached it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Upstream)
        self.reached: list[tuple[str, str, http.client.HTTPMessage]] = []

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Upstream]:
        """Serve until the block ends."""
        with cls() as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield server
            finally:
                server.shutdown()


class _Upstream(BaseHTTPRequestHandler):
    server: Upstream

    def do_GET(self) -> None:
        self.server.reached.append((self.command, self.path, self.headers))
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"up")

    do_POST = do_PUT = do_GET  # noqa: N815

    def log_message(self, *args: object) -> None:
        pass


def _write_secrets(folder: Path) -> None:
    certificate = ("-keyout", folder / "tls.key", "-out", folder / "tls.crt")
    _openssl(
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        f"/CN={NAME}",
        *certificate,
    )
    for role, (user, password) in LOGINS.items():
        line = f"{user}:{_openssl('passwd', '-apr1', password)}"
        (folder / f"{role}.htpasswd").write_text(line)
    sessions = [f"set ${role}_session {_openssl('rand', '-hex', '32').strip()};" for role in LOGINS]
    (folder / "sessions.conf").write_text("\n".join(sessions))


def _openssl(*arguments: object) -> str:
    command = ["openssl", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), LONG):
        return True
    return False
