from datetime import UTC, datetime

import pytest

from radar_assets.radar.bufr import Field
from radar_assets.simulator.scan import DOPPLER_SCAN, REFLECTIVITY_SCAN, Site, scan_volume
from radar_assets.simulator.storms import Weather

NOON = datetime(2026, 5, 4, 12, 20, tzinfo=UTC)
CORDOBA = Site("RMA1", -31.44139, -64.19194, 484)
TERMAS = Site("RMA11", -27.50260, -64.90575, 313)


@pytest.fixture(scope="session")
def reflectivity() -> dict[str, Field]:
    """A full-size volume 01."""
    return scan_volume(CORDOBA, REFLECTIVITY_SCAN, NOON, Weather(1))


@pytest.fixture(scope="session")
def doppler() -> dict[str, Field]:
    """A full-size volume 02."""
    return scan_volume(CORDOBA, DOPPLER_SCAN, NOON, Weather(1))
