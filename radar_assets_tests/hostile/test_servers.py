"""Servers that say more than a client may keep."""

from __future__ import annotations

import pytest

from radar_assets.errors import TooManyEntries
from radar_assets_tests.hostile import actions
from radar_assets_tests.hostile.probe import probe


@pytest.mark.parametrize("block", [b"x", b"\n", b"-rw-r--r-- 1 a b 1 Nov 18 12:30 x\r\n"])
def test_an_endless_listing_takes_little_memory(block: bytes) -> None:
    outcome = probe(actions.list_endlessly, block)
    assert outcome.kind is TooManyEntries, outcome
    assert outcome.growth < 60
    assert outcome.seconds < 10
