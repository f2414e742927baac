"""A real proftpd on loopback that serves a folder, with all of its files in a temporary one."""

from __future__ import annotations

import grp
import os
import pwd
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from radar_assets_tests.ingest.real_servers import HASH, binary, environment
from radar_assets_tests.ports import free_port
from radar_assets_tests.waiting import LONG, wait_until

USER = "radar"

_SETTINGS = """
ServerType standalone
DefaultAddress 127.0.0.1
SocketBindTight on
UseIPv6 off
UseReverseDNS off
Port {port}
User {user}
Group {group}
RootLogin on
RequireValidShell off
AuthOrder mod_auth_file.c
AuthUserFile {folder}/users
AuthGroupFile {folder}/groups
PidFile {folder}/pid
ScoreboardFile {folder}/scoreboard
SystemLog {folder}/log
TransferLog none
WtmpLog off
DelayEngine off
ControlsEngine off
AllowStoreRestart on
MaxClients 5
"""

_TLS = """
ModulePath {modules}
LoadModule mod_tls.c
TLSEngine on
TLSRequired on
TLSLog {folder}/tls.log
TLSECCertificateFile {certificate}
TLSECCertificateKeyFile {certificate}
"""


@contextmanager
def proftpd(folder: Path, certificate: Path | None = None, more: str = "") -> Iterator[int]:
    """Run proftpd with its files in `folder`; yields its port.

    With a `certificate` (PEM), TLS with resumed sessions is required. Skips the test where
    proftpd, or its module for TLS, is not installed.
    """
    program = Path(binary("proftpd"))
    modules = program.parents[1] / "lib" / "proftpd"
    if certificate and not (modules / "mod_tls.so").exists():
        pytest.skip("mod_tls of proftpd is not installed")
    folder.mkdir()
    port = free_port()
    content = (_TLS if certificate else "") + _SETTINGS + more
    _write_accounts(folder)
    (folder / "conf").write_text(
        content.format(
            port=port,
            folder=folder,
            certificate=certificate,
            modules=modules,
            user=pwd.getpwuid(os.getuid()).pw_name,
            group=grp.getgrgid(os.getgid()).gr_name,
        )
    )
    with (folder / "output").open("wb") as output:
        command = [str(program), "--nodaemon", "--config", str(folder / "conf")]
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment())
        try:
            wait_until(lambda: process.poll() is not None or _answers(port), "proftpd")
            assert process.poll() is None, (folder / "output").read_text(errors="replace")
            yield port
        finally:
            process.terminate()
            process.wait(LONG)


def _write_accounts(folder: Path) -> None:
    uid, gid = os.getuid(), os.getgid()
    for name, line in (
        ("users", f"{USER}:{HASH}:{uid}:{gid}::{folder}:/bin/false\n"),
        ("groups", f"{USER}:x:{gid}:\n"),
    ):
        path = folder / name
        path.write_text(line)
        path.chmod(0o600)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), LONG) as connection:
        return connection.recv(3) == b"220"
    return False
