"""Runs a program under the rules of a systemd unit that the kernel enforces by process.

`python -m radar_assets_tests.deploy.sandbox UNIT PROGRAM ARGUMENT…`: system calls, address families
and writable code; not what systemd does with mounts. Needs libseccomp and systemd-analyze.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from ctypes.util import find_library
from pathlib import Path

_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
"""SCMP_ACT_ALLOW and SCMP_ACT_ERRNO of seccomp.h"""

_EQUAL = 4
"""SCMP_CMP_EQ"""

_NO_NEW_PRIVILEGES, _DENY_WRITE_EXECUTE = 38, 65
"""PR_SET_NO_NEW_PRIVS and PR_SET_MDWE of prctl.h"""


class _Compare(ctypes.Structure):
    """scmp_arg_cmp"""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


def can_restrict() -> bool:
    """Whether what this needs is installed."""
    return bool(find_library("seccomp") and shutil.which("systemd-analyze"))


def settings(unit: Path) -> dict[str, list[str]]:
    """Values of a unit by name, in their order."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", unit.read_text("utf-8"), re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


def allowed(rules: list[str]) -> set[str]:
    """System calls that the values of SystemCallFilter= allow, the first being a list of them."""
    calls: set[str] = set()
    for rule in rules:
        names = {call for name in rule.removeprefix("~").split() for call in _calls(name)}
        calls = calls - names if rule.startswith("~") else calls | names
    return calls | set(_calls("@default"))


def _calls(name: str) -> Iterator[str]:
    if not name.startswith("@"):
        yield name
        return
    command = ["systemd-analyze", "syscall-filter", "--no-pager", name]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for line in text.splitlines()[1:]:
        if (inner := line.strip()) and not inner.startswith("#"):
            yield from _calls(inner)


def restrict(unit: Path) -> None:
    """Lay the rules of a unit on this process and all that it starts."""
    rules = settings(unit)
    assert rules["SystemCallErrorNumber"] == ["EPERM"]
    assert rules["MemoryDenyWriteExecute"] == ["true"]
    families = [getattr(socket, name) for name in rules["RestrictAddressFamilies"][0].split()]
    libc, seccomp = ctypes.CDLL(None, use_errno=True), ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(_ERRNO | errno.EPERM))
    for name in allowed(rules["SystemCallFilter"]) - {"socket"}:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            _check(seccomp.seccomp_rule_add(context, _ALLOW, number, 0))
    number = seccomp.seccomp_syscall_resolve_name(b"socket")
    for family in families:
        compare = _Compare(0, _EQUAL, family, 0)
        _check(seccomp.seccomp_rule_add(context, _ALLOW, number, 1, compare))
    for option in (_NO_NEW_PRIVILEGES, _DENY_WRITE_EXECUTE):
        _check(libc.prctl(option, 1, 0, 0, 0))
    _check(seccomp.seccomp_load(context))


def _check(code: int) -> None:
    assert code == 0, os.strerror(abs(code))


if __name__ == "__main__":
    restrict(Path(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
