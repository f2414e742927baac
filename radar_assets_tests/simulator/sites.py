"""Radars and a moment that tests simulate."""

from __future__ import annotations

from datetime import UTC, datetime

from radar_assets.simulator.scan import Site

NOON = datetime(2026, 5, 4, 12, 20, tzinfo=UTC)
CORDOBA = Site("RMA1", -31.44139, -64.19194, 484)
TERMAS = Site("RMA11", -27.50260, -64.90575, 313)
