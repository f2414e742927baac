"""What no radar on earth can have measured is refused, field by field."""

from __future__ import annotations

import pytest

from radar_assets.errors import FieldMismatch
from radar_assets.radar.bufr import decode, encode
from radar_assets.radar.content import check_content
from radar_assets_tests.fields import bufr_field, bufr_name, field_sweep


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"altitude": 32_000.0}, "DBZH.* was measured 32000 m above sea level"),
        ({"altitude": 6001.0}, "6001 m"),
        ({"altitude": 32_366.0}, "32366 m"),
        ({"latitude": 90.5}, "90.5, -64.9057 degrees: not on earth"),
        ({"latitude": 245.0}, "not on earth"),
        ({"longitude": 491.0}, "not on earth"),
    ],
)
def test_a_site_that_is_not_on_earth_is_refused(changes, words):
    field = decode(encode(bufr_field("DBZH", **changes)))
    with pytest.raises(FieldMismatch, match=words):
        check_content(bufr_name(field), field)


@pytest.mark.parametrize("altitude", [-400.0, 0.0, 5100.0, 6000.0])
def test_every_height_that_people_live_at_is_taken(altitude):
    field = decode(encode(bufr_field("DBZH", altitude=altitude)))
    check_content(bufr_name(field), field)


@pytest.mark.parametrize(("elevation", "is_refused"), [(90.0, False), (90.5, True), (237.0, True)])
def test_an_elevation_beyond_the_zenith_is_refused(elevation, is_refused):
    field = decode(encode(bufr_field("DBZH", field_sweep(elevation=elevation))))
    if not is_refused:
        check_content(bufr_name(field), field)
        return
    with pytest.raises(FieldMismatch, match="no antenna turns so far"):
        check_content(bufr_name(field), field)
