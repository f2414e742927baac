from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.defs.platforms import Station, at
from radar_assets_tests.defs.shell import Write, write_platform


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


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a network file and sets the environment that belongs to it, which it returns."""
    return partial(write_platform, tmp_path, monkeypatch)
