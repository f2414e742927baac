"""Where a command writes: files, links, devices, pipes, and `-` for standard output."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from radar_assets.errors import FolderMissing, StorageError

STANDARD_OUTPUT = Path("-")


@contextmanager
def writing(output: Path) -> Iterator[Path]:
    """Yield the path of a file to write in one visible step instead of `output`.

    Links are followed. What is written for `-`, a pipe or a device is passed on to it at the end.
    Raises `FolderMissing` where the folder of the file is not there, and `StorageError` for what
    cannot be written to: a folder, or the device of a disk.
    """
    kind = _kind(output)
    if is_standard(output) or (kind and not stat.S_ISREG(kind)):
        _check_kind(output, kind)
        with TemporaryDirectory(prefix="radar-assets-") as folder:
            yield Path(folder) / "output"
            _pass_on(Path(folder) / "output", output)
    else:
        path = Path(os.path.realpath(output))
        check_parent(path)
        yield path


def is_standard(output: Path) -> bool:
    """Whether an output is the process's standard output, by `-` or by its device."""
    if output == STANDARD_OUTPUT:
        return True
    try:
        return os.path.samestat(output.stat(), os.fstat(1)) and not output.is_file()
    except OSError:
        return False


def output_folder(output: Path) -> Path:
    """A folder that a command may make; `FolderMissing` where the one above it is not there."""
    path = Path(os.path.realpath(output))
    if path.exists() and not path.is_dir():
        raise StorageError(f"{output} is no folder")
    check_parent(path)
    return output


def check_parent(path: Path) -> None:
    """Raise `FolderMissing` where the folder that a file or folder is to lie in is not there."""
    if not path.parent.is_dir():
        raise FolderMissing(f"there is no folder {path.parent} to write {path.name} to")


def _kind(output: Path) -> int:
    """File type bits of what is there; 0 where nothing is."""
    try:
        return stat.S_IFMT(output.stat().st_mode) if output != STANDARD_OUTPUT else 0
    except OSError:
        return 0


def _check_kind(output: Path, kind: int) -> None:
    if stat.S_ISDIR(kind):
        raise StorageError(f"{output} is a folder; name a file")
    if stat.S_ISBLK(kind):
        raise StorageError(f"{output} is the device of a disk; name a file")


def _pass_on(path: Path, output: Path) -> None:
    with path.open("rb") as source:
        if is_standard(output):
            shutil.copyfileobj(source, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        else:
            with output.open("wb") as target:
                shutil.copyfileobj(source, target)
