"""The command `radar-assets`: one function per verb, each a thin call of the platform."""

from __future__ import annotations

from radar_assets.cli import archive, convert, operate, review, simulation, support, webserver
from radar_assets.cli.base import app

__all__ = ["app", "archive", "convert", "operate", "review", "simulation", "support", "webserver"]
