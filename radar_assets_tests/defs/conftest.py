from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.defs.platforms import RADAR, Station, at, network_text


@pytest.fixture
def make_station(tmp_path: Path) -> Iterator[Callable[..., Station]]:
    """Makes a station; arguments as for `network_text`."""
    with ExitStack() as stations:

        def make(**changes: str) -> Station:
            station = Station(tmp_path, **changes)
            stations.callback(station.instance.dispose)
            return station

        yield make


@pytest.fixture
def station(make_station: Callable[..., Station]) -> Station:
    return make_station()


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes the platform believe it is some time of the day of the volumes."""

    def set_time(time: str | datetime) -> None:
        moment = at(time) if isinstance(time, str) else time
        monkeypatch.setattr(Workspace, "now", lambda _: moment)

    return set_time


Write = Callable[..., dict[str, str]]


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a network file and sets the environment that belongs to it, which it returns."""
    return partial(write_platform, tmp_path, monkeypatch)


def write_platform(
    folder: Path, patch: pytest.MonkeyPatch, url: str | None = None, **changes: str
) -> dict[str, str]:
    """Write the network file of a platform in a folder, and set its environment."""
    text = network_text(url or str(folder / "L2"), **changes)
    (folder / "network.toml").write_text(text, "utf-8")
    (folder / "home").mkdir(exist_ok=True)
    (folder / "L2" / RADAR).mkdir(parents=True, exist_ok=True)
    names = {
        "DAGSTER_HOME": str(folder / "home"),
        "RADAR_ASSETS_DATA": str(folder / "data"),
        "RADAR_ASSETS_NETWORK": str(folder / "network.toml"),
    }
    for name, value in names.items():
        patch.setenv(name, value)
    return names
