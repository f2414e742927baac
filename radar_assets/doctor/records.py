"""Whether Dagster's instance, its daemons and the sensors are in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path

import yaml

from radar_assets.doctor.finding import Finding, examined
from radar_assets.errors import RadarAssetsError
from radar_assets.settings import Network

_HOME = "let DAGSTER_HOME name a folder, and copy radar_assets/dagster.yaml into it"


def dagster_state(network: Network | None) -> Iterator[Finding]:
    """Check the instance, its configuration and storage, and, with a network, its sensors."""
    from radar_assets.defs.instance import instance, recorded_radars  # noqa: PLC0415
    from radar_assets.defs.upkeep.state import daemons, outdated, sensors  # noqa: PLC0415
    from radar_assets.defs.window_length import check_window_length  # noqa: PLC0415

    try:
        with instance() as opened:
            home = Path(opened.root_directory)
            yield Finding("Dagster instance", str(home))
            yield _configuration(home)
            yield _storage(outdated(opened))
            yield _daemons(daemons(opened))
            if network:
                yield _sensors(sensors(opened), network)
                check = partial(check_window_length, opened)
                yield examined("windows", partial(_windows, check, network), "do what it says")
                yield _orphans(recorded_radars(opened), network)
    except (RadarAssetsError, OSError, ValueError) as error:
        yield Finding("Dagster instance", str(error), _HOME)


def _configuration(home: Path) -> Finding:
    subject, own = "dagster.yaml", home / "dagster.yaml"
    if not own.exists():
        return Finding(subject, "missing: runs that hang or die are not detected", is_note=True)
    shipped = yaml.safe_load((files("radar_assets") / "dagster.yaml").read_text("utf-8"))
    present = yaml.safe_load(own.read_text("utf-8")) or {}
    missing = sorted(shipped.keys() - present.keys())
    if missing:
        return Finding(
            subject, f"unlike the shipped one it lacks {', '.join(missing)}", is_note=True
        )
    return Finding(subject, str(own))


def _storage(behind: list[str]) -> Finding:
    if behind:
        text = f"tables of {', '.join(behind)} are of another version of Dagster"
        return Finding("records", text, "stop everything, back up, run `dagster instance migrate`")
    return Finding("records", "tables are up to date")


def _daemons(states: dict[str, bool | None]) -> Finding:
    dead = sorted(name for name, is_alive in states.items() if is_alive is False)
    if dead:
        return Finding("daemons", f"no sign of life of {', '.join(dead)}", "start dagster-daemon")
    if any(is_alive is None for is_alive in states.values()):
        return Finding("daemons", "not started yet", is_note=True)
    return Finding("daemons", f"{len(states)} running")


def _sensors(running: set[str], network: Network) -> Finding:
    on = [owner for owner in network.owners if f"{owner}_arrivals" in running]
    detail = f"{len(on)} of {len(network.owners)} radars and composites are followed"
    if len(on) < len(network.owners):
        detail += "; switch sensors on in the UI, under Automation, or with `live = true`"
    return Finding("sensors", detail, is_note=len(on) < len(network.owners))


def _windows(check: Callable[[timedelta], None], network: Network) -> str:
    check(network.settings.window)
    return f"of {network.settings.window_minutes} minutes, as in the records"


def _orphans(recorded: set[str], network: Network) -> Finding:
    """Radars and composites of the records that the network file does not have (any more)."""
    found = sorted(recorded.difference(network.owners))
    if not found:
        return Finding("owners of records", "all are in the network file")
    return Finding(
        "owners of records",
        f"{', '.join(found)} have records and are not in the network file: their files stay for "
        "ever, for retention passes over them; wipe their assets in the UI and remove "
        "their folders, or put them back with an `end`",
        is_note=True,
    )
