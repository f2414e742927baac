"""The packaged lines of the map."""

import numpy as np
import pytest

from radar_assets.maps.basemap import Theme, polylines


@pytest.mark.parametrize("theme", Theme)
def test_lines_have_two_points_or_more_and_lie_in_southern_south_america(theme):
    lines = polylines(theme)
    assert min(len(line) for line in lines) >= 2
    longitude, latitude = np.concatenate(lines).T
    assert -80 <= longitude.min() < longitude.max() <= -46
    assert -58 <= latitude.min() < latitude.max() <= -19


@pytest.mark.parametrize(
    ("theme", "longitude", "latitude"),
    [
        (Theme.COAST, -57.53, -38.00),
        (Theme.BORDERS, -68.61, -54.0),
        (Theme.PROVINCES, -63.39, -36.0),
        (Theme.LAKES, -62.62, -30.55),
    ],
    ids=["Mar del Plata", "Tierra del Fuego", "Buenos Aires and La Pampa", "Mar Chiquita"],
)
def test_lines_pass_known_places(theme, longitude, latitude):
    points = np.concatenate([_dense(line) for line in polylines(theme)])
    assert np.abs(points - (longitude, latitude)).max(axis=-1).min() < 0.05


def _dense(line):
    """Points all along a line."""
    steps = np.linspace(0, len(line) - 1, 20 * len(line))
    return np.stack([np.interp(steps, np.arange(len(line)), axis) for axis in line.T], axis=-1)
