import pytest

from radar_assets.radar.bufr import Field
from radar_assets.simulator.scan import DOPPLER_SCAN, REFLECTIVITY_SCAN, scan_volume
from radar_assets.simulator.storms import Weather
from radar_assets_tests.simulator.sites import CORDOBA, NOON


@pytest.fixture(scope="session")
def reflectivity() -> dict[str, Field]:
    """A full-size volume 01."""
    return scan_volume(CORDOBA, REFLECTIVITY_SCAN, NOON, Weather(1))


@pytest.fixture(scope="session")
def doppler() -> dict[str, Field]:
    """A full-size volume 02."""
    return scan_volume(CORDOBA, DOPPLER_SCAN, NOON, Weather(1))
