import numpy as np

from radar_assets.products import product
from radar_assets_tests.volumes import make_volume


def test_the_lowest_sweep_is_drawn_with_its_rows_from_north():
    volume = make_volume(
        {"ZDR": lambda i, azimuth, r: 1000 * i + azimuth + 0 * r},
        elevations=(2.3, 0.5, 1.3),
        first_rays=[3, 161, 20],
        gates=[9, 7, 8],
    )
    polar = product("ZDRo").layer(volume).polar
    assert polar.elevations == (0.5,)
    assert polar.grid.elevation == 0.5
    assert polar.values.shape == (360, 7)
    np.testing.assert_allclose(polar.values[:, 0], 1000 + polar.grid.azimuths())


def test_nodata_and_undetect_stay_different():
    volume = make_volume(
        {"DBZH": lambda i, azimuth, r: np.where(azimuth < 90, np.nan, -np.inf) + 0 * r}, gates=4
    )
    values = product("DBZHo").layer(volume).polar.values
    assert np.isnan(values[:90]).all()
    assert np.isneginf(values[90:]).all()
