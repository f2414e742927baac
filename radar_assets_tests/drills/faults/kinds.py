"""The kinds of faults: each harms a scene, waits until that is over, and says what it was."""

from __future__ import annotations

import os
import shlex
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

from radar_assets_tests.drills.disks import full, read_only
from radar_assets_tests.drills.faults.scene import PATIENCE, Scene
from radar_assets_tests.drills.services import kill_worker
from radar_assets_tests.drills.yard import span

Fault = Callable[[Scene], str]

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
_JUMPS = ("+3d", "+400d", "-2h", "-400d")
_LOCKED = 12.0
"""longest time that the database is locked, in seconds; twice what SQLite waits"""
_BEGIN = 60.0
"""seconds in which a launched run begins"""
_DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
_FORCE = ("--force",)


def kill_shell_run(scene: Scene) -> str:
    """Kill a run from the shell."""
    process = scene.start()
    after = scene.pause()
    process.kill()
    process.join()
    return f"killed after {after:.2f} s"


def kill_launched_run(scene: Scene) -> str:
    """Kill the process of a run that was launched over GraphQL."""
    launched = scene.launch_run()
    has_hit = kill_worker(scene.yard.records, _BEGIN, scene.pause)
    scene.settled()
    return f"{launched}, {'killed' if has_hit else 'it outran'}"


def kill_daemon(scene: Scene) -> str:
    """Kill the daemon and what it started, while a run is due or at work."""
    launched = scene.launch_run()
    after = scene.pause(3 + scene.seconds)
    scene.services.daemon.kill()
    scene.settled()
    return f"{launched}, killed after {after:.2f} s"


def kill_webserver(scene: Scene) -> str:
    """Kill the webserver while it launches a run."""
    answers: list[str] = []
    request = threading.Thread(target=lambda: answers.append(scene.launch_run()))
    request.start()
    after = scene.pause(0.6)
    scene.services.webserver.kill()
    request.join()
    scene.services.await_webserver()
    scene.settled()
    return f"killed after {after:.2f} s: {answers[0]}"


def fill_data_disk(scene: Scene) -> str:
    """Fill the disk of the files while a run is at work."""
    return _with_disk(scene, full, scene.yard.workspace.root)


def fill_records_disk(scene: Scene) -> str:
    """Fill the disk of the records while a run is at work."""
    return _with_disk(scene, full, scene.yard.home)


def freeze_data_disk(scene: Scene) -> str:
    """Make the disk of the files read-only while a run is at work."""
    return _with_disk(scene, read_only, scene.yard.workspace.root)


def freeze_records_disk(scene: Scene) -> str:
    """Make the disk of the records read-only while a run is at work."""
    return _with_disk(scene, read_only, scene.yard.home)


def damage_bufr(scene: Scene) -> str:
    """Damage a stored BUFR file."""
    return _damage(scene, "bufr")


def damage_volume(scene: Scene) -> str:
    """Damage a stored CF/Radial volume."""
    return _damage(scene, "volumes")


def damage_geotiff(scene: Scene) -> str:
    """Damage a stored GeoTIFF."""
    return _damage(scene, "products", ".tif")


def damage_png(scene: Scene) -> str:
    """Damage a stored picture."""
    return _damage(scene, "products", ".png")


