"""Disks of their own, which can be full or read-only."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Mount a disk of its own on a folder; `size` as in 80m."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        yield
    finally:
        _run("umount", "-l", str(folder))


def may_mount(folder: Path) -> bool:
    """Whether this process may mount a disk."""
    try:
        with small_disk(folder, "1m"):
            return True
    except (subprocess.CalledProcessError, FileNotFoundError):
        return False


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Fill the disk of a folder up to the last byte."""
    filler = folder / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as stream:
        free = os.statvfs(folder)
        os.posix_fallocate(stream.fileno(), 0, free.f_bavail * free.f_frsize)
    with suppress(OSError), filler.open("ab", buffering=0) as stream:
        while True:
            stream.write(bytes(1 << 12))
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nothing be written below a folder; what is open for writing stays so."""
    with TemporaryDirectory() as view, ExitStack() as mounts:
        _bind(mounts, folder, Path(view))
        _run("mount", "-o", "remount,ro,bind", view)
        _bind(mounts, Path(view), folder)
        yield


def _bind(mounts: ExitStack, source: Path, target: Path) -> None:
    """Show one folder in another's place, read-only where the source is."""
    _run("mount", "--bind", str(source), str(target))
    mounts.callback(_run, "umount", "-l", str(target))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
