"""Real FTP servers on loopback: proftpd, vsftpd and pure-ftpd, each as it is configured by default.

They are found in `RADAR_SERVERS`, in build/servers, where `.ci/servers` unpacks them, or on the
PATH; a test that needs one that is not there is skipped. They serve a folder as somebody who may
not read everything, so root must start them.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from radar_assets_tests.ports import free_port

ROOT = Path(__file__).parents[2]
PASSWORD = "hunter2-secret"
HASH = "$5$rounds=1000$mUZuChVoSHcx5KEU$57a1o.6QcETXcHLHm2wmB/6P0KlAg/HSmNr/vaAQZwA"
_PLACES = (os.environ.get("RADAR_SERVERS", ""), str(ROOT / "build" / "servers"))
_VSFTPD = """
listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
anonymous_enable=YES
anon_root={root}
ftp_username=daemon
nopriv_user=nobody
secure_chroot_dir={work}/empty
seccomp_sandbox=NO
xferlog_enable=NO
"""
_PROFTPD = """
ServerType standalone
DefaultAddress 127.0.0.1
SocketBindTight on
UseIPv6 off
UseReverseDNS off
Port {port}
User nobody
Group nogroup
RequireValidShell off
PidFile {work}/pid
ScoreboardFile {work}/scoreboard
SystemLog {work}/log
TransferLog none
WtmpLog off
DelayEngine off
ControlsEngine off
<Anonymous {root}>
User nobody
Group nogroup
UserAlias anonymous nobody
RequireValidShell off
</Anonymous>
"""


@dataclass(frozen=True)
class RealServer:
    """A server that runs."""

    kind: str
    url: str
    login: dict[str, str]
    """settings of its source that name the login's variables"""


def binary(name: str) -> str:
    """Path of a server or its tool; skips the test where it is not installed."""
    for place in filter(None, _PLACES):
        for folder in ("usr/sbin", "usr/bin"):
            if (path := Path(place) / folder / name).exists():
                return str(path)
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def environment() -> dict[str, str]:
    """Environment in which unpacked servers find their libraries."""
    folders = [str(lib) for p in filter(None, _PLACES) for lib in Path(p).glob("usr/lib/*-linux-*")]
    known = os.environ.get("LD_LIBRARY_PATH", "")
    return {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(filter(None, [*folders, known]))}


@contextmanager
def public_folder() -> Iterator[Path]:
    """A folder that every user can read: those of pytest belong to its user alone."""
    with tempfile.TemporaryDirectory(prefix="radar-servers-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def running(kind: str, folder: Path, root: Path, limit: int | None = None) -> Iterator[RealServer]:
    """Run a server that serves `root`, with its own files in `folder`.

    With a `limit`, an address gets no more connections at a time.
    """
    if os.getuid():
        pytest.skip("only root can start servers that serve as somebody else")
    port = free_port()
    folder.mkdir()
    (folder / "empty").mkdir()
    (folder / "empty").chmod(0o555)
    command, login = _COMMANDS[kind](folder, root, port, limit)
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment())
        try:
            _wait(process, port, folder / "output")
            yield RealServer(kind, f"ftp://127.0.0.1:{port}", login)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:  # a server may heed no such signal
                process.kill()
                process.wait()


def _vsftpd(
    work: Path, root: Path, port: int, limit: int | None
) -> tuple[list[str], dict[str, str]]:
    config = _VSFTPD.format(port=port, root=root, work=work)
    (work / "conf").write_text(config + (f"max_per_ip={limit}\n" if limit else ""))
    return [binary("vsftpd"), str(work / "conf")], {}


def _proftpd(
    work: Path, root: Path, port: int, limit: int | None
) -> tuple[list[str], dict[str, str]]:
    config = _PROFTPD.format(port=port, root=root, work=work)
    (work / "conf").write_text((f"MaxClientsPerHost {limit}\n" if limit else "") + config)
    return [binary("proftpd"), "--nodaemon", "--config", str(work / "conf")], {}


def _pure_ftpd(
    work: Path, root: Path, port: int, limit: int | None
) -> tuple[list[str], dict[str, str]]:
    accounts, database = work / "passwd", work / "pdb"
    nobody = pwd.getpwnam("nobody")
    accounts.write_text(f"radar:{HASH}:{nobody.pw_uid}:{nobody.pw_gid}::{root}/./{':' * 12}\n")
    subprocess.run(
        [binary("pure-pw"), "mkdb", str(database), "-f", str(accounts)],
        env=environment(),
        check=True,
        timeout=30,
    )
    command = [binary("pure-ftpd"), "-S", f"127.0.0.1,{port}", "-l", f"puredb:{database}", "-E"]
    command += ["-H", "-u", "1", *(["-C", str(limit)] if limit else [])]
    return command, {"username_env": "FTP_USER", "password_env": "FTP_PASSWORD"}


_Command = Callable[[Path, Path, int, int | None], tuple[list[str], dict[str, str]]]
_COMMANDS: dict[str, _Command] = {
    "proftpd": _proftpd,
    "vsftpd": _vsftpd,
    "pure-ftpd": _pure_ftpd,
}
KINDS = tuple(_COMMANDS)


def _wait(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    """Wait until the server greets; the connection that was tried must be over for it as well."""
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as connection:
            assert connection.recv(3) == b"220"
            connection.sendall(b"QUIT\r\n")
            while connection.recv(1000):
                pass
            time.sleep(0.2)
            return
        time.sleep(0.05)
    pytest.fail(f"{process.args} does not start: {output.read_text(errors='replace')}")