def jump_clock(scene: Scene) -> str:
    """Let the clock of a run jump while it is at work."""
    jump = scene.random.choice(_JUMPS)
    offset = scene.yard.home.parent / "clock"
    offset.write_text("+0")
    environment = {
        **os.environ,
        **scene.yard.environment,
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    program = Path(sys.executable).with_name("radar-assets")
    command = [program, "run", *span(scene.first, scene.last), *_FORCE]
    with scene.yard.log.open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        after = scene.pause(4 + scene.seconds)
        offset.write_text(jump)
        try:
            code = process.wait(PATIENCE)
        finally:
            process.kill()
    folders = ("volumes", "products", "quicklooks", "thumbnails")
    made = [path for folder in folders for path in scene.files(folder)]
    scene.harmed = {scene.yard.workspace.relative(path) for path in made}  # of what had come
    return f"{jump} after {after:.2f} s, exit {code}"


def run_twice(scene: Scene) -> str:
    """Let two runs want the same windows at once, one from the shell and one from anywhere."""
    one = scene.start()
    if scene.random.random() < 0.5:
        scene.pause()
        ends = [scene.ended(other) for other in (scene.start(), one)]
    else:
        ends = [scene.launch_run(), scene.ended(one)]
        scene.settled()
    if any(end.startswith("exit ") and end != "exit 0" for end in ends):
        raise AssertionError(f"one of two runs failed: {ends}")
    return " and ".join(ends)


def lock_database(scene: Scene) -> str:
    """Lock one of the databases of the records while a run is at work."""
    name = scene.random.choice(_DATABASES)
    process = scene.start()
    after = scene.pause()
    with closing(sqlite3.connect(scene.yard.home / name, timeout=30)) as database:
        database.execute("BEGIN EXCLUSIVE")
        held = scene.pause(_LOCKED)
        database.rollback()
    return f"{name} after {after:.2f} s for {held:.1f} s, {scene.ended(process)}"


def restart_database(scene: Scene) -> str:
    """Restart the database server of the records while a run is at work."""
    process = scene.start()
    after = scene.pause()
    subprocess.run(shlex.split(scene.restart), check=True, capture_output=True)
    end = scene.ended(process)
    scene.settled()
    return f"after {after:.2f} s, {end}"


KINDS: dict[str, Fault] = {
    "run from the shell killed": kill_shell_run,
    "launched run killed": kill_launched_run,
    "daemon killed": kill_daemon,
    "webserver killed": kill_webserver,
    "disk of the files full": fill_data_disk,
    "disk of the records full": fill_records_disk,
    "disk of the files read-only": freeze_data_disk,
    "disk of the records read-only": freeze_records_disk,
    "BUFR file damaged": damage_bufr,
    "CF/Radial volume damaged": damage_volume,
    "GeoTIFF damaged": damage_geotiff,
    "PNG damaged": damage_png,
    "clock jumps": jump_clock,
    "two runs at once": run_twice,
    "database locked": lock_database,
    "database restarted": restart_database,
}


def possible(restart: str) -> list[str]:
    """Kinds that can be done here; `restart` is the command that restarts the database server."""
    kinds = [*KINDS]
    kinds.remove("database locked" if restart else "database restarted")
    if not FAKETIME.exists():
        print(f"without {FAKETIME} the clock does not jump")
        kinds.remove("clock jumps")
    return kinds


def _with_disk(scene: Scene, harm: Callable, folder: Path) -> str:
    process = scene.start()
    after = scene.pause()
    with harm(folder):
        end = scene.ended(process)
    scene.settled()
    return f"after {after:.2f} s, {end}"


def _damage(scene: Scene, folder: str, suffix: str = "") -> str:
    """Damage one of the files in one of the ways in which disks do."""
    scene.ended(scene.heal())  # so that there are files
    path = scene.random.choice(scene.files(folder, suffix))
    way, harm = scene.random.choice([*_WAYS.items()])
    scene.harmed = {scene.yard.workspace.relative(path)}
    size = path.stat().st_size
    harm(path, scene.random)
    if path.exists() and path.stat().st_size == size:  # only its digest can tell, where it has one
        is_product = scene.yard.workspace.products in path.parents
        scene.healing = ("run", *_FORCE) if is_product else ("verify", "--repair")
    return f"{path.name} {way}"


def _cut(path: Path, random: Random) -> None:
    os.truncate(path, random.randrange(path.stat().st_size))


def _flip(path: Path, random: Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(8):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    path.write_bytes(data)


def _zero(path: Path, random: Random) -> None:
    """As a file is after a crash of its machine: the length is there, the content is not."""
    path.write_bytes(bytes(path.stat().st_size))


def _lose(path: Path, random: Random) -> None:
    path.unlink()


_WAYS: dict[str, Callable[[Path, Random], None]] = {
    "cut": _cut,
    "with bits flipped": _flip,
    "zeroed": _zero,
    "lost": _lose,
}
